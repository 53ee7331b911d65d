"""Ending the gate's process, by number, name or pattern; and ending other processes, which is nobody's business here."""

from __future__ import annotations

import pytest

from unit.effects.scenes import effects
from web4_governance.core.effects.ending import means

TAMPER = "self.tamper"


@pytest.mark.parametrize(
    "command",
    [
        "pkill -f hook.py", "pkill -f 'hook\\.py'", "pkill -f '[h]ook.py'", "pkill -f web4", "pkill -f claude-code", "pkill -9 python",
        "pkill -f .", "pkill -f 'pyth.*hook'", "pkill -f 'node|hook.py'", "pkill -f '(python3) -I'", "pkill -x python3",
        "pkill '^python3$'", "pkill -f 'x*python[0-9]'", "pkill -f 'pytho+n3'", "pkill -f 'n{1,2}'", "pkill -f 'py['", "pgrep python | xargs kill",
        "killall python", "killall python3", "killall -9 python3", "killall -r 'pyth.*'", "killall -u user", "pkill -u user",
        "pkill -U 1000", "skill -9 python3", "kill $(pgrep -f hook.py)", "pgrep -f claude-code | xargs kill -9",
        "ps ax | grep hook.py | awk '{print $1}' | xargs kill", "kill $(pidof python3)", "kill -9 -1", "killall5 -9",
        "loginctl terminate-user user", "kill $(pgrep -u user)", "pgrep -U 0 | xargs kill",
    ],
)  # fmt: skip
def test_what_means_the_gates_process_ends_it(command: str) -> None:
    """A pattern that could mean it is taken to mean it."""
    assert TAMPER in effects(command)


@pytest.mark.parametrize(
    "command",
    [
        "kill 4711", "kill -9 $PID", "kill %1", "pkill node", "pkill -x nod", "killall node", "killall -9 chrome", "pkill -f 'python manage.py runserver'",
        "pkill -f pytest", "pkill -f uvicorn", "pkill -f 'node server.js'", "pkill -f '^node'", "pkill -f '^thon3'", "kill $(lsof -t -i:8080)",
        "kill $(pgrep -f 'flask run')", "ps aux | grep app.py | awk '{print $2}' | xargs kill", "fuser -k 3000/tcp",
        "pkill -fx 'python3 -I'", "pgrep -u user | wc -l", "kill $(cat server.pid)", "loginctl list-sessions", "pgrep -f hook.py", 'pkill -f "$X"',
        "ps aux | awk '{print $2}' | xargs kill -0", "kill $(pgrep -u user node)",
    ],
)  # fmt: skip
def test_other_processes_are_nobodys_business_here(command: str) -> None:
    """Development servers and tests are ended every day."""
    assert TAMPER not in effects(command)


def test_a_pattern_means_what_its_literal_pieces_say() -> None:
    """No regular expressions, and nothing that could match is missed."""
    line = "python3 -I hook.py"
    assert all(
        means(pattern, line) for pattern in ("", "hook", "h.ok|x", "x?python", "^python", "py.*hook", "hook[.]py")
    )
    assert not any(means(pattern, line) for pattern in ("x", "hook.*python", "^hook", "a|b", "hook[.]rb"))


def test_a_process_that_is_asked_for_by_name_alone_is_the_gates_only_by_that_name() -> None:
    """What a search asks of `/proc` matters to what ends processes afterwards, and to nobody else."""
    assert TAMPER not in effects("grep -q web4 /proc/1/cmdline && echo yes")
    assert TAMPER in effects("for p in /proc/*; do grep -q hook.py $p/cmdline && kill ${p##*/}; done")
