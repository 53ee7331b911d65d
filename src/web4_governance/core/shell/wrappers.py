"""Programs that run another program given in their words: which options they have, and where the other begins.

Data, from the manuals (coreutils, util-linux, sudo, doas, procps, strace, bubblewrap ...). A command inside text (`sh -c`) or
repeated over operands (`xargs`, `find -exec`) is the business of `carriers`.
"""

from __future__ import annotations

from web4_governance.core.value import value


def _set(names: str) -> frozenset[str]:
    return frozenset(names.split())


@value
class Wrapper:
    """How one wrapper reads its words.

    `takes` are options with a value, `stops` options with which no program is run. `before` operands stand before the program.
    `assigns`: `NAME=value` words may stand there too. `listed`: it is a deed of its own. `text`: options whose value is a
    command text. `chdir`: options that set the directory. `inner`: the shell itself still looks the name up. `shell`: options
    with which a shell is run if no program is given (`*`: always). `away`: it runs elsewhere, so no directory here is known.
    `pairs`: options with two values. `skips`: words that may stand in front of the program. `marked`: the program stands
    behind a `--` if there is one, whatever comes before. `bare`: options with which the environment is emptied. `never`:
    programs that it cannot run, because it runs its own parts only.
    """

    takes: frozenset[str] = frozenset()
    stops: frozenset[str] = frozenset()
    before: int = 0
    assigns: bool = False
    listed: bool = False
    text: frozenset[str] = frozenset()
    chdir: frozenset[str] = frozenset()
    inner: bool = False
    shell: frozenset[str] = frozenset()
    away: bool = False
    pairs: frozenset[str] = frozenset()
    skips: frozenset[str] = frozenset()
    marked: bool = False
    bare: frozenset[str] = frozenset()
    never: frozenset[str] = frozenset()


# No build of a box of small tools has these: it answers that there is no such applet.
_NO_APPLET = _set(
    "git hg svn docker podman kubectl helm terraform tofu aws gcloud az npm yarn pnpm node python python3 pip perl ruby cargo "
    "go psql mysql mongosh redis-cli curl rsync ssh"
)
_SUDO = _set(
    "-C --close-from -D --chdir -g --group -h --host -p --prompt -R --chroot -r --role -T --command-timeout -t --type "
    "-U --other-user -u --user -a --auth-type -c --login-class"
)
_UNSHARE = _set(
    "-R --root -w --wd -S --setuid -G --setgid --propagation --map-user --map-group --map-users --map-groups --setgroups "
    "--monotonic --boottime"
)
_BWRAP_ONE = _set(
    "--args --userns --userns2 --pidns --uid --gid --hostname --chdir --unsetenv --lock-file --sync-fd --exec-label "
    "--file-label --proc --dev --tmpfs --mqueue --dir --seccomp --add-seccomp-fd --block-fd --userns-block-fd --info-fd "
    "--json-status-fd --cap-add --cap-drop --perms --size --remount-ro"
)
_BWRAP_TWO = _set(
    "--bind --bind-try --dev-bind --dev-bind-try --ro-bind --ro-bind-try --symlink --setenv --file --bind-data "
    "--ro-bind-data --chmod --bind-fd --ro-bind-fd"
)
_STRACE = _set(
    "-a -b -e -E -I -o -O -p -P -s -S -u -U -X --trace --signal --status --output --attach --string-limit --user --env "
    "--columns --trace-path --summary-sort-by --inject --fault"
)
_HELP = _set("--help --version")

WRAPPERS: dict[str, Wrapper] = {
    # the shell's own
    "command": Wrapper(stops=_set("-v -V"), inner=True),
    "builtin": Wrapper(inner=True),
    "exec": Wrapper(takes=_set("-a")),
    "noglob": Wrapper(inner=True),
    "nocorrect": Wrapper(inner=True),
    # another user
    "sudo": Wrapper(
        takes=_SUDO,
        stops=_set("-e --edit -l --list -v --validate -K --remove-timestamp -V --version"),
        assigns=True,
        listed=True,
        chdir=_set("-D --chdir"),
        shell=_set("-s --shell -i --login"),
    ),
    "doas": Wrapper(takes=_set("-a -C -u"), stops=_set("-L"), listed=True, shell=_set("-s")),
    "pkexec": Wrapper(takes=_set("--user"), stops=_HELP, listed=True),
    "gosu": Wrapper(before=1, listed=True),
    "su-exec": Wrapper(before=1, listed=True),
    "setpriv": Wrapper(
        takes=_set(
            "--reuid --regid --ruid --euid --rgid --egid --groups --inh-caps --ambient-caps --bounding-set --securebits "
            "--selinux-label --apparmor-profile --pdeathsig --ptracer"
        ),
        stops=_set("-d --dump"),
    ),
    # coreutils
    "env": Wrapper(
        takes=_set("-u --unset -C --chdir -S --split-string -a --argv0"),
        assigns=True,
        text=_set("-S --split-string"),
        chdir=_set("-C --chdir"),
        bare=_set("-i --ignore-environment -"),
    ),
    "nohup": Wrapper(stops=_HELP),
    "nice": Wrapper(takes=_set("-n --adjustment"), stops=_HELP),
    "timeout": Wrapper(takes=_set("-k --kill-after -s --signal"), stops=_HELP, before=1),
    "gtimeout": Wrapper(takes=_set("-k --kill-after -s --signal"), stops=_HELP, before=1),
    "stdbuf": Wrapper(takes=_set("-i --input -o --output -e --error"), stops=_HELP),
    "chroot": Wrapper(takes=_set("--userspec --groups"), stops=_HELP, before=1, away=True, listed=True),
    # util-linux
    "ionice": Wrapper(
        takes=_set("-c --class -n --classdata -p --pid -P --pgid -u --uid"), stops=_set("-p --pid -P -u")
    ),
    "chrt": Wrapper(
        takes=_set("-T --sched-runtime -P --sched-period -D --sched-deadline"),
        stops=_set("-p --pid -m --max"),
        before=1,
    ),
    "taskset": Wrapper(stops=_set("-p --pid"), before=1),
    "setsid": Wrapper(stops=_set("-V --version -h --help")),
    "setarch": Wrapper(takes=_set("-p"), before=1, listed=True),
    "linux32": Wrapper(listed=True),
    "linux64": Wrapper(listed=True),
    "prlimit": Wrapper(takes=_set("-p --pid -o --output"), stops=_set("-p --pid")),
    "unshare": Wrapper(takes=_UNSHARE, listed=True, chdir=_set("-w --wd"), shell=_set("*")),
    "nsenter": Wrapper(takes=_set("-t --target -S --setuid -G --setgid"), listed=True, away=True, shell=_set("*")),
    "flock": Wrapper(
        takes=_set("-w --wait --timeout -E --conflict-exit-code"),
        before=1,
        text=_set("-c --command"),
        stops=_set("-V --version -h --help"),
    ),
    # time and tracing
    "time": Wrapper(inner=True, takes=_set("-f --format -o --output"), stops=_set("-V --version --help")),
    "gtime": Wrapper(takes=_set("-f --format -o --output"), stops=_set("-V --version --help")),
    "strace": Wrapper(takes=_STRACE, stops=_set("-p --attach -V --version")),
    "ltrace": Wrapper(takes=_set("-a -A -D -e -F -l -n -o -p -s -u -w -x"), stops=_set("-p")),
    "valgrind": Wrapper(),
    "rr": Wrapper(skips=_set("record")),
    "coz": Wrapper(skips=_set("run"), marked=True),
    "catchsegv": Wrapper(),
    # sandboxes and surroundings
    "fakeroot": Wrapper(takes=_set("-l --lib -f --faked -s -i -b"), shell=_set("*")),
    "firejail": Wrapper(),
    "bwrap": Wrapper(takes=_BWRAP_ONE, chdir=_set("--chdir"), pairs=_BWRAP_TWO),
    "proot": Wrapper(
        takes=_set(
            "-r --rootfs -b --bind -m --mount -q --qemu -w --pwd --cwd -v --verbose -k --kernel-release -R -S -i"
        ),
        chdir=_set("-w --pwd --cwd"),
        shell=_set("*"),
    ),
    "arch-chroot": Wrapper(takes=_set("-u"), before=1, away=True, shell=_set("*")),
    "systemd-nspawn": Wrapper(
        takes=_set("-D --directory -i --image -M --machine -u --user -p --port -E --setenv --chdir --network-bridge"),
        away=True,
        shell=_set("*"),
    ),
    "runcon": Wrapper(takes=_set("-u --user -r --role -t --type -l --range"), before=0),
    "sandbox-exec": Wrapper(takes=_set("-f -p -n -D")),
    "eatmydata": Wrapper(),
    "nocache": Wrapper(takes=_set("-n")),
    "numactl": Wrapper(
        takes=_set("-i --interleave -p --preferred -m --membind -N --cpunodebind -C --physcpubind"),
        stops=_set("-s --show -H --hardware"),
    ),
    "cpulimit": Wrapper(takes=_set("-l --limit -p --pid -e --exe -P --path -c --cpu"), stops=_set("-p --pid -e --exe")),
    "cgexec": Wrapper(takes=_set("-g")),
    "setuidgid": Wrapper(before=1, listed=True),
    "s6-setuidgid": Wrapper(before=1, listed=True),
    "chpst": Wrapper(takes=_set("-u -U -b -e -/ -n -l -L -m -d -o -p -f -c -t")),
    "envdir": Wrapper(before=1),
    "faketime": Wrapper(takes=_set("-f -m --exclude-monotonic"), before=1),
    "trickle": Wrapper(takes=_set("-d -u -w -t -l -n -p")),
    "torify": Wrapper(),
    "tsocks": Wrapper(),
    "winpty": Wrapper(),
    "heaptrack": Wrapper(takes=_set("-o --output -p --pid"), stops=_set("-p --pid")),
    "chronic": Wrapper(),
    "ifne": Wrapper(),
    "retry": Wrapper(takes=_set("-t --tries -s --sleep -m --min -x --max -d --delay -f --fail"), marked=True),
    "tsp": Wrapper(takes=_set("-L -D -S -c -t -p -o -i -s -r -w -k -u -U")),
    "run0": Wrapper(
        takes=_set("-u --user -g --group -D --chdir -E --setenv --nice --slice --unit --property --description"),
        listed=True,
        shell=_set("*"),
    ),
    "gksudo": Wrapper(takes=_set("-u -m"), listed=True),
    "dbus-launch": Wrapper(),
    "gamemoderun": Wrapper(),
    # environments of a project
    "dotenv": Wrapper(takes=_set("-f --file -e -v -c -p -q"), skips=_set("run"), marked=True),
    "dotenvx": Wrapper(takes=_set("-f --env-file -e --env"), skips=_set("run"), marked=True),
    "env-cmd": Wrapper(takes=_set("-f --file -e --environments -r --rc-file")),
    "cross-env": Wrapper(assigns=True),
    "envchain": Wrapper(before=1),
    "summon": Wrapper(takes=_set("-p --provider -f -D -e --environment -i --ignore"), listed=True),
    "with-contenv": Wrapper(),
    # terminals without a person in front of them
    "screen": Wrapper(
        takes=_set("-c -e -h -p -s -S -T -t -Logfile"), stops=_set("-r -R -x -X -l -v -q -w"), listed=True
    ),
    "dtach": Wrapper(takes=_set("-e -r"), before=1, stops=_set("-a -p"), listed=True),
    "abduco": Wrapper(takes=_set("-e"), before=1, stops=_set("-a"), listed=True),
    "reflex": Wrapper(
        takes=_set("-r --regex -R --inverse-regex -g --glob -G --inverse-glob -t --shutdown-timeout -c --config"),
        marked=True,
    ),
    "onchange": Wrapper(marked=True),
    "systemd-run": Wrapper(
        takes=_set(
            "-H --host -M --machine -u --unit -p --property --description --slice --uid --gid --nice --working-directory "
            "-E --setenv --on-active --on-boot --on-startup --on-unit-active --on-unit-inactive --on-calendar "
            "--timer-property --path-property --socket-property --service-type"
        ),
        chdir=_set("--working-directory"),
        shell=_set("-S --shell"),
        listed=True,
    ),
    "systemd-inhibit": Wrapper(takes=_set("--what --who --why --mode"), stops=_set("--list")),
    "dbus-run-session": Wrapper(takes=_set("--config-file --dbus-daemon")),
    "xvfb-run": Wrapper(
        takes=_set("-e --error-file -f --auth-file -n --server-num -p --xauth-protocol -s --server-args")
    ),
    "unbuffer": Wrapper(),
    "rlwrap": Wrapper(takes=_set("-a -b -C -D -f -F -g -H -l -m -M -o -O -P -q -s -S -t -w -z")),
    "caffeinate": Wrapper(takes=_set("-t -w")),
    "arch": Wrapper(takes=_set("-arch -e -d")),
    "sshpass": Wrapper(takes=_set("-f -d -p -P")),
    "torsocks": Wrapper(takes=_set("-u -p -a -P")),
    "proxychains": Wrapper(takes=_set("-f")),
    "proxychains4": Wrapper(takes=_set("-f")),
    "tini": Wrapper(takes=_set("-p -e")),
    "dumb-init": Wrapper(takes=_set("-r --rewrite")),
    "direnv": Wrapper(before=2),
    "entr": Wrapper(text=_set("-s")),
    "busybox": Wrapper(stops=_set("--list --list-full --install --help"), never=_NO_APPLET),
    "toybox": Wrapper(stops=_set("--long --help --version"), never=_NO_APPLET),
}
