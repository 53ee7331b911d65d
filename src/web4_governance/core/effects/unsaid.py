"""Files that a command may write though no effect of its row names them: what protects the gate does not end at a row.

A row of the catalog says what it knows of a program, and packs may add rows. So for the gate's own files the other words
are looked at too: what stands behind an option that names an output, what a program is given whose options the row does
not know, what a wrapper keeps for itself, what a variable names that a program writes to.
"""

from __future__ import annotations

from web4_governance.core.action import Place
from web4_governance.core.effects.glance import PATH_SIGNS
from web4_governance.core.effects.names import names
from web4_governance.core.effects.rows import strings
from web4_governance.core.shell.command import Word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from web4_governance.core.canonical import Json
    from web4_governance.core.effects.glance import Glance
    from web4_governance.core.effects.rows import Reading
    from web4_governance.core.effects.sweeping import Guard
    from web4_governance.core.shell.command import Command

HANDED = "hands a program something that the gate protects"
SPEAKERS = names("echo printf test [ [[ : true false")  # their words are only said
# Programs that read or copy what their words name, whatever else they are asked for; where they write, their rows tell.
READERS = names(
    "cat less more nl tac rev wc od hexdump strings file stat md5sum sha1sum sha224sum sha256sum sha384sum sha512sum shasum "
    "cksum b2sum md5 bat batcat zcat gzcat bzcat xzcat zstdcat readelf nm objdump getfacl pr fold expand fmt column paste join "
    "comm cmp diff sdiff colordiff delta icdiff sum base32 base64 gbase64 tsort shuf head tail ghead gtail grep egrep fgrep rg "
    "ag ack zgrep ugrep pcregrep sort cut tr unexpand look fzf jq htmlq ls dir vdir exa eza lsd tree gls du realpath readlink "
    "basename dirname namei lsattr mountpoint df ncdu find gfind bfs fd fdfind tar gtar bsdtar zip cp gcp rsync scp ssh git "
    "sqlite3 sqlite lsof pgrep ps xxd sed gsed awk gawk mawk nawk mv gmv ln curl wget"
)
# Programs whose operands are names, messages or commands, which are looked at in their own right.
WORDS_ONLY = names(
    "cd pushd popd dirs export unset declare typeset local readonly alias unalias set shopt read mapfile readarray which "
    "whereis type hash command builtin help man info apropos whatis tldr compgen complete history logger notify-send say "
    "xargs parallel watch entr sudo doas pkexec gosu su-exec run0 su runuser sg time timeout gtimeout nice nohup setsid stdbuf "
    "exec eval source . trap date lsof pv"
)
EDITORS = names("sudoedit vimdiff rvim")  # whatever they are given is there to be changed
SECOND = names("uniq xxd pdftotext pdftohtml ps2pdf")  # a second operand is written
OUTPUTS = names("-o -O")
NO_OUTPUT = names("ls dir vdir exa eza lsd grep egrep fgrep rg zgrep ps netstat ss")
OUT_WORDS = (
    "output", "outfile", "out-file", "logfile", "log-file", "dump", "trace-file", "result-file", "local-dir", "destination",
    "--out", "-out", "--rdb", "--save-to", "--download-dir",
)  # fmt: skip
OWN = (Place.PROJECT, Place.PROJECT_ROOT, Place.ARTEFACT)
BLANK = (" ", "\n", "\t")
PATHS = ("/", "~", "./", "../")
SPARING = ("exclude", "ignore", "prune", "skip", "except", "-not", "-path", "-ipath", "-wholename", "-name")
# Variables that name a file or directory into which a shell or a program writes on its own.
WRITTEN = names(
    "TMPDIR TMP TEMP PYTHONPYCACHEPREFIX COVERAGE_FILE GCOV_PREFIX LLVM_PROFILE_FILE SSLKEYLOGFILE MALLOC_TRACE "
    "LD_DEBUG_OUTPUT NODE_V8_COVERAGE GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE GIT_OBJECT_DIRECTORY LESSHISTFILE VIMINIT "
    "LOGFILE BASH_LOG NODE_REPL_HISTORY CARGO_TARGET_DIR GOCACHE GOBIN PIP_TARGET PIP_LOG NPM_CONFIG_CACHE HISTFILE"
)
WRITTEN_PARTS = ("HISTFILE", "HISTORY", "GIT_TRACE", "_LOG_FILE", "_LOGFILE")
# What a word begins with that a pager, an editor or a database's shell takes for a command of its own.
COMMANDS = ("+", ".output", ".once", ".excel", ".log", ".save", ".backup", ".clone", ".shell", ".system")
# Of these the ones that no path begins like, which a glance has seen by then.
COMMAND_SIGNS = tuple("\0" + sign for sign in COMMANDS if sign[0] not in PATH_SIGNS)
LOCK = "/ledger.lock"
EXPORTING = names("export declare typeset readonly")


def hands_over(
    command: Command, glance: Glance, reading: Reading, read: Callable[[], frozenset[str]], of: Guard
) -> str:
    """Say why a command whose row knows what it does may write what is protected all the same.

    `read` gives the words that its row says are only read.
    """
    if command.program in SPEAKERS or command.program in NO_OUTPUT:
        return ""
    if glance.sure and not glance.reaching and not _commands(glance):
        return ""  # no word of it is placed, and none is a command of an editor's
    return _hands_over(command, reading, read(), of)


def _commands(glance: Glance) -> bool:
    """Say whether a word begins as a command of an editor or a pager does."""
    for sign in COMMAND_SIGNS:  # noqa: SIM110  no generator where every command comes by
        if sign in glance.said:
            return True
    return False


def _hands_over(command: Command, reading: Reading, read: frozenset[str], of: Guard) -> str:
    trusted = command.program in READERS or not _unknown_options(reading)
    only_read = command.program in READERS or command.program in WORDS_ONLY or _only_asks(reading)
    if _edits(command) or any(word.text.startswith(COMMANDS) for word in command.words[1:]):
        spoken = any(of.protected.named_in(word.text) for word in command.words[1:] if word.text.startswith(COMMANDS))
        edited = _edits(command) and any(_holds(word.text, of, known=word.known) for word in command.words[1:])
        if spoken or edited:
            return HANDED
    for at, before, text, known in _words(command):
        option = before.startswith("-") or text.startswith("-")
        asks_output = _is_output(command.program, before, text)
        second = command.program in SECOND and at > 1 and not option
        if text in read and trusted and not asks_output and not second:
            continue
        closer = not trusted or second or not only_read
        held = (closer or option) and _holds(text, of, known=known)
        if held and (closer or text.startswith("-") or _may_be_value(before, reading)):
            return HANDED
        if not only_read and _is_settings(text, of):
            return HANDED
    return ""


def _may_be_value(before: str, reading: Reading) -> bool:
    """Say whether a word may be the value of the option before it: not of letters that take none by a row which knows all."""
    told = before[1:].isalpha() and not reading.subcommands and not _unknown_options(reading)
    return not told or any(f"-{letter}" in (*OUTPUTS, *strings(reading.row, "takes_value")) for letter in before[1:])


def _edits(command: Command) -> bool:
    sudo = command.program == "sudo" and any(word.text in ("-e", "--edit") for word in command.words[1:])
    return sudo or command.program in EDITORS


def may_put_out(glance: Glance) -> bool:
    """Say whether `outputs` may give something, by one look at the words: an option, and a path."""
    return not glance.sure or (bool(glance.options) and glance.reaching)


def outputs(command: Command) -> Iterator[Word]:
    """Give the words that name an output by their option alone, whatever is known of the program."""
    if command.program in SPEAKERS or command.program in READERS:
        return
    before = ""
    for word in command.words[1:]:
        name, equals, given = word.text.partition("=")
        long = equals and name.startswith("--")
        if _is_output(command.program, "" if long else before, name if not long else word.text) and word.known:
            text = given if long else word.text
            if text.startswith(PATHS):
                yield Word(text=text, literal=text)
        before = word.text if word.text.startswith("-") else ""


def keeps_open(command: Command, of: Guard) -> str:
    """Say why the words that wrappers keep, its redirections, or variables around a command touch what is protected."""
    if not (command.handed or command.redirects or command.assignments or command.program in EXPORTING):
        return ""
    handed = [piece for word in command.handed for piece in pieces(word.text, known=word.known)]
    if any(of.protected.holds(of.place(piece)) for piece in handed if not piece.startswith("-")):
        return HANDED
    for redirect in command.redirects:
        text = redirect.target.text
        if redirect.op[:2] == "<<" or (redirect.target.known and not _may_lock(text)):
            continue
        place = of.place(text)
        if place.resolved.endswith(LOCK) and of.protected.holds(place):
            return "holds the ledger's lock"
    for name, text in _variables(command):
        if (name in WRITTEN or any(part in name for part in WRITTEN_PARTS)) and (
            of.protected.holds(of.place(text)) or of.protected.directory(of.place(text))
        ):
            return "names a protected file for a program to write to"
    return ""


def _may_lock(text: str) -> bool:
    """Say whether a path may end in the lock's name: by its own last part, or by one that stands for a directory's."""
    name = text.rstrip("/").rpartition("/")[2]
    return name in ("", ".", "..") or name[0] == "~" or name == LOCK[1:]


def pieces(text: str, *, known: bool) -> tuple[str, ...]:
    """Give a word, and what stands behind `=`, `:` or a short option's letter in it; a text with blanks is one piece."""
    plain = text if known else text.replace('"', "").replace("'", "")
    if known and any(sign in plain for sign in BLANK) and not plain.startswith(PATHS):
        option = (plain.partition("=")[2], plain[2:]) if plain.startswith("-") else ()
        return tuple(piece for piece in (plain, *option) if piece)
    found = [plain, *plain.split("=")[1:], *plain.split(":"), *plain.split(",")]
    if plain.startswith("-") and not plain.startswith("--"):
        found.append(plain[2:])
    return tuple(dict.fromkeys(piece for piece in found if piece))


def _words(command: Command) -> Iterator[tuple[int, str, str, bool]]:
    """Give each word with its place and the one before it, but for those that name what is to be spared."""
    before = ""
    for at, word in enumerate(command.words[1:], 1):
        if not any(part in before or (part in word.text and word.text.startswith("-")) for part in SPARING):
            yield at, before, word.text, word.known
        before = word.text if word.text.startswith("-") and word.text != "--" else ""


def _holds(text: str, of: Guard, *, known: bool) -> bool:
    return any(
        piece[:1] in ("/", "~", ".") and of.protected.holds(of.place(piece)) for piece in pieces(text, known=known)
    )


def _is_settings(text: str, of: Guard) -> bool:
    """Say whether a word, or what an option has behind its `=`, is the directory of the person's settings."""
    given = text.partition("=")[2] if text.startswith("--") else text
    place = of.place(given) if given.startswith(PATHS) else None
    return place is not None and of.protected.directory(place) and place.place not in OWN


def _is_output(program: str, before: str, text: str) -> bool:
    if program in NO_OUTPUT:
        return False
    name = text.partition("=")[0] if text.startswith("--") and "=" in text else before
    short = text[:2] if text.startswith("-") and not text.startswith("--") and len(text) > 2 else before  # noqa: PLR2004
    return short in OUTPUTS or (name.startswith("-") and any(word in name for word in OUT_WORDS))


def _only_asks(reading: Reading) -> bool:
    """Say whether all that a row says of the command is that it asks a repository, of files that it names."""
    effects = {entry.get("effect") for entry in reading.holding() if entry.get("otherwise") is not True} - {None}
    return effects == {"vcs.read"}


def _unknown_options(reading: Reading) -> bool:
    known: set[str] = set()
    _collect(dict(reading.row), known)
    return any(flag not in known and flag not in ("--help", "--version") for flag in reading.flags)


def _collect(found: Json, into: set[str]) -> None:
    """Collect every text of a row that may name an option: examples and subcommands aside."""
    if isinstance(found, str):
        into.add(found.removeprefix("value:"))
    elif isinstance(found, list):
        for item in found:
            _collect(item, into)
    elif isinstance(found, dict):
        for name, item in found.items():
            if name not in ("yes", "no", "sub"):
                into.add(name)
                _collect(item, into)


def _variables(command: Command) -> Iterator[tuple[str, str]]:
    for name, word in command.assignments:
        yield name, word.text
    for word in command.words[1:] if command.program in EXPORTING else ():
        name, _, text = word.text.partition("=")
        yield name, text
