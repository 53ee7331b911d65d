"""The commands of `sftp`, `ftp`, `tftp` and `lftp`, as the copies and calls that they come down to: `put x` is `scp x host:`.

By sftp(1), ftp(1), tftp(1) and lftp(1). A line that is none of these commands does nothing that is modelled.
"""

from __future__ import annotations

from web4_governance.core.effects.names import names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_LINES = 256
PUTS = names("put reput mput send append")
GETS = names("get reget mget recv")
REMOVES = names("rm rmdir delete mdelete mrm")
PULLS = names("pget get1")
RUNS = names("shell local")
VALUED = names("-O -o -c -x -X -i -I --exclude --include -P --parallel -u")
REVERSED = names("-R --reverse")
PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./~*?[]@:+,=")


def lines(batch: str, host: str) -> Iterator[str]:
    """Give the shell's commands that a batch of transfers stands for, in its order.

    Args:
        batch: The text that the program is fed.
        host: The other side as the command line names it, perhaps with a user before it and a path behind it.
    """
    there, here = _machine(host), ""
    for line in batch.split("\n")[:MOST_LINES]:
        said = line.strip().lstrip("-@")
        if said.startswith("!"):
            yield here + said[1:]
            continue
        verb, *rest = said.split()[:64] or [""]
        flags = "".join(f"{word} " for word in rest if word in ("-r", "-R", "-a", "-p", "-ar"))
        files = [word.strip("\"'") for word in rest if not word.startswith("-")]
        verb = verb.lower()
        if verb in ("open", "connect") and files:
            there = _machine(next((word for word in reversed(files) if "," not in word), files[-1]))
        elif verb == "mirror":
            yield from _mirrored(rest, there, here)
        elif verb in RUNS and rest:
            yield here + line.strip().partition(" ")[2]
        elif verb == "lcd" and files:
            here = f"cd {_word(files[0])}; "
        elif verb in PUTS and files:
            sent = files if verb == "mput" else files[:1]
            yield f"{here}scp {flags.replace('-R', '-r')}{' '.join(map(_word, sent))} {_word(there)}:"
        elif verb in GETS | PULLS and files:
            into = files[1] if len(files) > 1 and verb != "mget" else "."
            yield f"{here}scp {flags.replace('-R', '-r')}{_word(f'{there}:{files[0]}')} {_word(into)}"
        elif verb in REMOVES and files:
            yield f"ssh {_word(there)} rm {' '.join(map(_word, files))}"


def _machine(given: str) -> str:
    """Give the machine that an address names (`ftp://user@host/x`, `host:22`)."""
    _, found, rest = given.partition("://")
    return (rest if found else given).partition("/")[0].partition(":")[0]


def _mirrored(rest: list[str], there: str, here: str) -> Iterator[str]:
    """`mirror A B` fetches a directory, `mirror -R A B` puts one there; with `--delete` what is not there goes here."""
    places = [word.strip("\"'") for at, word in enumerate(rest) if word[:1] != "-" and rest[at - 1] not in VALUED]
    flags = [word for word in rest if word.startswith("-")]
    if not REVERSED.isdisjoint(flags) or any(flag[1:2] != "-" and "R" in flag for flag in flags):
        yield f"{here}scp -r {_word(places[0] if places else '.')} {_word(there)}:"
        return
    away = " --delete" if any(flag == "--delete" or (flag[1:2] != "-" and "e" in flag) for flag in flags) else ""
    into = places[1] if len(places) > 1 else "."
    source = f"{there}:{places[0] if places else ''}"
    yield f"{here}rsync -a{away} {_word(source)} {_word(into)}"


def _word(text: str) -> str:
    """Give a word as a shell takes it; globs stay, for these programs know them too."""
    return text if text and PLAIN.issuperset(text) else "'" + text.replace("'", "'\\''") + "'"
