"""What a program in a file says to its readers alone: comments, and texts that stand for themselves.

Code on a command line has none of them; in a file they hold examples, which nobody runs. Only what is surely one is taken
out: a line that begins as a comment, and in Python a text between three quotes that opens a module, a class or a function.
"""

from __future__ import annotations

from web4_governance.core.effects.names import names

HASHES = names("python ruby perl r julia")
SLASHES = names("javascript php")
THREE = ('"""', "'''", 'r"""', "r'''")


def without_remarks(code: str, language: str) -> str:
    """Give a program's text without what it says to its readers alone."""
    sign = "#" if language in HASHES else "//" if language in SLASHES else ";" if language == "elisp" else ""
    kept: list[str] = []
    closing = ""
    for line in code.split("\n"):
        said = line.lstrip()
        if closing:
            _, found, after = said.partition(closing)
            closing = "" if found else closing
            kept.append(after)
        elif language == "python" and said.startswith(THREE) and _is_statement(kept):
            quotes = said.lstrip("r")[:3]
            _, found, after = said.lstrip("r")[3:].partition(quotes)
            closing = "" if found else quotes
            kept.append(after)
        else:
            kept.append("" if sign and said.startswith(sign) else line)
    return "\n".join(kept)


def _is_statement(before: list[str]) -> bool:
    """Say whether a new statement begins behind these lines: nothing, or what ends one."""
    last = next((line.rstrip() for line in reversed(before) if line.strip()), "")
    return not last or (last.endswith(":") and last.lstrip().startswith(("def ", "class ", "async def ")))
