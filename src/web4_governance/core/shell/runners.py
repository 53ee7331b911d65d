"""`program subcommand … cmd`: containers, clusters, project environments, version control that run what they are given.

Tables from the manuals. The program itself is always listed, the inner command after it.
"""

from __future__ import annotations

from web4_governance.core.shell.command import known_word
from web4_governance.core.shell.operands import names, option_word, read_options
from web4_governance.core.shell.shells import carried, run_words
from web4_governance.core.value import replace, value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from web4_governance.core.shell.command import Command, Word
    from web4_governance.core.shell.context import Context
    from web4_governance.core.shell.environment import State
    from web4_governance.core.shell.walk import Outcome, Shell


@value
class Runner:
    """A subcommand that runs a command.

    `takes` are its options with a value, `before` the operands in front of the command. `text`: the words are joined and run
    by a shell; `texts`: options whose value is such a text. `away`: it runs elsewhere. `dashes`: the command is what comes after
    `--`.
    """

    takes: frozenset[str] = frozenset()
    before: int = 0
    text: bool = False
    texts: frozenset[str] = frozenset()
    away: bool = False
    dashes: bool = False


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
}
_CLUSTERED = {
    "exec": Runner(takes=_CLUSTER, before=1, away=True),
    "run": Runner(takes=_CLUSTER, before=1, away=True, dashes=True),
    "debug": Runner(takes=_CLUSTER, before=1, away=True, dashes=True),
}
_GIT = names("-C -c --git-dir --work-tree --namespace --exec-path --super-prefix --config-env --attr-source")
_UV = names(
    "--with --with-editable --with-requirements --env-file -p --python --extra --group --only-group --no-extra --package --index "
    "--default-index -i --index-url --find-links -f --directory --project --config-file --cache-dir --refresh-package -C"
)
_CONDA = names("-n --name -p --prefix --cwd")
_NPM_TEXTS = names("-c --call")

_TABLE: dict[str, dict[str, Runner]] = {
    **dict.fromkeys(("docker", "podman", "nerdctl"), _CONTAINER),
    "docker-compose": _CONTAINER,
    **dict.fromkeys(("kubectl", "oc", "k3s kubectl"), _CLUSTERED),
    "lxc": {"exec": Runner(takes=names("--cwd --env --group --user --mode"), before=1, away=True)},
    "multipass": {"exec": Runner(takes=names("-d --working-directory"), before=1, away=True)},
    "vagrant": {"ssh": Runner(takes=names("-c --command"), texts=names("-c --command"), before=9, away=True)},
    "adb": {"shell": Runner(text=True, away=True)},
    "git": {
        "submodule": Runner(),
        "rebase": Runner(takes=names("-x --exec --onto -s -X -S -C"), texts=names("-x --exec"), before=99),
        "bisect": Runner(),
        "filter-branch": Runner(
            takes=names("--setup --subdirectory-filter -d --original --state-branch --env-filter --tree-filter --index-filter "
            "--parent-filter --msg-filter --commit-filter --tag-name-filter"),
            texts=names("--setup --env-filter --tree-filter --index-filter --parent-filter --msg-filter --commit-filter "
            "--tag-name-filter"),
            before=99,
        ),
    },
    "uv": {"run": Runner(takes=_UV)},
    "poetry": {"run": Runner()},
    "pipenv": {"run": Runner()},
    "pdm": {"run": Runner(takes=names("--env-file -p --project"))},
    "hatch": {"run": Runner()},
    "rye": {"run": Runner()},
    **dict.fromkeys(("conda", "mamba", "micromamba"), {"run": Runner(takes=_CONDA)}),
    "bundle": {"exec": Runner(takes=names("--gemfile"))},
    "rbenv": {"exec": Runner()},
    "pyenv": {"exec": Runner()},
    "asdf": {"exec": Runner()},
    "mise": {"exec": Runner(takes=names("-c --command"), texts=names("-c --command"), dashes=True)},
    "npm": {"exec": Runner(takes=_NPM_TEXTS | names("-w --workspace --package"), texts=_NPM_TEXTS)},
    "pnpm": {"exec": Runner(takes=names("-C --dir --filter -F"))},
    "nix": {"develop": Runner(takes=names("-c --command")), "shell": Runner(takes=names("-c --command"))},
    "tmux": {
        **dict.fromkeys(
            ("new-session", "new", "new-window", "neww", "split-window", "splitw", "respawn-pane"),
            Runner(takes=names("-c -e -F -f -n -s -t -x -y -l"), text=True),
        ),
        **dict.fromkeys(("run-shell", "run"), Runner(takes=names("-d -t"), text=True)),
        **dict.fromkeys(("send-keys", "send"), Runner(takes=names("-N -t"), text=True)),
    },
}
_GLOBALS: dict[str, frozenset[str]] = {
    **dict.fromkeys(("docker", "podman", "nerdctl", "docker-compose"), _CONTAINER_GLOBAL),
    **dict.fromkeys(("kubectl", "oc"), _CLUSTER),
    "git": _GIT,
    "adb": names("-s -t -H -P -L"),
    "tmux": names("-c -f -L -S -T"),
    "uv": names("--directory --project --config-file --cache-dir --color"),
    "poetry": names("-C --directory -P --project"),
    "pnpm": names("-C --dir --filter -F"),
}
_GROUPS = frozenset({"compose", "container"})
_KEYS = frozenset({"Enter", "C-m", "KPEnter"})
