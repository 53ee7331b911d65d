"""What is answered when a call cannot be judged: the failure mode of the installed line, in words that name what mends it."""

from __future__ import annotations

MEND = "run `web4 doctor --fix` (or `web4 off --for 10m` to go on without the gate)"


def failure(message: str, hint: str, *, block: bool) -> tuple[int, bytes]:
    """Give the exit code and what stderr says; stdout is empty whenever a call fails."""
    what = "call blocked" if block else "call not judged"
    text = f"web4-governance: {what}: {message}; {hint or MEND}\n"
    return (2 if block else 0), text.encode("utf-8", "replace")


def broken(error: BaseException) -> str:
    """Say in a line that something failed which is no error of the project's tree."""
    return f"the gate failed ({type(error).__name__}: {str(error)[:200]})"
