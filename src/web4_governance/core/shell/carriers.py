"""Programs that run commands they were given in some other way than as their last words.

`find -exec`, `xargs`, `parallel`, `watch`, `script -c`, `su -c`, `ssh`, containers. Each handler lists what has to be
listed and hands the inner command on; option tables come from the manuals.
"""

from __future__ import annotations

from web4_governance.core.shell import output, shells
from web4_governance.core.shell.command import Command, Word
from web4_governance.core.shell.environment import State
from web4_governance.core.shell.fields import UNKNOWN_PART
from web4_governance.core.shell.options import Options, split_options
from web4_governance.core.value import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from web4_governance.core.shell.context import Context
    from web4_governance.core.shell.walk import Outcome, Shell

    Carrier = Callable[[Shell, Command, State, Context], Outcome]
    Invoke = Callable[[Shell, Command, State, Context], Outcome]


def _set(names: str) -> frozenset[str]:
    return frozenset(names.split())


_XARGS = _set("-a --arg-file -d --delimiter -E -I -L -n --max-args -P --max-procs -s --max-chars --process-slot-var -J -R -S")
_PARALLEL = _set(
    "-j --jobs -a --arg-file -N --max-replace-args -n --max-args -I -i --colsep -C -S --sshlogin --delay --timeout --retries "
    "--joblog --results --tmpdir --workdir --wd -L --max-lines -s --max-chars --halt --env --basefile --bf --return --trc -d "
    "--delimiter --rpl --tagstring --load --memfree --nice --block --recstart --recend --profile -J --semaphorename --id"
)
_WATCH = _set("-n --interval -q --equexit")
_SCRIPT = _set("-c --command -E --echo -I --log-in -O --log-out -B --log-io -T --log-timing -m --logging-format -o --output-limit")
_SU = _set("-c --command -g --group -G --supp-group -s --shell -w --whitelist-environment")
_SSH = _set("-B -b -c -D -E -e -F -I -i -J -L -l -m -O -o -P -p -Q -R -S -W -w")
_DOCKER = _set("--config -c --context -H --host -l --log-level --tlscacert --tlscert --tlskey --connection --url --root")
_DOCKER_EXEC = _set("-e --env --env-file -u --user -w --workdir --detach-keys --index")
_DOCKER_RUN = _set(
    "-a --attach --add-host --annotation --blkio-weight --cap-add --cap-drop --cgroup-parent --cgroupns --cidfile --cpu-period "
    "--cpu-quota -c --cpu-shares --cpus --cpuset-cpus --cpuset-mems --detach-keys --device --dns --dns-option --dns-search "
    "--domainname --entrypoint -e --env --env-file --expose --gpus --group-add --health-cmd --health-interval --health-retries "
    "--health-timeout -h --hostname --ip --ip6 --ipc --isolation --kernel-memory -l --label --label-file --link --log-driver "
    "--log-opt --mac-address -m --memory --memory-reservation --memory-swap --memory-swappiness --mount --name --network --net "
    "--network-alias --oom-score-adj --pid --pids-limit --platform -p --publish --pull --restart --runtime --security-opt "
    "--shm-size --stop-signal --stop-timeout --storage-opt --sysctl --tmpfs --ulimit -u --user --userns --uts -v --volume "
    "--volume-driver --volumes-from -w --workdir"
)
_COMPOSE = _set("-f --file -p --project-name --profile --env-file --project-directory --ansi --parallel --progress")
_KUBECTL = _set(
    "-n --namespace -c --container -f --filename --context --kubeconfig --cluster --user -s --server --token --as --as-group "
    "--image --env -l --labels --overrides --restart --target --profile --copy-to --pod-running-timeout --request-timeout"
)
_EXEC = {"-exec": True, "-execdir": True, "-ok": True, "-okdir": True}
_MOST_ITEMS = 64
_MOST_FOUND = 256


def _options(command: Command, takes: frozenset[str], *, leading: bool = True, start: int = 0) -> Options:
    argv = command.argv[start:]
    options = split_options(argv, takes_value=takes, synonyms={}, leading=leading)
    return replace(
        options,
        places=tuple(place + start for place in options.places),
        operands=tuple(place + start for place in options.operands),
    )


def _value(command: Command, options: Options, names: frozenset[str]) -> Word | None:
    """Give the word that is the value of one of the options."""
    for (name, given), place in zip(options.values, options.places, strict=True):
        if name in names:
            word = command.words[place] if place < len(command.words) else Word(text="")
            return word if word.text == given or not word.known else Word(text=given, literal=given)
    return None


def _hand_on(shell: Shell, command: Command, words: tuple[Word, ...], name: str, invoke: Invoke, state: State, context: Context) -> None:
    inner = replace(command, words=words, via=(*command.via, name), redirects=(), assignments=())
    invoke(shell, inner, state, context)


def _text(shell: Shell, command: Command, words: tuple[Word, ...], name: str, state: State, context: Context) -> None:
    text, known = shells.spoken(words)
    if not known:
        shell.complain(f"part of the text that `{name}` runs is not known")
    if text.replace(UNKNOWN_PART, "").strip():
        shell.script(text, state, shells.inside(command, context, name))


def find(shell: Shell, command: Command, state: State, context: Context, invoke: Invoke) -> Outcome:
    """`find … -exec cmd {} +`: the found paths are not known, but begin with a search root."""
    shell.emit(command)
    roots = _roots(command.words)
    at = 1
    while at < len(command.words):
        action = command.words[at]
        at += 1
        if not action.known or action.text not in _EXEC:
            continue
        words: list[Word] = []
        while at < len(command.words) and not _ends(command.words[at], words):
            words.append(command.words[at])
            at += 1
        inner = replace(command, cwd=None if action.text.endswith("dir") else command.cwd, unsure=True)
        if words:
            _hand_on(shell, inner, _found(words, roots), f"find {action.text}", invoke, state, context)
    return state, state


def _ends(word: Word, before: list[Word]) -> bool:
    return word.known and (word.text == ";" or (word.text == "+" and bool(before) and before[-1].text == "{}"))


def _roots(words: tuple[Word, ...]) -> list[str]:
    roots, at = [], 1
    while at < len(words):
        word = words[at]
        if word.known and word.text in ("-H", "-L", "-P"):
            at += 1
        elif word.known and word.text == "-D":
            at += 2
        elif word.known and word.text[:1] in ("-", "(", "!", ")"):
            if not word.text.startswith("-O"):
                break
            at += 1
        else:
            roots.append(word.literal)
            at += 1
    return roots or ["."]


def _found(words: list[Word], roots: list[str]) -> tuple[Word, ...]:
    if len(roots) * len(words) > _MOST_FOUND:
        roots = [""]
    out: list[Word] = []
    for word in words:
        if "{}" not in word.text:
            out.append(word)
        else:
            out += [_open(word, "{}", root) for root in roots]
    return tuple(out)


def _open(word: Word, mark: str, beginning: str = "") -> Word:
    """Give a word in which a mark stands for something that is not known beyond its beginning."""
    before = word.text.partition(mark)[0] if word.known else word.literal.partition(mark)[0]
    shape = (word.text if word.known else word.shape).replace(mark, UNKNOWN_PART)
    return Word(text=word.text, known=False, glob=word.glob, literal=before + beginning, shape=shape)


def fd(shell: Shell, command: Command, state: State, context: Context, invoke: Invoke) -> Outcome:
    """`fd PATTERN PATH -x cmd`."""
    shell.emit(command)
    at = next((i for i, word in enumerate(command.words) if word.text in ("-x", "-X", "--exec", "--exec-batch")), -1)
    words = [word for word in command.words[at + 1 :] if word.text != ";"] if at > 0 else []
    if words:
        marked = any("{" in word.text for word in words)
        made = tuple(_open(word, "{}") if "{" in word.text else word for word in words)
        made = made if marked else (*made, Word(text="{}", known=False, shape=UNKNOWN_PART))
        _hand_on(shell, replace(command, unsure=True), made, "fd -x", invoke, state, context)
    return state, state


def xargs(shell: Shell, command: Command, state: State, context: Context, invoke: Invoke) -> Outcome:
    """`xargs cmd`: the operands are known where `echo` or `printf` feeds them."""
    shell.emit(command)
    options = _options(command, _XARGS)
    words = tuple(command.words[place] for place in options.operands) or (Word(text="echo", literal="echo"),)
    mark = _mark(options)
    items = _items(shell, command, options, context, lines=bool(mark))
    inner = replace(command, stdin=None)
    if items is None or len(items) > _MOST_ITEMS:
        made = tuple(_open(word, mark) if mark and mark in word.text else word for word in words)
        _hand_on(shell, replace(inner, unsure=True), made, "xargs", invoke, state, context)
    elif mark:
        for item in items:
            made = tuple(_filled(word, mark, item) for word in words)
            _hand_on(shell, inner, made, "xargs", invoke, state, context)
    else:
        made = (*words, *(Word(text=item, literal=item) for item in items))
        _hand_on(shell, inner, made, "xargs", invoke, state, context)
    return state, state


def _mark(options: Options) -> str:
    given = dict(options.values)
    if "--replace" in options.flags or "-i" in options.flags:
        return given.get("--replace", "{}") or "{}"
    return given.get("-I", given.get("-J", ""))


def _items(shell: Shell, command: Command, options: Options, context: Context, *, lines: bool) -> list[str] | None:
    """Give the operands that come in, if they are known for certain."""
    if options.flags & _set("-a --arg-file -E -e"):
        return None
    text = command.stdin
    if text is None and context.sole and 0 <= command.pipe_from < len(shell.commands):
        text = output.of(shell.commands[command.pipe_from], shell.commands)
    if text is None or UNKNOWN_PART in text or any(not redirect.target.known for redirect in command.redirects):
        return None
    if options.flags & _set("-0 --null"):
        return [item for item in text.split("\0") if item]
    if options.flags & _set("-d --delimiter"):
        return None
    if any(char in text for char in "\\'\""):
        return None
    return [line.strip() for line in text.split("\n") if line.strip()] if lines else text.split()


def _filled(word: Word, mark: str, item: str) -> Word:
    text = word.text.replace(mark, item)
    if not word.known:
        shape, literal = word.shape.replace(mark, item), word.literal.replace(mark, item)
        return replace(word, text=text, shape=shape, literal=literal)
    return replace(word, text=text, literal=text if not word.glob else word.literal.partition(mark)[0])


def parallel(shell: Shell, command: Command, state: State, context: Context, invoke: Invoke) -> Outcome:  # noqa: ARG001
    """`parallel cmd ::: a b`: the joined words are a command line for a shell."""
    shell.emit(command)
    options = _options(command, _PARALLEL)
    words = [command.words[place] for place in options.operands]
    end = next((i for i, word in enumerate(words) if word.text[:3] in (":::",)), len(words))
    items = [word for word in words[end + 1 :]] if end < len(words) and words[end].text in (":::", ":::+") else []
    template = tuple(words[:end])
    if not template:
        for item in items[:_MOST_ITEMS]:
            _text(shell, command, (item,), "parallel", state.child(), context)
        if not items:
            shell.complain("the commands that `parallel` reads are not known")
        return state, state
    if not any("{" in word.text for word in template):
        template = (*template, Word(text="{}", literal="{}"))
    known = items and len(items) <= _MOST_ITEMS and all(item.known and item.text[:3] != ":::" for item in items)
    for item in items if known else [None]:
        made = tuple(_open(word, "{}") if item is None else _filled(word, "{}", item.text) for word in template)
        _text(shell, replace(command, unsure=item is None, stdin=None), made, "parallel", state.child(), context)
    return state, state


def watch(shell: Shell, command: Command, state: State, context: Context, invoke: Invoke) -> Outcome:
    """`watch cmd`: the joined words are a command line, unless `-x`."""
    options = _options(command, _WATCH)
    words = tuple(command.words[place] for place in options.operands)
    shells.aside(shell, command)
    if not words:
        shell.emit(command)
    elif options.flags & _set("-x --exec"):
        _hand_on(shell, command, words, "watch", invoke, state, context)
    else:
        _text(shell, command, words, "watch", state.child(), context)
    return state, state


def script(shell: Shell, command: Command, state: State, context: Context, invoke: Invoke) -> Outcome:
    """`script -c text file`, or `script file cmd` on BSD."""
    options = _options(command, _SCRIPT, leading=False)
    text = _value(command, options, _set("-c --command"))
    shell.emit(command)
    if text is not None:
        _text(shell, command, (text,), "script -c", state.child(), context)
    elif len(options.operands) > 1:
        words = command.words[options.operands[1] :]
        _hand_on(shell, command, words, "script", invoke, state, context)
    return state, state


def su(shell: Shell, command: Command, state: State, context: Context, invoke: Invoke) -> Outcome:  # noqa: ARG001
    """`su - user -c text`."""
    shell.emit(command)
    options = _options(command, _SU, leading=False)
    text = _value(command, options, _set("-c --command --session-command"))
    if text is not None:
        _text(shell, command, (text,), "su", _fresh(state, command), context)
    else:
        _reads(shell, command, "su", _fresh(state, command), context)
    return state, state


def _fresh(state: State, command: Command) -> State:
    """Give the state of a shell in other surroundings: nothing is known but the home."""
    fresh = state.child()
    fresh.variables = {"HOME": state.values("HOME")}
    fresh.exported = {"HOME"}
    fresh.cwd = (command.cwd,)
    return fresh


def _reads(shell: Shell, command: Command, name: str, state: State, context: Context) -> None:
    """A shell elsewhere that reads its commands from standard input."""
    text = command.stdin
    if text is None and context.sole and 0 <= command.pipe_from < len(shell.commands):
        text = output.of(shell.commands[command.pipe_from], shell.commands)
    if text is not None:
        _text(shell, replace(command, stdin=None), (Word(text=text),), name, state, context)
    elif command.pipe_from >= 0:
        shell.complain("piped text is executed")


def ssh(shell: Shell, command: Command, state: State, context: Context, invoke: Invoke) -> Outcome:  # noqa: ARG001
    """`ssh host cmd`: the words are joined and run by the shell over there."""
    shell.emit(command)
    options = _options(command, _SSH)
    for (name, given), _ in zip(options.values, options.places, strict=True):
        key, _, text = given.partition("=")
        if name == "-o" and key.strip().lower() in ("proxycommand", "localcommand"):
            _text(shell, command, (Word(text=text),), f"ssh {key.strip()}", state.child(), context)
    away = replace(command, cwd=None)
    words = tuple(command.words[place] for place in options.operands[1:])
    if words:
        _text(shell, away, words, "ssh", _fresh(state, away), context)
    else:
        _reads(shell, away, "ssh", _fresh(state, away), context)
    return state, state


def docker(shell: Shell, command: Command, state: State, context: Context, invoke: Invoke) -> Outcome:
    """`docker exec`, `docker run`, `docker compose exec`, and the same of podman."""
    shell.emit(command)
    words, path, at, takes = command.words, [command.program], 0, _DOCKER
    while True:
        options = _options(replace(command, words=words), takes, start=at)
        if not options.operands or not words[options.operands[0]].known:
            return state, state
        at = options.operands[0]
        name = words[at].text
        path.append(name)
        if name not in ("container", "compose"):
            break
        takes = _COMPOSE
    if name not in ("exec", "run"):
        return state, state
    inner = _options(replace(command, words=words), _DOCKER_RUN if name == "run" else _DOCKER_EXEC, start=at)
    given = tuple(words[place] for place in inner.operands[1:])
    entry = _value(command, inner, _set("--entrypoint"))
    given = (entry, *given) if entry is not None and entry.text else given
    if given:
        away = replace(command, cwd=None)
        _hand_on(shell, away, given, " ".join(path), invoke, _fresh(state, away), context)
    return state, state


def kubectl(shell: Shell, command: Command, state: State, context: Context, invoke: Invoke) -> Outcome:
    """`kubectl exec POD -- cmd`."""
    shell.emit(command)
    options = _options(command, _KUBECTL)
    names = [command.words[place].text for place in options.operands[:1]]
    if names and names[0] in ("exec", "run", "debug"):
        dashes = next((i for i, word in enumerate(command.words) if word.text == "--"), -1)
        words = command.words[dashes + 1 :] if dashes > 0 else ()
        if dashes < 0 and names[0] == "exec":
            inner = _options(command, _KUBECTL, start=options.operands[0])
            words = tuple(command.words[place] for place in inner.operands[1:])
        if words:
            away = replace(command, cwd=None)
            _hand_on(shell, away, words, f"{command.program} {names[0]}", invoke, _fresh(state, away), context)
    return state, state


CARRIERS: dict[str, Callable[[Shell, Command, State, Context, Invoke], Outcome]] = {
    "find": find,
    "gfind": find,
    "fd": fd,
    "fdfind": fd,
    "xargs": xargs,
    "gxargs": xargs,
    "parallel": parallel,
    "watch": watch,
    "script": script,
    "su": su,
    "ssh": ssh,
    "docker": docker,
    "podman": docker,
    "nerdctl": docker,
    "kubectl": kubectl,
    "oc": kubectl,
}
