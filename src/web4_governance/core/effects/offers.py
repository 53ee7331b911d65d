"""What a command's own words offer to others, whatever the program is: a port on every address, rights that nobody checks.

Spelled the same by so many programs that no row is needed for it. Not asked of programs whose words are only said, nor of
those for which such an option says where somebody else is.
"""

from __future__ import annotations

from itertools import pairwise

from web4_governance.core.action import Effect, Place, Target, TargetKind
from web4_governance.core.effects.names import names
from web4_governance.core.effects.resemblance import misspelled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from web4_governance.core.effects.glance import Glance
    from web4_governance.core.shell.command import Command, Redirect, Word

    Did = tuple[tuple[Effect | None, Target | None], ...]

LONGEST = 200
WHERE = names(
    "--host --bind --listen --address --addr --bind-address --listen-address --server-host --hostname --ip -H -b"
)
OF_PLACES = ("HOST", "_ADDR", "_ADDRESS", "_BIND")  # what a variable's name ends in that says where one listens
FOREIGN = names("--trust-remote-code --trust_remote_code")  # options by which a model brings its own code
EVERYWHERE = names("0.0.0.0 :: [::] * +")
# Programs that are told by such an option which machine to speak with, or whose words are only words.
ELSEWHERE = names(
    "echo printf test [ [[ curl wget ping ssh scp rsync psql mysql mysqldump pg_dump redis-cli mongosh mongo docker podman "
    "kubectl nc ncat grep rg git gh export declare sed awk lsof ss netstat dig nslookup iptables ufw grpcurl http "
    "sqlcmd influx cqlsh"
)
UNCHECKED = names(
    "--skip-permissions --dangerously-skip-permissions --yolo --trust-all-tools --allow-all-tools --dangerously-allow-all "
    "--auto-approve-all --no-approval --no-approvals --skip-approval --skip-approvals --disable-safety --no-safety "
    "--bypass-permissions --bypass-approvals --dangerously-bypass-approvals-and-sandbox --dangerously-allow-all-tools "
    "--disable-guardrails --no-guardrails --skip-guardrails --ignore-guardrails --allow-dangerous-tools "
    "--dangerously-disable-sandbox"
)

DETACHED = names("nohup setsid screen tmux zellij dtach daemonize disown at batch daemon start-stop-daemon")
BUILDERS = names("docker podman buildah nerdctl")
PRINTING = names("echo printf")
SECRET_NAMES = tuple(names("key token secret password passwd credentials"))
# What a variable's name ends in whose value is a secret, as environments spell it.
SHOWN_NAMES = tuple(
    names(
        "API_KEY APIKEY SECRET_KEY ACCESS_KEY PRIVATE_KEY AUTH_KEY SIGNING_KEY ENCRYPTION_KEY MASTER_KEY TOKEN SECRET "
        "PASSWORD PASSWD PASSPHRASE CREDENTIALS"
    )
)
# What a variable's name ends in that says where a file of credentials lies (the manuals of the clouds, and of images).
KEPT_IN = tuple(
    names(
        "TOKEN_FILE KEY_FILE PASSWORD_FILE SECRET_FILE CREDENTIALS CREDENTIALS_FILE SECRETS_FILE KUBECONFIG PGPASSFILE NETRC"
    )
)
FETCHERS = ("curl ", "wget ")
RUNNERS = names("sh bash zsh dash ash ksh python python3 perl ruby node php eval source .")
SETTING = names("export declare typeset local readonly read")
LISTING = names("env printenv set export declare sort")  # what prints all variables, or the same lines again
ONLY = frozenset("cqlLov")  # options of a search that show how many, whether, or only a part
STDERR = 2
HELD = (Place.HOME_ROOT, Place.HOME, Place.SYSTEM, Place.ROOT)
SPEAKING = names("curl wget nc ncat netcat socat telnet ftp aria2c")
PICKING = names("grep egrep fgrep zgrep rg ag ack awk gawk mawk sed perl")
KEEPING = names("crontab history fc journalctl dmesg last lastb ausearch")
SEARCHING = names("grep egrep fgrep zgrep rg ag ack ugrep")
SCANNING = names("trufflehog gitleaks detect-secrets noseyparker whispers ripsecrets titus")
DEEP = names("rg ag ack ugrep")
SOUGHT = "looks for secrets among what is the person's or the system's"
SHAPES = (
    "akia",
    "private key",
    "begin rsa",
    "begin openssh",
    "begin ec",
    "begin dsa",
    "begin pgp",
    "ghp_",
    "xoxb-",
    "sk-ant",
    "sk_live",
)
SECRETS = names("password passwd secret token api_key apikey api-key credential bearer access_key private_key")
# Commands that print settings whole (their manuals), and what a password among them is named like.
SET_UP = (
    (names("docker podman nerdctl crictl"), {"inspect"}),
    (names("docker podman nerdctl"), {"history"}),
    (names("docker podman nerdctl"), {"compose", "config"}),
    (names("docker-compose podman-compose"), {"config"}),
    (names("helm"), {"get", "values"}),
    (names("helm"), {"get", "all"}),
    (names("terraform tofu terragrunt"), {"output"}),
    (names("terraform tofu terragrunt"), {"show"}),
    (names("pulumi"), {"stack", "output"}),
    (names("kubectl oc"), {"describe"}),
    (names("kubectl oc"), {"get", "-o", "yaml"}),
    (names("kubectl oc"), {"get", "-o", "json"}),
    (names("kubectl oc"), {"get", "-oyaml"}),
    (names("kubectl oc"), {"get", "-ojson"}),
    (names("aws"), {"lambda", "get-function-configuration"}),
    (names("aws"), {"ecs", "describe-task-definition"}),
    (names("aws"), {"cloudformation", "get-template"}),
    (names("ansible-inventory"), {"--list"}),
    (names("gcloud"), {"run", "services", "describe"}),
    (names("systemctl"), {"show"}),
    (names("systemctl"), {"cat"}),
    (names("git"), {"config", "--list"}),
    (names("git"), {"config", "-l"}),
    (names("npm yarn pnpm"), {"config", "list"}),
)
STANDING = names(
    "config.env password passwd api_key apikey secret_key access_key private_key secretaccesskey _authtoken db_pass"
)
FILTERING = names("grep egrep fgrep zgrep rg ag ack awk gawk mawk sed jq gojq jaq yq")
PROBING = names("ping ping6 fping arping nc ncat netcat telnet curl wget host dig nslookup")
CONNECTING = names("nc ncat netcat telnet")
OCTETS = 3  # of an address, before the one that a loop gives
# What `told` asks of a command of which all words are known: whether something is said of it at all (`may_tell`).
ASKED = SETTING | SCANNING | names("printenv journalctl")  # whatever they are told
FED = names("cat tee rev base64")  # give out what a here-string holds
LISTENED = PRINTING | SEARCHING | PICKING | FILTERING  # by what is piped into them
TELLING = frozenset((Effect.DELEGATE, Effect.NET_LISTEN, Effect.INFRA_CHANGE, Effect.PACKAGE_INSTALL))
OPTIONS = WHERE | UNCHECKED | FOREIGN
AGENTS = frozenset((Effect.CODE_RUN, Effect.DELEGATE))
SHORT = names("pass pwd")  # words that stand in many others
LEADING = tuple(names("base_url api_base baseurl apibase base-url proxy=http proxy:http index-url registry=http"))
OWN = tuple(names("localhost 127. 0.0.0.0 [::1] host.docker.internal $"))
SETTINGS = tuple(names(".yaml .yml .toml .ini .cfg .conf .json .properties rc .config"))


def may_tell(
    command: Command, glance: Glance, did: Sequence[tuple[Effect | None, Target | None]], *, fed: bool
) -> bool:
    """Say whether `told` may have something to say, by one look at the words; `fed`: the command gets others' output."""
    program = command.program
    if not glance.sure or command.via or command.assignments or program in ASKED or (fed and program in LISTENED):
        return True
    if not OPTIONS.isdisjoint(glance.options) or (program in PROBING and "{" in glance.said):
        return True
    for redirect in command.redirects:
        if not redirect.target.known:
            return True
    searches = program in SEARCHING
    for effect, target in did:
        if effect in TELLING or (target is not None and ("$" in target.given or (searches and is_theirs(target)))):
            return True
    return False


def told(
    command: Command,
    did: Did,
    behind: tuple[Command, ...],
    *,
    seen: frozenset[str] | None,
) -> Iterator[tuple[Effect, Target | None, str]]:
    """Give what a command's words add to what it did: effect, target and why.

    Args:
        command: The command.
        did: What it does by its row.
        behind: The commands whose output it gets.
        seen: The names of variables that the call itself has made, where what the command prints goes to who called; else None.
    """
    effects = {effect for effect, _ in did}
    if listens(command) and Effect.NET_LISTEN not in effects:
        words = (*(name for name, _ in command.assignments), *(word.text for word in command.words))
        said = Target(kind=TargetKind.TEXT, given=" ".join(words)[:LONGEST])
        yield Effect.NET_LISTEN, said, "is reached on every address of the machine"
    # A program that runs nothing only speaks of the option: `grep -- --yolo`.
    if effects & AGENTS and unchecked(command) and Effect.ISOLATION not in effects:
        yield Effect.ISOLATION, None, "takes the checks off what it lets a model do"
    if Effect.CODE_RUN in effects and any(word.text in FOREIGN for word in command.words[1:]):
        yield Effect.PACKAGE_FOREIGN, None, "runs code that a model's repository brings"
    if Effect.DELEGATE in effects and out_of_sight(command):
        yield Effect.OPAQUE, None, "an agent that goes on where nobody sees it"
    if command.program in SPEAKING and out_of_sight(command) and _elsewhere(did):
        yield Effect.OPAQUE, None, "speaks with another machine where nobody sees it"
    if Effect.NET_EGRESS in effects and sends_in_the_open(command):
        yield Effect.DATA_EGRESS, None, "a secret goes over a line that is open to all"
    if builds_in(command):
        yield Effect.SECRET_WRITE, None, "builds a secret into an image"
    yield from _shown(command, did, behind, seen=seen)
    if seeks_below(command, did):
        yield Effect.SECRET_READ, None, SOUGHT
    if any(effect is Effect.FILE_READ and target is not None and _is_kept_in(target.given) for effect, target in did):
        yield Effect.SECRET_READ, None, "reads the file that a variable names for credentials"
    if seeks_secret(command, behind):
        yield Effect.SECRET_READ, None, "looks for secrets in what was typed or logged"
    if Effect.INFRA_CHANGE in effects and any(runs_download(word.text) for word in command.words[1:] if word.known):
        yield Effect.CODE_FROM_NETWORK, None, "has what runs elsewhere run what was fetched"
    yield from misspelled(command.program, did)


def _shown(
    command: Command,
    did: Did,
    behind: tuple[Command, ...],
    *,
    seen: frozenset[str] | None,
) -> Iterator[tuple[Effect, Target | None, str]]:
    """Give what is shown to whoever called, or to other machines, and what is asked of all of these."""
    if seen is not None and shows_secret(command, behind, seen):
        yield Effect.SECRET_READ, None, "prints a variable that is named like a secret"
    if (
        (command.program in PROBING and any(map(_goes_through, command.words[1:])))
        or any(map(_probes, command.redirects))
        or _tries_each(command)
    ):
        yield Effect.NET_SCAN, None, "goes through the addresses of a network"
    if any(effect is Effect.NET_LISTEN for effect, _ in did):
        for effect, target in did:
            held = target is not None and target.deep and target.place in HELD
            if held and effect in (Effect.FILE_READ, Effect.FILE_LIST):
                yield Effect.DATA_EGRESS, target, "lets others read it"


def _goes_through(word: Word) -> bool:
    """Say whether a word is an address whose last part comes from a loop or a list: `10.0.0.$i`, `10.0.0.{}` of `xargs`."""
    shape = word.text if word.known else word.shape
    return _goes_on(shape.partition("://")[2] or shape.rpartition("@")[2])


def _tries_each(command: Command) -> bool:
    """Say whether a program that connects is given one port after the other by `xargs` or `parallel`."""
    return (
        command.program in CONNECTING
        and command.via[-1:] in (("xargs",), ("parallel",))
        and any(word.text in ("{}", "%", "{1}") for word in command.words[1:])
    )


def _goes_on(address: str) -> bool:
    *first, last = address.split(".", OCTETS)
    return len(first) == OCTETS and all(map(str.isdecimal, first)) and last.startswith(("${_}", "{}"))


def _probes(redirect: Redirect) -> bool:
    """Say whether a shell's own socket goes through the ports of a machine that is named, or the addresses of a network."""
    shape = "" if redirect.target.known else redirect.target.shape
    host, slash, port = shape.removeprefix("/dev/tcp/").partition("/")
    if not slash or not shape.startswith("/dev/tcp/") or host.startswith(OWN):
        return False
    return _goes_on(host) or ("$" not in host and port.startswith("${_}"))


def listens(command: Command) -> bool:
    """Say whether a command is told to be reached on every address of the machine."""
    if command.program in SETTING:  # for what is started behind it
        given = (word.text.partition("=") for word in command.words[1:] if word.known)
        return any(_is_place_of_model(name) and _is_everywhere(address) for name, _, address in given)
    if command.program in ELSEWHERE:
        return False
    set_by = any(name.endswith(OF_PLACES) and _is_everywhere(word.text) for name, word in command.assignments)
    return set_by or any(name in WHERE and _is_everywhere(given) for name, given in _options(command))


def _is_place_of_model(name: str) -> bool:
    """Say whether a variable says where a server of models is reached: it is set long before that is started."""
    return name.endswith(OF_PLACES) and any(sign in name for sign in ("LLM", "LLAMA", "MCP"))


def unchecked(command: Command) -> bool:
    """Say whether an option takes the checks off what a program lets a model do."""
    return any(word.known and word.text in UNCHECKED for word in command.words[1:])


def sends_in_the_open(command: Command) -> bool:
    """Say whether a variable that is named like a secret goes over a line on which everybody may read."""
    words = [word.text for word in command.words[1:]]
    open_line = any("http://" in word and not word.partition("http://")[2].startswith(OWN) for word in words)
    return open_line and any(_names_secret(word.text) for word in command.words[1:] if not word.known)


def runs_download(text: str) -> bool:
    """Say whether a text has a shell run what is fetched: `curl … | sh`, `bash -c "$(wget …)"`, whatever it is written in."""
    if not any(fetcher in text for fetcher in FETCHERS):
        return False
    for fetcher in FETCHERS:
        _, _, rest = text.partition(fetcher)
        for part in rest.split("|")[1:]:
            words = part.replace('"', " ").replace("'", " ").replace("]", " ").split()[:2]
            if any(word in RUNNERS for word in (words if words[:1] == ["sudo"] else words[:1])):
                return True
        put_in = any(f"{sign}{fetcher}" in text for sign in ("$(", "<(", "`"))
        if put_in and any(word in RUNNERS for word in text.replace("=", " ").split()):
            return True
    return False


def prints_secret(command: Command) -> bool:
    """Say whether a command prints a variable that is named like a secret."""
    return command.program in PRINTING and any(_names_secret(word.text) for word in command.words[1:] if not word.known)


def prints(command: Command) -> bool:
    """Say whether a command is one of those that may show a secret."""
    named = command.program == "printenv" or _prints_named(command)
    return command.program in PRINTING or command.program in SEARCHING or named or bool(_fed_words(command))


def made_in(commands: tuple[Command, ...]) -> frozenset[str]:
    """Give the variables that commands set to something that is not itself a variable named like a secret."""
    given = [name for command in commands for name, word in command.assignments if not is_shown(word.text)]
    exported = [
        word
        for command in commands
        if command.program in SETTING
        for word in command.words[1:]
        if "=" in word.text or command.program == "read"
    ]
    told = [word.text.partition("=") for word in exported if not word.text.startswith("-") and not is_shown(word.text)]
    return frozenset((*given, *(name for name, _, _ in told)))


def shows_secret(command: Command, behind: tuple[Command, ...], made: frozenset[str]) -> bool:
    """Say whether what a command prints is the value of a variable that is named like a secret, and not made by the call."""
    if any(redirect.op.startswith((">", "&>")) and redirect.fd != STDERR for redirect in command.redirects):
        return False
    words = [word.text for word in command.words[1:]]
    if command.program == "printenv" or _prints_named(command):
        return any(word.endswith(SHOWN_NAMES) for word in words)
    if any(is_shown(word.text, made) for word in _fed_words(command)):
        return True
    if command.program in PRINTING:
        return any(is_shown(word.text, made) for word in command.words[1:] if not word.known)
    kept = any(word[:1] == "-" != word[1:2] and not ONLY.isdisjoint(word) for word in words)
    listed = bool(behind) and all(before.program in LISTING for before in behind)
    asked = (word.lower() for word in words if not word.startswith("-"))
    return (
        command.program in SEARCHING and listed and not kept and any(sign in word for word in asked for sign in SECRETS)
    )


def _prints_named(command: Command) -> bool:
    """Say whether a shell is asked to print the variables that it is given the names of."""
    return command.program in ("declare", "typeset") and any(word.text == "-p" for word in command.words[1:])


def _fed_words(command: Command) -> tuple[Word, ...]:
    """Give what a program that only gives out its input is fed in a word (`cat <<< "$X"`)."""
    if command.program not in FED:
        return ()
    return tuple(one.target for one in command.redirects if one.op == "<<<" and not one.target.known)


def is_shown(text: str, made: frozenset[str] = frozenset()) -> bool:
    """Say whether the whole value of such a variable stands in a word: not its length, its beginning, or that it is set."""
    for part in text.split("$")[1:]:
        name = part.removeprefix("{")
        end = next((at for at, char in enumerate(name) if not (char.isalnum() or char == "_")), len(name))
        behind = name[end : end + 2]
        cut = part.startswith("{") and (behind[:1] in ("+", "#", "%") or behind == ":+" or behind[1:].isdigit())
        if name[:end].endswith(SHOWN_NAMES) and name[:end] not in made and not cut:
            return True
    return False


def _is_kept_in(given: str) -> bool:
    """Say whether a name is a variable alone that says where a program's credentials lie (`$KUBECONFIG`)."""
    name = given.strip('"').removeprefix("$").removeprefix("{").removesuffix("}")
    return given.strip('"')[:1] == "$" and name.endswith(KEPT_IN) and name.replace("_", "").isalnum()


def builds_in(command: Command) -> bool:
    """Say whether a secret is built into an image, where everybody who has that finds it."""
    return command.program in BUILDERS and any(
        name == "--build-arg" and _names_secret(given.text)
        for name, given in ((before.text, after) for before, after in pairwise(command.words))
        if not given.known
    )


def _elsewhere(did: Did) -> bool:
    """Say whether another machine was spoken with."""
    return any(
        target is not None and target.kind is TargetKind.HOST and not target.resolved.startswith(OWN)
        for _, target in did
    )


def _names_secret(text: str) -> bool:
    """Say whether a variable in a word is named like a secret."""
    for part in text.split("$")[1:]:
        name = part.lstrip("{")
        end = next((at for at, char in enumerate(name) if not (char.isalnum() or char == "_")), len(name))
        if name[:end].lower().endswith(SECRET_NAMES):
            return True
    return False


def out_of_sight(command: Command) -> bool:
    """Say whether a command goes on by itself where nobody sees what it does."""
    return any(name.partition(" ")[0] in DETACHED for name in command.via)


def seeks_secret(command: Command, behind: tuple[Command, ...]) -> bool:
    """Say whether a command picks passwords out of what was typed or logged."""
    if command.program in FILTERING and any(map(_prints_settings, behind)):
        return any(sign in word.text.lower() for sign in STANDING for word in command.words[1:])
    own = command.program == "journalctl" and any(word.text.startswith(("-g", "--grep")) for word in command.words[1:])
    if not own and (command.program not in PICKING or KEEPING.isdisjoint(before.program for before in behind)):
        return False
    return any(
        word.text.lower() in SHORT or any(sign in word.text.lower() for sign in SECRETS) for word in command.words[1:]
    )


def _prints_settings(command: Command) -> bool:
    """Say whether a command prints how something is set up, with the passwords that it was given."""
    words = {word.text for word in command.words[1:]}
    return any(command.program in programs and said <= words for programs, said in SET_UP)


def seeks_below(command: Command, did: Did) -> bool:
    """Say whether a command searches settings of the person, or the whole disk, for words that stand beside secrets."""
    if command.program not in SEARCHING and command.program not in SCANNING:
        return False
    words = [word.text for word in command.words[1:]]
    deep = command.program in DEEP or any(
        word in ("--recursive", "--dereference-recursive")
        or (word[:1] == "-" != word[1:2] and not {"r", "R"}.isdisjoint(word))
        for word in words
    )
    if command.program in SCANNING:
        return any(effect is Effect.FILE_READ and target is not None and is_theirs(target) for effect, target in did)
    if not deep:
        return False
    there = any(effect is Effect.FILE_READ and target is not None and is_theirs(target) for effect, target in did)
    return there and any(speaks_of_secrets(word) for word in words)


def speaks_of_secrets(pattern: str) -> bool:
    """Say whether what is searched for stands beside secrets, or is what one begins with."""
    lowered = pattern.lower()
    return any(sign in lowered for sign in (*SECRETS, *SHAPES))


def is_theirs(target: Target) -> bool:
    """Say whether a target is the person's settings, their whole home, or the whole disk."""
    settings = target.place is Place.HOME and "/." in target.resolved
    return settings or target.place in (Place.HOME_ROOT, Place.ROOT) or target.resolved in ("/etc", "/home", "/root")


def put_there(given: str, before: tuple[Command, ...]) -> bool:
    """Say whether it was only asked if a file is there, which is then run: whoever put it there."""
    return any(
        command.program in ("test", "[") and any(word.text == given for word in command.words[1:]) for command in before
    )


def is_settings_of_others(command: Command, given: str) -> bool:
    """Say whether a line that is written leads the traffic of a program to an address of another machine."""
    text = "".join(word.text for word in command.words[1:]).lower()
    text = text.replace(" ", "").replace('"', "")
    address = text.partition("://")[2]
    return (
        command.program in ("echo", "printf", "tee", "cat")
        and bool(address)
        and not address.startswith(OWN)
        and any(sign in text for sign in LEADING)
        and given.rpartition("/")[2].lower().endswith(SETTINGS)
    )


def _is_everywhere(given: str) -> bool:
    return given in EVERYWHERE or given.startswith(("0.0.0.0:", "[::]:", "tcp://0.0.0.0"))


def _options(command: Command) -> Iterator[tuple[str, str]]:
    """Give each option with the word behind it, or behind its `=`."""
    words = command.words[1:]
    for at, word in enumerate(words):
        name, equals, given = word.text.partition("=")
        if word.known and name.startswith("-"):
            yield name, given if equals else "".join(after.text for after in words[at + 1 : at + 2] if after.known)
