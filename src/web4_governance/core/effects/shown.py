"""What of the environment is shown to whoever called: a secret variable, or all of them after a file of secrets was sourced.

What is piped on is followed through programs that give their input out again; one that takes a part of it, counts it or
sends it ends the way. A variable's name is judged by `offers`.
"""

from __future__ import annotations

from web4_governance.core.action import Effect
from web4_governance.core.effects import looped, offers
from web4_governance.core.effects.names import names
from web4_governance.core.shell.fields import UNKNOWN_PART
from web4_governance.core.shell.shells import SHELLS, SOURCES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.core.action import Target
    from web4_governance.core.effects.gathering import Gathering
    from web4_governance.core.effects.pipes import Pipes
    from web4_governance.core.effects.step import Step
    from web4_governance.core.shell.command import Command, Word

    Did = list[tuple[Effect | None, Target | None]]

COPYING = names(
    "cat tac tee sort uniq head tail nl less more rev base64 base32 xxd od hexdump strings column fold fmt bat expand pr tr"
)
LISTING = names("env printenv set export declare typeset readonly")
PRINTING_OPTIONS = {
    "env": "0v",
    "printenv": "0",
    "set": "",
    "export": "p",
    "declare": "px",
    "typeset": "px",
    "readonly": "p",
}
# What a variable's name ends in that says how a program is run: asked for by name it is no secret.
PLAIN = names("ENV PORT HOST NAME MODE LEVEL DEBUG VERSION REGION PATH")
# What sets variables, or runs a text in the shell itself, and what may stand between a file and that and shows nothing.
TAKING = names("export eval declare typeset readonly")
PATTERNED = names("grep egrep sed awk")  # of which the first word is no file
TOLD = names("xargs echo printf tr")  # of which no word is one
PASSED = names("cat grep egrep sed awk cut tr xargs echo head tail sort uniq printf")
CUTS = names("cut gcut awk gawk mawk sed gsed grep egrep")  # what may show the names alone of what is in a file
TRACING = frozenset("xv")
# Programs that put what a store or a file of secrets holds into the environment of the command behind them.
HANDING = names("sops dotenv dotenvx doppler infisical chamber teller envchain summon aws-vault")
# What runs a command where something is served from, whose variables are what it was given to log in with.
ELSEWHERE = (
    "docker exec", "docker compose exec", "docker compose run", "docker-compose run",
    "docker container exec", "docker-compose exec", "podman exec", "nerdctl exec",
    "kubectl exec", "oc exec", "heroku run", "fly ssh", "flyctl ssh", "railway ssh",
)  # fmt: skip
CODERS = names("python pypy node bun deno ruby perl php awk gawk mawk nawk jq gojq jaq yq emacs")
OPERAND = names("awk gawk mawk nawk jq gojq jaq yq")  # those whose program is no option's value
LIST = "list"  # `dotenv list`
FILTERS = names("jq gojq jaq yq")  # whose program is all printed
ASKED = SHELLS | SOURCES | frozenset(PRINTING_OPTIONS)
VERSIONS = "0123456789."
WHOLE_OF = "filter"
WHOLE = names("-p -pe --print")  # options whose code is printed as a whole
# How code names a variable, with what closes it, and how it prints; what stands between the two may only open or quote.
LOOKED_UP = (
    ("os.environ.get(", ")"), ("os.environ[", "]"), ("os.getenv(", ")"), ("process.env.", ""), ("process.env[", "]"),
    ("ENV.fetch(", ")"), ("ENV[", "]"), ("$ENV{", "}"), ("getenv(", ")"), ("Bun.env.", ""), ("Deno.env.get(", ")"),
    ("ENVIRON[", "]"), ("(getenv ", ")"),
)  # fmt: skip  # the languages' manuals
OF_FILTERS = (
    ("env.", ""),
    ("env[", "]"),
    ("$ENV.", ""),
    ("$ENV[", "]"),
    ("env(", ")"),
    ("strenv(", ")"),
)  # jq's manual, yq's
# What stands before a variable in code that proves by it who asks, and in code that tells somebody what it is.
PROVES = ("uthorization", "earer", "headers", "api-key", "apikey", "auth=", "auth(", "password=", "cookie")
TELLS = ("http://", "https://", "data=", "json=", "body:", "body=", "data:", "params=", "send(", "sendall(", "post(")
OWN = ("://localhost", "://127.", "://0.0.0.0", "://[::1]")
PRINTERS = ("print", "princ", "puts", "console.log", "console.error", "echo", "say", ".write")
OPENING = " (\"'{`$#\\"
ENDING = ("", ")", ";", "}", "\n", ",", "`", '"', "'")
STDERR = 2
FED = 2  # words of an interpreter that reads its program from what it is fed: its name, and a dash
MOST = 16
WINDOW = 256  # letters around a variable's name in code that are looked at
SOURCED = "prints all variables after a file of secrets was read into them"
HANDED = "prints all variables, with what a store of secrets has put among them"
THERE = "looks for secrets among the variables of what runs there"
DOTENV = "prints a file of secrets"
NAMED = "code prints a variable that is named like a secret"
TRACED = "a shell says the lines of a file of secrets"


def seen(index: int, pipes: Pipes) -> bool:
    """Say whether what a command prints is shown to whoever called: by itself, or by programs that it is piped through."""
    at, commands = index, pipes.commands
    for _ in range(MOST):
        readers = pipes.readers(at)
        if not readers:
            return not _is_kept(commands[at])
        if len(readers) != 1 or commands[readers[0]].pipe_from != at or not _copies(commands[readers[0]]):
            return False
        at = readers[0]
    return True  # further than is followed


def taken_in(commands: tuple[Command, ...]) -> frozenset[int]:
    """Give the commands of which the output becomes variables and is shown to nobody (`export $(cat .env | xargs)`).

    Those of which only names are shown are among them (`cut -d= -f1 .env`).
    """
    found: set[int] = set()
    reads = cuts = False
    for command in commands:
        reads = reads or command.program in looped.READERS
        cuts = cuts or command.program in CUTS
        if not command.substitutions or not _sets_variables(command):
            continue
        inside = [commands[at] for at in command.substitutions]
        if all(
            one.program in PASSED and not one.assignments and not _is_kept(one) and _reads_settings(one)
            for one in inside
        ):
            found.update(command.substitutions)
    if reads:
        found |= looped.taken_in(commands, _is_of_variables)
    if cuts:
        found |= _names_only(commands)
    return frozenset(found)


def _names_only(commands: tuple[Command, ...]) -> frozenset[int]:
    if not any(".env" in command.source for command in commands):
        return frozenset()
    from web4_governance.core.effects import naming  # noqa: PLC0415  of few calls alone

    return naming.names_only(commands, _is_of_variables)


def _reads_settings(command: Command) -> bool:
    """Say whether all files that a command names are such as variables are kept in (`.env`, `.env.local`, `test.env`)."""
    words = [word for word in command.words[1:] if word.text[:1] != "-"]
    named = words[1:] if command.program in PATTERNED else words if command.program not in TOLD else []
    read = [one.target for one in command.redirects if "<" in one.op]
    return all(word.known and _is_of_variables(word.text) for word in (*named, *read))


def _is_of_variables(path: str) -> bool:
    name = path.rpartition("/")[2]
    return name == ".env" or name.startswith(".env.") or name.endswith(".env")


def _sets_variables(command: Command) -> bool:
    """Say whether all that a command does with a substitution is to set variables, or to run it as `source` would."""
    words = command.words
    if command.via[-1:] == ("env",):
        return bool(words) and not words[0].known
    return command.program in TAKING and len(words) > 1 and all(_is_substitution(word) for word in words[1:])


def _is_substitution(word: Word) -> bool:
    """Say whether a word is what another command prints, and nothing beside it: no name that is given a value."""
    return not word.known and word.shape.strip('"') == UNKNOWN_PART


def may_show(command: Command) -> bool:
    """Say whether `secret` may have something to say: by the program's name, or one word that `dotenv` takes."""
    program = command.program
    return program in ASKED or program.rstrip(VERSIONS) in CODERS or (program == LIST and len(command.words) == 1)


def secret(
    index: int,
    pipes: Pipes,
    steps: list[Step],
    did: Did,
    gathering: Gathering,
    *,
    via: tuple[str, ...] = (),
    taken: frozenset[int] = frozenset(),
) -> str:
    """Say why a command shows what a file of secrets holds; empty where it does not.

    Args:
        index: The command's place.
        pipes: All commands of the script, and what flows between them.
        steps: What those up to this one came down to.
        did: What this one does.
        gathering: Knows what the names of files mark.
        via: The programs that start it.
        taken: The commands whose output became variables.
    """
    commands = pipes.commands
    command = commands[index]
    if command.program.rstrip(VERSIONS) in CODERS:
        return NAMED if code_prints(index, pipes) and seen(index, pipes) else ""
    if command.program in SHELLS or command.program in SOURCES:
        traced = _traces(command) if command.program in SHELLS else any(_traces(one) for one in commands[:index])
        return TRACED if traced and _runs_secrets(did, gathering) and seen(index, pipes) else ""
    if [word.text for word in command.words] == [LIST] and via[-1:] and via[-1].partition(" ")[0] == "dotenv":
        return DOTENV if seen(index, pipes) else ""
    if not _prints_all(command) or not seen(index, pipes):
        return ""
    if any(name.partition(" ")[0] in HANDING for name in via):
        return HANDED
    if any(name in ELSEWHERE for name in via):
        asked = [commands[at] for at in pipes.readers(index) if commands[at].program in offers.SEARCHING]
        secrets = any(offers.speaks_of_secrets(word.text) for one in asked for word in one.words[1:])
        return THERE if secrets else ""
    sourced = any(
        (commands[at].program in SOURCES and _runs_secrets(list(steps[at].recent), gathering))
        or (at in taken and reads_secrets(list(steps[at].recent), gathering))
        for at in range(index)
    )
    return SOURCED if sourced else ""


def _runs_secrets(did: Did, gathering: Gathering) -> bool:
    return _of_secrets(Effect.CODE_RUN, did, gathering)


def reads_secrets(did: Did, gathering: Gathering) -> bool:
    """Say whether a command read a file whose name marks a secret."""
    return _of_secrets(Effect.FILE_READ, did, gathering)


def _of_secrets(done: Effect, did: Did, gathering: Gathering) -> bool:
    return any(
        mark.read is Effect.SECRET_READ
        for effect, target in did
        if effect is done and target is not None
        for mark in gathering.catalog.marks.of_path(target, gathering.scene.home)
    )


def _traces(command: Command) -> bool:
    """Say whether a shell is told to print the lines that it reads or runs."""
    if command.program not in SHELLS and command.program != "set":
        return False
    for at, word in enumerate(command.words[1:], 1):
        if word.text in ("-o", "--verbose"):
            after = command.words[at + 1 : at + 2]
            if word.text == "--verbose" or any(one.text in ("xtrace", "verbose") for one in after):
                return True
        elif word.text[:1] != "-":
            return False
        elif word.text[1:2] != "-" and not TRACING.isdisjoint(word.text):
            return True
    return False


def _prints_all(command: Command) -> bool:
    allowed = PRINTING_OPTIONS.get(command.program)
    return allowed is not None and all(
        word.known and word.text[:1] == "-" and set(word.text[1:]) <= set(allowed) for word in command.words[1:]
    )


def code_prints(index: int, pipes: Pipes) -> bool:
    """Say whether code in a command's words prints the whole value of a variable that is named like a secret."""
    command, before = pipes.commands[index], ""
    program = command.program.rstrip(VERSIONS)
    if program not in CODERS or (
        program in FILTERS and any(word.text in ("-i", "--inplace") for word in command.words)
    ):
        return False
    fed = command.stdin if program not in OPERAND and len(command.words) <= FED else None
    for text in (*(word.text for word in command.words[1:]), *(("-", fed) if fed else ())):
        if (before.startswith("-") or program in OPERAND) and _speaks_of(text):
            made = pipes.made(index + 1)
            option = WHOLE_OF if program in FILTERS else before
            ways = OF_FILTERS if program in FILTERS else LOOKED_UP
            if any(_prints_one(text, *way, made, option) for way in ways):
                return True
        before = text
    return False


def _speaks_of(code: str) -> bool:
    return any(name in code for name in offers.SHOWN_NAMES)


def sent(code: str) -> bool:
    """Say whether code that sends puts a variable named like a secret into an address, or into what it tells.

    What stands behind a header's name is how a program proves who asks, and that is everyday work.
    """
    if not _speaks_of(code):
        return False
    for opens, _ in LOOKED_UP:
        at = code.find(opens)
        while at >= 0:
            rest = code[at + len(opens) : at + len(opens) + WINDOW].lstrip("'\"")
            end = next((n for n, char in enumerate(rest) if not (char.isalnum() or char == "_")), len(rest))
            head = code[max(at - WINDOW, 0) : at].lower()
            told = max(head.rfind(sign) for sign in TELLS)
            if rest[:end].endswith(offers.SHOWN_NAMES) and told > max(head.rfind(sign) for sign in PROVES):
                return not any(sign in head for sign in OWN)
            at = code.find(opens, at + len(opens))
    return False


def _prints_one(code: str, opens: str, closes: str, made: frozenset[str], option: str) -> bool:
    at = code.find(opens)
    while at >= 0:
        rest = code[at + len(opens) : at + len(opens) + WINDOW].lstrip("'\"")
        end = next((n for n, char in enumerate(rest) if not (char.isalnum() or char == "_")), len(rest))
        name, behind = rest[:end], rest[end:].lstrip("'\"").removeprefix(closes).lstrip(" \t")
        head = code[max(at - WINDOW, 0) : at].rstrip(OPENING)
        printed = head.endswith(PRINTERS) or (option in WHOLE and not head.strip()) or option == WHOLE_OF
        field = option == WHOLE_OF and (code[at - 1 : at] == "." or code[max(at - 1, 0) : at].isalnum())
        if printed and not field and name.endswith(offers.SHOWN_NAMES) and name not in made and behind[:1] in ENDING:
            return True
        at = code.find(opens, at + len(opens))
    return False


def _copies(command: Command) -> bool:
    """Say whether a program gives out what it is fed."""
    words = [word.text for word in command.words[1:]]
    options = [word for word in words if word[:1] == "-" and word[1:2] not in ("-", "")]
    if command.program in offers.SEARCHING:
        asked = [word.strip("^=$") for word in words if not word.startswith("-")]
        plain = bool(asked) and asked[0].isupper() and asked[0].endswith(tuple(PLAIN))
        return not plain and not any(not offers.ONLY.isdisjoint(word[1:]) for word in options)
    if command.program in ("head", "tail"):
        return not any("c" in word for word in options)
    if command.program == "tr":
        return "-d" in options
    return command.program in COPYING


def _is_kept(command: Command) -> bool:
    """Say whether a command's output goes to a file."""
    return any(redirect.op.startswith((">", "&>")) and redirect.fd != STDERR for redirect in command.redirects)
