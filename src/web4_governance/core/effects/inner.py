"""Commands that stand inside a command's words: behind an option that names one, in a rule of `make`, in a variable.

An option is known by its name where programs agree on it (`--pager`, `--rsync-path`, `--…-command`), whatever the program. Only
a value of several words, or with a sign of the shell, is followed: a single word is a program's name, and its row's business.
"""

from __future__ import annotations

from web4_governance.core.effects import strangers
from web4_governance.core.effects.names import names
from web4_governance.core.shell.command import known_word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from web4_governance.core.effects.catalog import Catalog
    from web4_governance.core.effects.glance import Glance
    from web4_governance.core.shell.command import Command, Word

OPTIONS = names(
    "--pager --rsync-path --rsh --ssh --server --compress-program --use-compress-program --filter --editor "
    "--script-shell --password-command --upload-pack --receive-pack --extcmd --run_under --toolexec -toolexec -exec --exec "
    "--exec-batch --execute-before --use-askpass --on-download-complete --on-download-error --on-download-start "
    "--on-download-stop --to-command --preview --modprobe --shell-command --pre --hook --pre-hook --post-hook --deploy-hook "
    "--prepipe --browser --viewer --open-files-in-pager"
)
ENDINGS = ("-command", "-cmd", "_command", "-program", "_cmd")
# Options that end alike and take no command of this machine's shell, and programs whose words are only words.
NONE = names("--command --sub-command --subcommand --show-command")
TOLD = names("echo printf test [ [[ : grep egrep fgrep zgrep find gfind fd fdfind docker podman kubectl")
SETTINGS = names("-o --option --config -c")
SETTING_ENDS = ("command", "invoke", "hook", "pager", "editor", "askpass", "rsh")
MAKES = names("make gmake bmake remake")
RULES = names("--eval -E")
SHELL_SIGNS = (" ", ";", "|", "&", "$(", "`", "\t", "\n")
EXPORTED = "BASH_FUNC_"
MAX_RULES = 64
READING = names("python python2 python3 ruby perl bash sh zsh dash")  # what is given a script by its name
SCRIPTS = (".py", ".sh", ".pl", ".rb")
OWN = names("manage.py")  # a name that each project gives its own script, which its row is read for
CLOUDS = names("aws awslocal az")


def followed(given: str) -> str:
    """Give the command that a value is, without the sign of a pipe before it; empty where it is no more than a name."""
    text = given.strip().lstrip("|").strip()
    return text if text[:1] not in ("", "-") and any(sign in text for sign in SHELL_SIGNS) else ""


def may_hold(program: str, glance: Glance) -> bool:
    """Say whether `texts` may give something, by one look at the words."""
    if not glance.sure or program in MAKES or program in CLOUDS:
        return True
    for option in glance.options:
        if option in OPTIONS or option in SETTINGS or (option[:2] == "--" and option.endswith(ENDINGS)):
            return True
    if program in READING:
        for end in SCRIPTS:
            if end in glance.said:
                return True
    return False


def texts(command: Command, catalog: Catalog) -> Iterator[str]:
    """Give the commands that stand in a command's options, and the one that a script of a known name is."""
    yield from in_options(command)
    words = command.words[1:]
    name = words[0].text.rpartition("/")[2] if words and words[0].known and command.program in READING else ""
    if name.endswith(SCRIPTS) and name not in OWN and name in catalog.programs:
        yield strangers.line((known_word(name), *words[1:]))


def in_options(command: Command) -> Iterator[str]:
    """Give the commands that a command's options name."""
    if command.program in TOLD:
        return
    for name, given in _options(command.words[1:]):
        if name in OPTIONS or (name.startswith("--") and name.endswith(ENDINGS) and name not in NONE):
            text = followed(given)
            if text:
                yield text
        if name in SETTINGS:  # `-o ProxyCommand=x`, `--config hooks.pre=x`
            setting, equals, inside = given.partition("=")
            text = followed(inside) if equals else ""
            if text and _runs(setting):
                yield text
    if command.program in CLOUDS:
        yield from _for_agents(command.program, [word.text for word in command.words[1:] if word.known])
    if command.program in MAKES:
        yield from _of_rules(command.words[1:])


def _for_agents(program: str, words: list[str]) -> Iterator[str]:
    """Give the commands that a cloud's agents run on its machines (`aws ssm send-command`, `az vm run-command invoke`)."""
    if program == "az":
        for at, word in enumerate(words):
            if word in ("--scripts", "--script") and "run-command" in words:
                rest = words[at + 1 :]
                end = next((n for n, one in enumerate(rest) if one.startswith("--")), len(rest))
                yield "\n".join(one for one in rest[:end] if not one.startswith("@"))
            elif word.startswith("--scripts=") and "run-command" in words:
                yield word.partition("=")[2]
        return
    if "ssm" not in words or ("send-command" not in words and "start-session" not in words):
        return
    for at, word in enumerate(words):
        name, _, given = word.partition("=")
        if name in ("--parameters", "--cli-input-json"):
            said = _parameters(given or "".join(words[at + 1 : at + 2]))
            if said:
                yield said


def _parameters(given: str) -> str:
    """Give the commands among a document's parameters: as JSON, or in the CLI's shorthand (`commands=a`, `commands=[…]`)."""
    from web4_governance.core.canonical import lenient  # noqa: PLC0415  of these commands alone
    from web4_governance.core.errors import CanonicalError  # noqa: PLC0415  as above

    before, sign, shorthand = given.partition("command=" if "command=" in given else "commands=")
    text = shorthand.strip() if sign and not before.strip().startswith("{") else given
    try:
        read, _ = lenient(text.encode("utf-8", "replace"))
    except CanonicalError:
        return text.strip("[]'\"") if sign else ""
    for name in ("Parameters", "commands", "command"):
        read = read.get(name, read) if isinstance(read, dict) else read
    lines = read if isinstance(read, list) else [read]
    return "\n".join(line for line in lines if isinstance(line, str))


def _runs(setting: str) -> bool:
    """Say whether a setting's name says that its value is run."""
    lowered = setting.lower().rstrip(":")
    return " " not in setting and (lowered.endswith(SETTING_ENDS) or lowered.startswith(("hooks.", "alias.")))


def _options(words: tuple[Word, ...]) -> Iterator[tuple[str, str]]:
    for at, word in enumerate(words):
        if word.text[:1] != "-" or not word.known:
            continue
        name, equals, given = word.text.partition("=")
        if equals:
            yield name, given
        else:
            yield name, "".join(after.text for after in words[at + 1 : at + 2] if after.known)


def _of_rules(words: tuple[Word, ...]) -> Iterator[str]:
    """What `$(shell …)` holds in a variable or a rule given to `make`, and the recipe of such a rule."""
    rule = False
    for word in words:
        text = word.text if word.known else ""
        name, equals, given = text.partition("=")
        for part in text.split("$(shell ")[1:MAX_RULES]:
            yield _balanced(part)
        recipe = given if equals and name in RULES else text if rule else ""
        if ";" in recipe:
            yield recipe.partition(";")[2]
        yield from (line for line in recipe.split("\n\t")[1:MAX_RULES])
        rule = text in RULES


def _balanced(text: str) -> str:
    """Give what stands before the bracket that closes."""
    depth = 1
    for at, char in enumerate(text):
        depth += (char == "(") - (char == ")")
        if not depth:
            return text[:at]
    return text
