"""The commands of `sftp` and `ftp`, as the copies and calls that they come down to: `put x` is `scp x host:`.

By sftp(1) and ftp(1). A line that is none of these commands does nothing that is modelled.
"""

from __future__ import annotations

from web4_governance.core.effects.names import names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_LINES = 256
PUTS = names("put reput mput send append")
GETS = names("get reget mget recv")
REMOVES = names("rm rmdir delete mdelete")
PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./~*?[]@:+,=")


def lines(batch: str, host: str) -> Iterator[str]:
    """Give the shell's commands that a batch of transfers stands for, in its order.

    Args:
        batch: The text that the program is fed.
        host: The other side as the command line names it, perhaps with a user before it and a path behind it.
    """
    there, here = host.removeprefix("sftp://").partition(":")[0].rstrip("/"), ""
    for line in batch.split("\n")[:MOST_LINES]:
        said = line.strip().lstrip("-@")
        if said.startswith("!"):
            yield here + said[1:]
            continue
        verb, *rest = said.split()[:64] or [""]
        flags = "".join(f"{word} " for word in rest if word in ("-r", "-R", "-a", "-p", "-ar"))
        files = [word.strip("\"'") for word in rest if not word.startswith("-")]
        verb = verb.lower()
        if verb == "open" and files:
            there = files[0]
        elif verb == "lcd" and files:
            here = f"cd {_word(files[0])}; "
        elif verb in PUTS and files:
            sent = files if verb == "mput" else files[:1]
            yield f"{here}scp {flags.replace('-R', '-r')}{' '.join(map(_word, sent))} {_word(there)}:"
        elif verb in GETS and files:
            into = files[1] if len(files) > 1 and verb != "mget" else "."
            yield f"{here}scp {flags.replace('-R', '-r')}{_word(f'{there}:{files[0]}')} {_word(into)}"
        elif verb in REMOVES and files:
            yield f"ssh {_word(there)} rm {' '.join(map(_word, files))}"


def _word(text: str) -> str:
    """Give a word as a shell takes it; globs stay, for these programs know them too."""
    return text if text and PLAIN.issuperset(text) else "'" + text.replace("'", "'\\''") + "'"
