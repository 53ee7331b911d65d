"""What the gate says to a host, before and after it is put into the host's own words.

Values only: an `Answer` is made by the gate and knows no host; an adapter's `render` turns it into a `Reply`, which is
what the hook process writes and exits with.
"""

from __future__ import annotations

from web4_governance.core.value import value


@value
class Answer:
    """What is to be said about one event.

    `decision` is the policy's word (`allow`, `warn`, `ask`, `deny`; empty for events that decide nothing). `reason` is
    for the agent, `message` one line for the person. `event` is the host's own name of the event that is answered.
    `host_allow` answers allow where silence would leave the host's permission flow in place. `commit`: the answer is nobody's
    before a signed head covers the record (`app.commit`).
    """

    decision: str = ""
    reason: str = ""
    message: str = ""
    event: str = ""
    host_allow: bool = False
    commit: bool = False


@value
class Reply:
    """What a hook process writes and how it exits; all of `stdout` goes out in a single write."""

    exit_code: int = 0
    stdout: bytes = b""
    stderr: bytes = b""
