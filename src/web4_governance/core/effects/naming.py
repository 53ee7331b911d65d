"""Commands that print the names of variables in a file of them, and no value: `cut -d= -f1 .env`, `cat .env | sed 's/=.*//'`.

Such a listing shows nobody a secret. What prints a line as it is, whatever else it does, is none; nor is a filter of which a
part is not known, or whose program does more than to cut. No regular expressions: this is on the hook's path.
"""

from __future__ import annotations

from web4_governance.core.effects.names import names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from web4_governance.core.shell.command import Command

    Files = tuple[str, ...] | None

CUTTING = names("cut gcut awk gawk mawk sed gsed grep egrep")
PASSING = names("cat grep egrep sort head tail sed tr")  # what may hand the lines on to a filter
PATTERNED = names("grep egrep sed")  # of which the first word is no file
MOST = 8  # programs between the file and what cuts its lines
ONLY = frozenset("-oEPheiw")  # options of a search that shows the part alone
# How sed is told to cut a line at its `=`, and to leave out remarks and empty lines.
FROM_SIGN = names("=.* =.*$ =.+ =.+$ =.\\+ =.\\+$ \\s*=.* \\s*=.*$")
LEFT_OUT = names("/^#/d /^$/d /^\\s*$/d /^\\s*#/d")
QUANTIFIERS = ("*", "+", "?", "\\+")
ENDS = ("", "=", "(?==)", "\\b")


def names_only(commands: tuple[Command, ...], is_of_variables: Callable[[str], bool]) -> frozenset[int]:
    """Give the commands that read a file of variables of which nothing but names is printed in the end.

    Args:
        commands: The commands of a script, with the pipes between them.
        is_of_variables: Says whether a path is one of a file that variables are kept in.
    """
    found: set[int] = set()
    for index, command in enumerate(commands):
        files = _cut(command)
        if files is None:
            continue
        chain, at = [index], command.pipe_from
        while not files and 0 <= at < chain[-1] and len(chain) <= MOST and _passes(commands[at]):
            chain.append(at)
            files, at = _between(commands[at]), commands[at].pipe_from
        if files and at < 0 and all(map(is_of_variables, files)):
            found.update(chain)
    return frozenset(found)


def _passes(command: Command) -> bool:
    """Say whether a command shows what it reads to nobody but the next one."""
    known = all(word.known for word in command.words)
    return known and command.program in PASSING and not any(">" in one.op for one in command.redirects)


def _between(command: Command) -> tuple[str, ...]:
    """Give the files that a command between reads: its words that are no options, past the pattern where it has one."""
    words = tuple(word.text for word in command.words[1:] if word.text[:1] != "-")
    named = words if command.program == "cat" else words[1:] if command.program in PATTERNED else ()
    return (*named, *_fed(command))


def _fed(command: Command) -> tuple[str, ...]:
    return tuple(one.target.text for one in command.redirects if one.op == "<")


def _cut(command: Command) -> Files:
    """Give the files that a command reads which prints only names; None where it is none of those."""
    if command.program not in CUTTING or not all(word.known for word in command.words):
        return None
    words = [word.text for word in command.words[1:]]
    if command.program.endswith("cut"):
        files = _by_cut(words)
    elif command.program.endswith("awk"):
        files = _by_awk(words)
    else:
        files = _by_sed(words) if command.program.endswith("sed") else _by_grep(words)
    return None if files is None else (*files, *_fed(command))


def _by_cut(words: list[str]) -> Files:
    """`cut -d= -f1`: the first field before the sign."""
    given: dict[str, str] = {}
    rest: list[str] = []
    short = {"--delimiter": "-d", "--fields": "-f"}
    at = 0
    while at < len(words):
        name, equals, value = words[at].partition("=") if words[at].startswith("--") else (words[at][:2], "", "")
        if name in ("-d", "-f") and not words[at].startswith("--"):
            value = words[at][2:] or "".join(words[at + 1 : at + 2])
            at += 0 if words[at][2:] else 1
        if name in short and not equals:
            return None
        if short.get(name, name) in ("-d", "-f"):
            given[short.get(name, name)] = value
        else:
            rest.append(words[at])
        at += 1
    return _plain(rest, ("-s", "--only-delimited")) if given == {"-d": "=", "-f": "1"} else None


def _by_awk(words: list[str]) -> Files:
    """`awk -F= '{print $1}'`, behind any pattern."""
    rest = words[1:] if words[:1] == ["-F="] else words[2:] if words[:2] == ["-F", "="] else []
    before, _, body = rest[0].strip().partition("{") if rest else ("", "", "")
    told = body.rstrip("} \n").replace(" ", "").rstrip(";")
    alone = body.endswith("}") and body.count("}") == 1 and not any(sign in before for sign in ";\n")
    return _plain(rest[1:], ()) if alone and told in ("print$1", "print($1)") else None


def _by_sed(words: list[str]) -> Files:
    """`sed 's/=.*//'`, with plain letters in the place of the value, and lines left out before."""
    rest = [word for word in words if word not in ("-E", "-r", "-e", "--regexp-extended")]
    parts = [part.strip() for part in rest[0].split(";") if part.strip()] if rest else []
    cuts = [part for part in parts if _is_cut(part)]
    return _plain(rest[1:], ()) if cuts and all(part in LEFT_OUT for part in parts if part not in cuts) else None


def _is_cut(part: str) -> bool:
    pieces = part[2:].split(part[1]) if part[:1] == "s" and part[1:2] and not part[1].isalnum() else []
    plain = len(pieces) == 3 and not any(sign in pieces[1] for sign in "\\&\n")  # noqa: PLR2004  pattern, text and flags
    return plain and pieces[0] in FROM_SIGN and pieces[2] in ("", "g")


def _by_grep(words: list[str]) -> Files:
    """`grep -o '^[A-Z_]*'`: the part of each line in front of the sign."""
    options = [word for word in words if word.startswith("-")]
    rest = [word for word in words if not word.startswith("-")]
    only = any("o" in word for word in options) and all(ONLY.issuperset(word) for word in options)
    return _plain(rest[1:], ()) if only and rest and _is_name(rest[0]) else None


def _is_name(pattern: str) -> bool:
    """Say whether a pattern stands for a name at the beginning of a line, and for nothing behind a `=`."""
    if not pattern.startswith("^"):
        return False
    rest = pattern[1:].removeprefix("export ")
    if rest.startswith("(") and rest.count("(") == rest.count(")") == 1:
        rest = rest.replace("(", "").replace(")", "")
    found = False
    while rest not in ENDS:
        end = 2 if rest.startswith("\\w") else rest.find("]", 2) + 1 if rest.startswith("[") else 0
        atom = rest[:end]
        inside = atom[1:-1].replace("\\w", "")
        if not end or not (
            atom == "\\w" or inside.startswith("^=") or inside.replace("-", "").replace("_", "").isalnum()
        ):
            return False
        found, rest = True, rest[end:]
        count = next((sign for sign in QUANTIFIERS if rest.startswith(sign)), "")
        rest = rest.partition("}")[2] if rest.startswith("{") else rest.removeprefix(count)
    return found


def _plain(words: list[str], options: tuple[str, ...]) -> Files:
    """Give words that are files, where all others are among some options."""
    files = tuple(word for word in words if word not in options)
    return None if any(word.startswith("-") for word in files) else files
