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
    "setarch": Wrapper(takes=_set("-p"), before=1),
    "linux32": Wrapper(),
    "linux64": Wrapper(),
    "prlimit": Wrapper(takes=_set("-p --pid -o --output"), stops=_set("-p --pid")),
    "unshare": Wrapper(takes=_UNSHARE, chdir=_set("-w --wd"), shell=_set("*")),
    "nsenter": Wrapper(takes=_set("-t --target -S --setuid -G --setgid"), listed=True, away=True, shell=_set("*")),
    "flock": Wrapper(
        takes=_set("-w --wait --timeout -E --conflict-exit-code"),
        before=1,
        text=_set("-c --command"),
        stops=_set("-u --unlock"),
    ),
    # time and tracing
    "time": Wrapper(takes=_set("-f --format -o --output"), stops=_set("-V --version --help")),
    "gtime": Wrapper(takes=_set("-f --format -o --output"), stops=_set("-V --version --help")),
    "strace": Wrapper(takes=_STRACE, stops=_set("-p --attach -V --version")),
    "ltrace": Wrapper(takes=_set("-a -A -D -e -F -l -n -o -p -s -u -w -x"), stops=_set("-p")),
    "valgrind": Wrapper(),
    "catchsegv": Wrapper(),
    # sandboxes and surroundings
    "fakeroot": Wrapper(takes=_set("-l --lib -f --faked -s -i -b"), shell=_set("*")),
    "firejail": Wrapper(),
    "bwrap": Wrapper(takes=_BWRAP_ONE, chdir=_set("--chdir")),
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
    "entr": Wrapper(),
    "sg": Wrapper(before=1, text=_set("-c")),
    "busybox": Wrapper(stops=_set("--list --list-full --install --help")),
    "toybox": Wrapper(stops=_set("--long --help --version")),
}
