"""`program subcommand … cmd`: containers, clusters, project environments, version control that run what they are given.

Tables from the manuals. The program itself is always listed, the inner command after it.
"""

from __future__ import annotations

from web4_governance.core.shell.command import known_word
from web4_governance.core.shell.operands import names, option_word, read_options
from web4_governance.core.shell.paths import resolve
from web4_governance.core.shell.shells import carried, run_words
from web4_governance.core.value import replace, value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from web4_governance.core.shell.command import Command, Word
    from web4_governance.core.shell.context import Context
    from web4_governance.core.shell.environment import State
    from web4_governance.core.shell.options import Options
    from web4_governance.core.shell.walk import Outcome, Shell


@value
class Runner:
    """A subcommand that runs a command.

    `takes` are its options with a value, `before` the operands in front of the command (-1: the operands are none). `marks`
    are words after which the command stands wherever they are. `text`: the words are joined and run by a shell; `texts`:
    options whose value is such a text. `away`: it runs elsewhere.
    """

    takes: frozenset[str] = frozenset()
    before: int = 0
    marks: frozenset[str] = frozenset()
    text: bool = False
    texts: frozenset[str] = frozenset()
    away: bool = False


_CONTAINER_EXEC = names("-e --env --env-file -u --user -w --workdir --detach-keys --index")
_CONTAINER_RUN = names(
    "-a --attach --add-host --annotation --blkio-weight --cap-add --cap-drop --cgroup-parent --cgroupns --cidfile --cpu-period "
    "--cpu-quota -c --cpu-shares --cpus --cpuset-cpus --cpuset-mems --detach-keys --device --dns --dns-option --dns-search "
    "--domainname --entrypoint -e --env --env-file --expose --gpus --group-add --health-cmd --health-interval --health-retries "
    "--health-timeout -h --hostname --ip --ip6 --ipc --isolation --kernel-memory -l --label --label-file --link --log-driver "
    "--log-opt --mac-address -m --memory --memory-reservation --memory-swap --memory-swappiness --mount --name --network --net "
    "--network-alias --oom-score-adj --pid --pids-limit --platform -p --publish --pull --restart --runtime --security-opt "
    "--shm-size --stop-signal --stop-timeout --storage-opt --sysctl --tmpfs --ulimit -u --user --userns --uts -v --volume "
    "--volume-driver --volumes-from -w --workdir"
)
_CONTAINER_GLOBAL = names(
    "--config -c --context -H --host -l --log-level --tlscacert --tlscert --tlskey --connection --url --root "
    "-f --file -p --project-name --profile --env-file --project-directory --ansi --parallel --progress"
)
_CLUSTER = names(
    "-n --namespace -c --container -f --filename --context --kubeconfig --cluster --user -s --server --token --as --as-group "
    "--image --env -l --labels --overrides --restart --target --profile --copy-to --pod-running-timeout --request-timeout"
)
_CONTAINER = {
    "exec": Runner(takes=_CONTAINER_EXEC, before=1, away=True),
    "run": Runner(takes=_CONTAINER_RUN, before=1, away=True),
    "create": Runner(takes=_CONTAINER_RUN, before=1, away=True),
}
_WORKDIR = names("-w --workdir")
_DASHES = frozenset({"--"})
_COMMAND = names("-c --command")
_CLUSTERED = {
    "exec": Runner(takes=_CLUSTER, before=1, marks=_DASHES, away=True),
    "run": Runner(takes=_CLUSTER, before=-1, marks=_DASHES, away=True),
    "debug": Runner(takes=_CLUSTER, before=-1, marks=_DASHES, away=True),
}
_GIT = names("-C -c --git-dir --work-tree --namespace --exec-path --super-prefix --config-env --attr-source")
_UV = names(
    "--with --with-editable --with-requirements --env-file -p --python --extra --group --only-group --no-extra --package "
    "--index --default-index -i --index-url --find-links -f --directory --project --config-file --cache-dir --refresh-package "
    "-C"
)
_CONDA = names("-n --name -p --prefix --cwd")
_NPM_TEXTS = names("-c --call")

_FILTERS = names(
    "--setup --env-filter --tree-filter --index-filter --parent-filter --msg-filter --commit-filter --tag-name-filter"
)
_CONDA_RUN = {"run": Runner(takes=_CONDA)}
_EXEC = {"exec": Runner()}
_CARGO_WATCH = names("-x --exec -s --shell -w --watch -i --ignore -d --delay -C --workdir")
_PERF = names(
    "-e --event -p --pid -t --tid -C --cpu -r --repeat -o --output -I -G -x -D -F --freq -c --count -m -g --call-graph -u"
)
_TMUX_NEW = Runner(takes=names("-c -e -F -f -n -s -t -x -y -l"), text=True)

_MARKED_AWAY = {name: Runner(takes=_CONTAINER_EXEC, before=1, marks=_DASHES, away=True) for name in ("run", "exec")}
_TOOL_RUN = {"run": Runner(takes=names("-e --environment -c --config"))}
_AS_ACCOUNT = {"exec": Runner(takes=names("-d --duration -r --region -m -a --idp-account"), before=1, marks=_DASHES)}
_WITH_SECRETS = {"run": Runner(takes=names("--env --path -c --config"), marks=_DASHES)}
_INTO_MACHINE = {"ssh": Runner(marks=_DASHES, text=True, away=True)}
_INTO_APP = {"ssh": Runner(takes=names("-a --app -C --command"), texts=names("-C --command"), before=-1, away=True)}
_OCI_TAKES = names(
    "--console-socket --cwd -e --env -u --user -g --additional-gids -p --process --pid-file --process-label --apparmor "
    "-c --cap --preserve-fds --cgroup"
)
_OCI = {"exec": Runner(takes=_OCI_TAKES, before=1, away=True)}
_IMAGE = {"exec": Runner(takes=names("-B --bind --pwd -H --home --env --env-file --overlay -S"), before=1)}

_TABLE: dict[str, dict[str, Runner]] = {
    **dict.fromkeys(("docker", "podman", "nerdctl", "docker-compose"), _CONTAINER),
    **dict.fromkeys(("kubectl", "oc"), _CLUSTERED),
    "lxc": {"exec": Runner(takes=names("--cwd --env --group --user --mode"), before=1, marks=_DASHES, away=True)},
    "multipass": {"exec": Runner(takes=names("-d --working-directory"), before=1, marks=_DASHES, away=True)},
    "vagrant": {"ssh": Runner(takes=_COMMAND, texts=_COMMAND, before=-1, away=True)},
    "adb": {"shell": Runner(text=True, away=True)},
    "git": {
        "foreach": Runner(text=True),
        "run": Runner(),
        "rebase": Runner(takes=names("-x --exec --onto -s -X -S -C"), texts=names("-x --exec"), before=-1),
        "filter-branch": Runner(
            takes=_FILTERS | names("--subdirectory-filter -d --original --state-branch"), texts=_FILTERS, before=-1
        ),
    },
    "uv": {"run": Runner(takes=_UV)},
    "poetry": {"run": Runner()},
    "pipenv": {"run": Runner()},
    "pdm": {"run": Runner(takes=names("--env-file -p --project"))},
    "hatch": {"run": Runner()},
    "rye": {"run": Runner()},
    **dict.fromkeys(("conda", "mamba", "micromamba"), _CONDA_RUN),
    "bundle": {"exec": Runner(takes=names("--gemfile"))},
    **dict.fromkeys(("rbenv", "pyenv", "asdf"), _EXEC),
    "mise": dict.fromkeys(("exec", "x"), Runner(takes=_COMMAND, texts=_COMMAND, before=-1, marks=_DASHES)),
    "npm": {"exec": Runner(takes=_NPM_TEXTS | names("-w --workspace --package"), texts=_NPM_TEXTS)},
    "pnpm": {
        "exec": Runner(takes=names("-C --dir --filter -F")),
        "dlx": Runner(takes=names("-C --dir --filter -F --package")),
    },
    "yarn": {"exec": Runner(), "dlx": Runner(takes=names("-p --package"))},
    "bun": {"x": Runner(takes=names("-p --package")), "exec": Runner(text=True)},
    "pipx": {"run": Runner(takes=names("--spec --python --pip-args --index-url -i"))},
    "rustup": {"run": Runner(before=1)},
    "volta": {"run": Runner(takes=names("--node --npm --yarn --pnpm"))},
    "nvm": dict.fromkeys(("exec", "run"), Runner(before=1)),
    "fnm": {"exec": Runner(takes=names("--using"))},
    **dict.fromkeys(("pixi", "devbox"), _TOOL_RUN),
    "cargo": {"watch": Runner(takes=_CARGO_WATCH, texts=names("-s --shell"), before=-1, marks=_DASHES)},
    "op": {"run": Runner(takes=names("--env-file --account --session"))},
    "doppler": {
        "run": Runner(
            takes=names("-p --project -c --config -t --token --fallback --command --name-transformer"),
            texts=names("--command"),
        )
    },
    "chamber": {"exec": Runner(before=-1, marks=_DASHES)},
    **dict.fromkeys(("aws-vault", "aws-okta", "saml2aws", "berglas", "granted"), _AS_ACCOUNT),
    **dict.fromkeys(("infisical", "teller"), _WITH_SECRETS),
    "sops": dict.fromkeys(("exec-env", "exec-file"), Runner(before=1, text=True)),
    "perf": {
        **dict.fromkeys(("stat", "record", "trace", "mem", "c2c", "kmem", "lock", "sched"), Runner(takes=_PERF)),
    },
    "nomad": {
        "exec": Runner(takes=names("-task -namespace -region -job -group -e -address -token"), before=1, away=True)
    },
    "consul": {
        "exec": Runner(takes=names("-service -node -tag -datacenter -http-addr -token -prefix"), text=True, away=True)
    },
    "ray": {
        "submit": Runner(
            takes=names(
                "--address --working-dir --runtime-env --runtime-env-json --submission-id --entrypoint-num-cpus"
            ),
            marks=_DASHES,
            text=True,
            away=True,
        )
    },
    "heroku": {"run": Runner(takes=names("-a --app -s --size -e --env -r --remote"), text=True, away=True)},
    "gcloud": {
        "ssh": Runner(
            takes=names("--zone --project --command --tunnel-through-iap"),
            texts=names("--command"),
            before=-1,
            marks=_DASHES,
            text=True,
            away=True,
        )
    },
    "gh": {"ssh": Runner(takes=names("-c --codespace"), before=-1, marks=_DASHES, text=True, away=True)},
    **dict.fromkeys(("minikube", "colima"), _INTO_MACHINE),
    **dict.fromkeys(("fly", "flyctl"), _INTO_APP),
    "limactl": {"shell": Runner(takes=names("--workdir --shell"), before=1, away=True)},
    "machinectl": {"shell": Runner(takes=names("-M --machine -E --setenv --uid"), before=1, away=True)},
    "distrobox": {"enter": Runner(before=-1, marks=names("-- -e"))},
    "toolbox": {"run": Runner(takes=names("-c --container -d --distro -r --release"))},
    "ip": {"exec": Runner(takes=names("-n --netns"), before=1)},
    "toolbelt": {"run": Runner()},
    **dict.fromkeys(("runc", "crun", "youki"), _OCI),
    **dict.fromkeys(("apptainer", "singularity"), _IMAGE),
    **dict.fromkeys(("buildah", "crictl"), _MARKED_AWAY),
    "incus": {"exec": Runner(takes=names("--cwd --env --group --user --mode"), before=1, marks=_DASHES, away=True)},
    "devcontainer": {"exec": Runner(takes=names("--workspace-folder --container-id --config"), away=True)},
    "zellij": {"run": Runner(takes=names("-n --name --cwd -d --direction"))},
    "foreman": {"run": Runner(takes=names("-e --env -f --procfile"))},
    "honcho": {"run": Runner(takes=names("-e --env -f --procfile"))},
    "pueue": {"add": Runner(takes=names("-w --working-directory -g --group -a --after -l --label"), text=True)},
    "nix": {
        **dict.fromkeys(("develop", "shell"), Runner(before=-1, marks=_COMMAND)),
        "run": Runner(
            takes=names("-f --file -I --include --override-input --option --arg --argstr"), before=1, marks=_DASHES
        ),
    },
    "tmux": {
        **dict.fromkeys(
            ("new-session", "new", "new-window", "neww", "split-window", "splitw", "respawn-pane"), _TMUX_NEW
        ),
        **dict.fromkeys(("run-shell", "run"), Runner(takes=names("-d -t"), text=True)),
        **dict.fromkeys(("send-keys", "send"), Runner(takes=names("-N -t"), text=True)),
    },
}
_GLOBALS: dict[str, frozenset[str]] = {
    **dict.fromkeys(("docker", "podman", "nerdctl", "docker-compose"), _CONTAINER_GLOBAL),
    **dict.fromkeys(("kubectl", "oc"), _CLUSTER),
    **dict.fromkeys(("runc", "crun", "youki"), names("--root --log --log-format --rootless --criu --cgroup-manager")),
    "git": _GIT,
    "adb": names("-s -t -H -P -L"),
    "tmux": names("-c -f -L -S -T"),
    "uv": names("--directory --project --config-file --cache-dir --color"),
    "poetry": names("-C --directory -P --project"),
    "pnpm": names("-C --dir --filter -F"),
}
_GROUPS = frozenset(
    {"netns", "compose", "container", "submodule", "bisect", "tool", "codespace", "cs", "compute", "alloc", "job"}
)
_KEYS = frozenset({"Enter", "C-m", "KPEnter"})
_GIT_PROGRAMS = names(
    "core.pager core.editor core.sshcommand core.fsmonitor core.gitproxy core.askpass sequence.editor diff.external"
)


def run(shell: Shell, command: Command, state: State, context: Context) -> Outcome:
    """List the program, and run what its subcommand is given."""
    shell.emit(command)
    if command.program == "git":
        _configured(shell, command, state, context)
    at, path = _subcommand(command)
    runner = _TABLE[command.program].get(path[-1])
    if runner is None:
        return state, state
    options = read_options(command, runner.takes, start=at, leading=not (runner.texts and runner.before < 0))
    inside = _workdir(command, runner, options) if runner.takes is _CONTAINER_RUN else None
    here = replace(command, cwd=inside) if runner.away else command
    there = state.elsewhere(inside) if runner.away else state.child()
    name = " ".join(path)
    for option in runner.texts & options.flags:
        text = option_word(command, options, frozenset({option}))
        run_words(shell, carried(here, (text,) if text is not None else (), name), there.copy(), context)
    words = _words(command, runner, options.operands, at)
    if name == "uv run" and words and words[0].known and words[0].text.endswith(".py"):
        words = (known_word("python"), *words)
    if name == "nix run":  # the package's own program gets the words behind the dashes
        package = next((command.words[place] for place in options.operands), None)
        program = package.text.rpartition("#")[2].rpartition(".")[2] if package is not None and package.known else ""
        words = (known_word(program), *words) if program and words else ()
    entry = option_word(command, options, frozenset({"--entrypoint"}))
    inner = carried(here, (entry, *words) if entry is not None and entry.text else words, name)
    if runner.text:
        run_words(shell, inner, there, context)
    elif inner.words:
        shell.invoke(inner, there, context)
    return state, state


def _workdir(command: Command, runner: Runner, options: Options) -> str | None:
    """Give the directory that a container works in, where that is one of this machine's, which it is given."""
    word = option_word(command, options, _WORKDIR)
    place = resolve("/", word.text) if word is not None and word.known else None
    mounted = place is not None and any(lies_in(place, inside) for inside, _, _ in mounts(command, runner))
    return place if mounted else None


def mounts(command: Command, runner: Runner | None = None) -> tuple[tuple[str, str, bool], ...]:
    """Give the directories of this machine that a container is given: where it has each, which one it is, if to read only.

    As `-v SOURCE:TARGET[:OPTIONS]` and `--mount type=bind,source=…,target=…` (docker-run(1)); what is a volume's name is none.
    """
    at, path = (0, []) if runner else _subcommand(command)
    takes = _CONTAINER_RUN if runner or "run" in path or "create" in path else frozenset[str]()
    words = command.words if takes else ()
    found: list[tuple[str, str, bool]] = []
    for place, word in enumerate(words[at + 1 :], at + 1):
        name, equals, given = word.text.partition("=")
        if name not in ("-v", "--volume", "--mount") or not word.known:
            continue
        said = given if equals else "".join(one.text for one in words[place + 1 : place + 2] if one.known)
        source, inside, kept = _mount(said) if name == "--mount" else _volume(said)
        host = resolve(command.cwd, source) if source[:1] in ("/", ".") else None
        if host is not None and inside[:1] == "/":
            found.append((resolve("/", inside) or "/", host, kept))
    return tuple(sorted(found, key=lambda one: -len(one[0])))


def _volume(said: str) -> tuple[str, str, bool]:
    source, _, rest = said.partition(":")
    inside, _, how = rest.partition(":")
    return source, inside, "ro" in how.split(",")


def _mount(said: str) -> tuple[str, str, bool]:
    parts = dict(part.partition("=")[::2] for part in said.split(","))
    kept = parts.get("readonly", parts.get("ro", "no")) in ("", "true", "1")
    inside = parts.get("target") or parts.get("destination") or parts.get("dst") or ""
    return parts.get("source") or parts.get("src") or "", inside, kept


def lies_in(path: str, directory: str) -> bool:
    """Say whether an absolute path is, or lies in, a directory."""
    return path == directory or path.startswith(directory.rstrip("/") + "/")


def _subcommand(command: Command) -> tuple[int, list[str]]:
    """Give where the subcommand stands, and its name with those of the groups before it."""
    takes, at, path = _GLOBALS.get(command.program, frozenset()), 0, [command.program]
    while True:
        operands = read_options(command, takes, start=at).operands
        if not operands or not command.words[operands[0]].known:
            return at, [*path, ""]
        at = operands[0]
        path.append(command.words[at].text)
        if path[-1] not in _GROUPS:
            return at, path


def _words(command: Command, runner: Runner, operands: tuple[int, ...], at: int) -> tuple[Word, ...]:
    """Give the words of the inner command."""
    for place in range(at, len(command.words)):
        if command.words[place].text in runner.marks:
            return command.words[place + 1 :]
    if runner.before < 0:
        return ()
    words = tuple(command.words[place] for place in operands[runner.before :])
    return tuple(word for word in words if word.text not in _KEYS) if runner.text else words


def _configured(shell: Shell, command: Command, state: State, context: Context) -> None:
    """`git -c key=value`: some keys hold a command."""
    for name, given in read_options(command, _GIT).values:
        key, _, text = given.partition("=")
        if name == "-c" and (key.lower() in _GIT_PROGRAMS or text.startswith("!")):
            inner = carried(command, (known_word(text.removeprefix("!")),), f"git -c {key}")
            run_words(shell, inner, state.child(), context)


RUNNERS: dict[str, Callable[[Shell, Command, State, Context], Outcome]] = dict.fromkeys(_TABLE, run)
