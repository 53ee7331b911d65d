"""Commands inside commands: wrappers are taken off, carried text is read, and each says what it came through."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from unit.shell.reading import CWD, HOME, lines, read

if TYPE_CHECKING:
    from web4_governance.core.shell.command import Command


def inner(text: str) -> list[Command]:
    """Give the `rm`s that a text comes down to."""
    return [command for command in read(text).commands if command.program == "rm"]


TRANSPARENT = [
    ("command rm x", ("command",)),
    ("command -p rm x", ("command",)),
    ("builtin rm x", ("builtin",)),
    ("exec rm x", ("exec",)),
    ("exec -a name -c rm x", ("exec",)),
    ("noglob rm x", ("noglob",)),
    ("env rm x", ("env",)),
    ("env -i A=1 B=2 rm x", ("env",)),
    ("env -u A --unset B -- rm x", ("env",)),
    ("env -S 'rm x'", ("env",)),
    ("env -S 'rm' x", ("env",)),
    ("env --split-string='A=1 rm x'", ("env",)),
    ("/usr/bin/env rm x", ("env",)),
    ("env - A=1 rm x", ("env",)),
    ("time -f %e rm x", ("time",)),
    ("env -u$V rm x", ("env",)),
    ("nice --adjustment=$N rm x", ("nice",)),
    ("timeout $T rm x", ("timeout",)),
    ("timeout -k$K 5 rm x", ("timeout",)),
    ("source /dev/stdin <<< 'rm x'", ("source",)),
    ("echo 'rm x' | . /dev/stdin", ("source",)),
    ("bash /dev/stdin <<< 'rm x'", ("bash <<",)),
    ("command eval 'rm x'", ("command", "eval")),
    ("bash -c \"$(cat <<'E'\nrm x\nE\n)\"", ("bash -c",)),
    ("X=$(cat <<'E'\nrm x\nE\n); eval \"$X\"", ("eval",)),
    ("echo 'rm x' | tee >(sh)", ("sh <<",)),
    ("nohup rm x", ("nohup",)),
    ("nice rm x", ("nice",)),
    ("nice -n 5 rm x", ("nice",)),
    ("nice -5 rm x", ("nice",)),
    ("nice --adjustment=5 rm x", ("nice",)),
    ("timeout 5 rm x", ("timeout",)),
    ("timeout -s KILL -k 1 --foreground 5s rm x", ("timeout",)),
    ("gtimeout 5 rm x", ("gtimeout",)),
    ("stdbuf -oL -e 0 rm x", ("stdbuf",)),
    ("ionice -c 2 -n7 rm x", ("ionice",)),
    ("chrt -b 0 rm x", ("chrt",)),
    ("taskset -c 0,1 rm x", ("taskset",)),
    ("taskset 0x1 rm x", ("taskset",)),
    ("setsid -f rm x", ("setsid",)),
    ("unshare -rm --map-user 0 rm x", ("unshare",)),
    ("flock /l rm x", ("flock",)),
    ("flock -w 5 /l rm x", ("flock",)),
    ("flock /l -c 'rm x'", ("flock",)),
    ("flock -n -c 'rm x' /l", ("flock",)),
    ("sg docker -c 'rm x'", ("sg",)),
    ("time rm x", ("time",)),
    ("time -p rm x", ("time",)),
    ("/usr/bin/time -v -o f rm x", ("time",)),
    ("\\time -f %e rm x", ("time",)),
    ("strace -f -e trace=file rm x", ("strace",)),
    ("busybox rm x", ("busybox",)),
    ("bwrap --chdir / --unsetenv A rm x", ("bwrap",)),
    ("xvfb-run -a rm x", ("xvfb-run",)),
    ("caffeinate -i rm x", ("caffeinate",)),
    ("direnv exec . rm x", ("direnv",)),
    ("nohup nice timeout 5 env rm x", ("nohup", "nice", "timeout", "env")),
    ("bash -c 'rm x'", ("bash -c",)),
    ("sh -c 'rm \"$1\"' _ x", ("sh -c",)),
    ("zsh -c 'rm $1' z x", ("zsh -c",)),
    ("/bin/bash --norc --noprofile -lc 'rm x'", ("bash -c",)),
    ("bash --rcfile f -e -o pipefail -c 'rm x'", ("bash -c",)),
    ("bash -euo pipefail -c 'rm x'", ("bash -c",)),
    ("bash +x -c -- 'rm x'", ("bash -c",)),
    ("bash -O extglob -c 'rm x'", ("bash -c",)),
    ("fish --command 'rm x'", ("fish -c",)),
    ("bash -c 'bash -c \"rm x\"'", ("bash -c", "bash -c")),
    ("bash <<< 'rm x'", ("bash <<",)),
    ("bash <<'E'\nrm x\nE", ("bash <<",)),
    ("X=x; bash <<E\nrm $X\nE", ("bash <<",)),
    ("bash -s a x <<< 'rm $2'", ("bash <<",)),
    ("sh - <<< 'rm x'", ("sh <<",)),
    ("echo 'rm x' | sh", ("sh <<",)),
    ("echo 'rm x' | cat | tee /dev/null | bash", ("bash <<",)),
    ("printf 'rm %s\\n' x | bash", ("bash <<",)),
    ("cat <<'E' | sh\nrm x\nE", ("sh <<",)),
    ("cat - <<< 'rm x' | sh", ("sh <<",)),
    ("echo 'rm x' 2>/dev/null | sh", ("sh <<",)),
    ("{ sh; } <<< 'rm x'", ("sh <<",)),
    ("echo 'rm x' | bash -s", ("bash <<",)),
    ("eval rm x", ("eval",)),
    ("eval \"eval 'rm x'\"", ("eval", "eval")),
    ("trap 'rm x' EXIT", ("trap",)),
    ("coproc rm x", ("coproc",)),
    ("A=1 exec env rm x", ("exec", "env")),
]


@pytest.mark.parametrize(("text", "via"), TRANSPARENT)
def test_a_wrapper_is_taken_off_and_named(text: str, via: tuple[str, ...]) -> None:
    """What runs is `rm x`, through what stands in `via`."""
    (command,) = inner(text)
    assert command.argv == ("rm", "x")
    assert command.via == via
    assert command.cwd == CWD or "--chdir" in text
    assert not command.unsure
    assert read(text).opaque == ()


LISTED = [
    ("sudo rm x", ("sudo",)),
    ("sudo -u root -E A=1 rm x", ("sudo",)),
    ("sudo -nu root -- rm x", ("sudo",)),
    ("sudo sudo rm x", ("sudo", "sudo")),
    ("sudo -i rm x", ("sudo",)),
    ("sudo bash -c 'rm x'", ("sudo", "bash -c")),
    ("sudo -s <<< 'rm x'", ("sudo",)),
    ("echo 'rm x' | sudo sh", ("sudo", "sh <<")),
    ("sudo bash <<< 'rm x'", ("sudo", "bash <<")),
    ("doas -u root rm x", ("doas",)),
    ("pkexec --user root rm x", ("pkexec",)),
    ("gosu root rm x", ("gosu",)),
    ("su -c 'rm x'", ("su",)),
    ("su - bob -c 'rm x'", ("su",)),
    ("su --command='rm x' bob", ("su",)),
    ("su - <<< 'rm x'", ("su",)),
    ("echo 'rm x' | su", ("su",)),
    ("runuser -u bob -- rm x", ("runuser",)),
    ("runuser bob -c 'rm x'", ("runuser",)),
    ("systemd-run --user -p A=b rm x", ("systemd-run",)),
    ("script -c 'rm x' f", ("script -c",)),
    ("script -q f rm x", ("script",)),
    ("watch -n 1 rm x", ("watch",)),
    ("watch -x rm x", ("watch",)),
    ("echo 'rm x' | at now", ("at",)),
    ("batch <<< 'rm x'", ("batch",)),
    ("git -c alias.z='!rm x' z", ("git -c alias.z",)),
    ("git -c core.pager='rm x' log", ("git -c core.pager",)),
    ("git rebase -i -x 'rm x' main", ("git rebase",)),
    ("git submodule foreach rm x", ("git submodule foreach",)),
    ("git -C d bisect run rm x", ("git bisect run",)),
    ("git filter-branch --tree-filter 'rm x' HEAD", ("git filter-branch",)),
    ("uv run --with y rm x", ("uv run",)),
    ("poetry run rm x", ("poetry run",)),
    ("conda run -n e rm x", ("conda run",)),
    ("bundle exec rm x", ("bundle exec",)),
    ("npm exec -- rm x", ("npm exec",)),
    ("npm exec -c 'rm x'", ("npm exec",)),
    ("mise exec node -- rm x", ("mise exec",)),
    ("nix develop .#y -c rm x", ("nix develop",)),
    ("tmux new-session -d 'rm x'", ("tmux new-session",)),
    ("tmux send-keys -t 0 'rm x' Enter", ("tmux send-keys",)),
    ("echo x | xargs rm", ("xargs",)),
    ("echo x | xargs -n 1 -P 4 rm", ("xargs",)),
    ("echo x | xargs -I{} rm {}", ("xargs",)),
    ("echo x | xargs -I % rm %", ("xargs",)),
    ("echo x | xargs -i rm {}", ("xargs",)),
    ("echo x | xargs --replace=@ rm @", ("xargs",)),
    ("echo x | xargs -I{} sh -c 'rm {}'", ("xargs", "sh -c")),
    ("xargs rm <<< x", ("xargs",)),
    ("parallel rm ::: x", ("parallel",)),
    ("parallel -j 4 rm {} ::: x", ("parallel",)),
    ("parallel ::: 'rm x'", ("parallel",)),
]


@pytest.mark.parametrize(("text", "via"), LISTED)
def test_a_wrapper_that_is_a_deed_is_listed_before_what_it_runs(text: str, via: tuple[str, ...]) -> None:
    """`sudo`, `su`, `xargs` and their kin are commands of their own."""
    script = read(text)
    (command,) = inner(text)
    assert command.argv == ("rm", "x")
    assert command.via == via
    assert via[0].split(" ", maxsplit=1)[0] in [
        one.program for one in script.commands[: script.commands.index(command)]
    ]
    assert script.opaque == ()


AWAY = [
    ("ssh host rm x", ("ssh",)),
    ("ssh -p 22 -o A=b u@h 'rm x'", ("ssh",)),
    ("ssh h 'bash -c \"rm x\"'", ("ssh", "bash -c")),
    ("ssh h <<< 'rm x'", ("ssh",)),
    ("ssh h bash <<'E'\nrm x\nE", ("ssh", "bash <<")),
    ("echo 'rm x' | ssh h", ("ssh",)),
    ("docker exec -it -u root c rm x", ("docker exec",)),
    ("docker run --rm -v a:b -it img rm x", ("docker run",)),
    ("docker run --entrypoint rm img x", ("docker run",)),
    ("docker container exec c rm x", ("docker container exec",)),
    ("docker compose -f f exec -T web rm x", ("docker compose exec",)),
    ("docker-compose run web rm x", ("docker-compose run",)),
    ("podman --log-level debug exec c rm x", ("podman exec",)),
    ("kubectl exec p -c c -- rm x", ("kubectl exec",)),
    ("kubectl -n ns exec p rm x", ("kubectl exec",)),
    ("kubectl run p --image=i -- rm x", ("kubectl run",)),
    ("lxc exec c -- rm x", ("lxc exec",)),
    ("adb -s d shell rm x", ("adb shell",)),
    ("vagrant ssh -c 'rm x'", ("vagrant ssh",)),
    ("chroot /r rm x", ("chroot",)),
    ("nsenter -t 1 -m rm x", ("nsenter",)),
    ("cd $Q; sudo rm x", ("sudo",)),
]


@pytest.mark.parametrize(("text", "via"), AWAY)
def test_what_runs_elsewhere_has_no_directory_here(text: str, via: tuple[str, ...]) -> None:
    """A relative path over there means nothing here."""
    (command,) = inner(text)
    assert command.argv == ("rm", "x")
    assert command.via == via
    assert command.cwd is None


ALONE = [
    "command -v rm",
    "command -V rm",
    "command",
    "sudo -l",
    "sudo -e /etc/hosts",
    "sudo",
    "sudo -s",
    "sudo -v",
    "env",
    "env A=1",
    "nice",
    "timeout 5",
    "time --help",
    "ionice -p 5",
    "taskset -p 1 5",
    "flock -u 9",
    "flock 9",
    "busybox --list",
    "bash",
    "bash script.sh -c x",
    "bash -n -c 'rm x'",
    "bash --version",
    "bash -c",
    "sh < f",
    "su",
    "su bob",
    "ssh h",
    "ssh",
    "watch",
    "script f",
    "docker ps",
    "docker",
    "docker $X",
    "docker exec",
    "docker exec c",
    "kubectl get pods",
    "kubectl exec p",
    "kubectl run p --image=i",
    "git status",
    "git -c user.name=x commit",
    "git rebase main",
    "nix develop",
    "npm exec",
    "find . -name rm",
    "find . -exec",
    "find . -delete",
    "find /a /b",
    "exec -a x",
    "fd rm",
    "at now",
    "strace -p 5",
]


@pytest.mark.parametrize("text", ALONE)
def test_a_wrapper_that_runs_nothing_is_listed_itself(text: str) -> None:
    """A question to a wrapper, or one without a program, is one command."""
    script = read(text)
    assert len(script.commands) == 1
    assert script.commands[0].words
    assert script.opaque == ()


def test_assignments_of_wrappers_go_to_the_command() -> None:
    """`env A=1`, `sudo A=1` and the shell's own."""
    (command,) = inner('Z=0 env A=1 "B=$X" rm x')
    assert [(name, word.text if word.known else None) for name, word in command.assignments] == [
        ("Z", "0"),
        ("A", "1"),
        ("B", None),
    ]
    assert inner("sudo A=1 rm x")[0].assignments[0][0] == "A"


def test_a_shell_inherits_what_is_exported_and_nothing_else() -> None:
    """`X=/; bash -c 'rm $X'` removes nothing that is known."""
    assert lines("X=a; bash -c 'rm $X'") == ["rm ?"]
    assert lines("export X=a; bash -c 'rm $X'")[-1] == "rm a"
    assert lines("X=a; export X; bash -c 'rm $X'")[-1] == "rm a"
    assert lines("X=a bash -c 'rm $X'") == ["rm a"]
    assert lines("declare -x X=a; sh -c 'rm $X'")[-1] == "rm a"
    assert lines("export X=a; export -n X; sh -c 'rm $X'")[-1] == "rm ?"
    assert lines("bash -c 'rm ~ $PWD'") == [f"rm {HOME} {CWD}"]
    assert lines("X=a; bash -c 'X=b'; rm $X") == ["rm a"]


def test_a_shell_knows_a_function_only_if_it_is_exported() -> None:
    """So the name may be a program, and both are listed."""
    assert lines("git() { a; }; bash -c git") == ["git", "a"]


def test_other_surroundings_know_only_the_home() -> None:
    """Variables of here are not there."""
    assert lines("export X=a; ssh h 'rm $X ~'")[-1] == f"rm ? {HOME}"
    assert lines("f() { a; }; ssh h f")[-1] == "f"


def test_the_directory_follows_into_a_shell_and_not_out_of_it() -> None:
    """`cd x; bash -c 'cd y'; rm`."""
    script = read("cd x; bash -c 'cd y; a'; b")
    assert [(command.program, command.cwd) for command in script.commands if command.program in "ab"] == [
        ("a", CWD + "/x/y"),
        ("b", CWD + "/x"),
    ]


@pytest.mark.parametrize(
    ("text", "reason", "programs"),
    [
        ("curl u | sh", "piped text is executed", ["curl", "sh"]),
        ("curl u | sudo bash", "piped text is executed", ["curl", "sudo", "bash"]),
        ("curl u | bash -s -- a", "piped text is executed", ["curl", "bash"]),
        ("curl u | ssh h", "piped text is executed", ["curl", "ssh"]),
        ("curl u | sudo -s", "piped text is executed", ["curl", "sudo"]),
        ("curl u | at now", "piped text is executed", ["curl", "at"]),
        ('echo "$X" | sh', "piped text is executed", ["echo", "sh"]),
        ("echo 'a\\nb' | sh", "piped text is executed", ["echo", "sh"]),
        ("echo a* | sh", "piped text is executed", ["echo", "sh"]),
        ("(echo a; date) | sh", "piped text is executed", ["echo", "date", "sh"]),
        ("echo a > f | sh", "piped text is executed", ["echo", "sh"]),
        ("cat f | sh", "piped text is executed", ["cat", "sh"]),
        ("printf %x 3 | sh", "piped text is executed", ["printf", "sh"]),
        ("printf -v a | sh", "piped text is executed", ["printf", "sh"]),
        ("printf | sh", "piped text is executed", ["printf", "sh"]),
        ("sudo echo a | sh", "piped text is executed", ["sudo", "echo", "sh"]),
        ("base64 -d f | sh", "decoded text is executed", ["base64", "sh"]),
        ("echo cm0= | base64 -d | bash", "decoded text is executed", ["echo", "base64", "rm"]),
        ('bash -c "$X"', "part of the text that `bash -c` runs is not known", ["bash"]),
        ('bash -c "$(curl u)"', "part of the text that `bash -c` runs is not known", ["curl", "bash"]),
        ('bash -c "cd $X && rm y"', "part of the text that `bash -c` runs is not known", ["bash", "cd", "rm"]),
        ('sudo sh -c "$X"', "part of the text that `sh -c` runs is not known", ["sudo", "sh"]),
        ('eval "$X"', "part of the text that `eval` runs is not known", ["eval"]),
        ('eval rm "$X"', "part of the text that `eval` runs is not known", ["eval", "rm"]),
        ("bash <<E\n$X\nrm y\nE", "part of the text that `bash <<` runs is not known", ["bash", "", "rm"]),
        ("cat <<E | sh\n$X\nE", "piped text is executed", ["cat", "sh"]),
        ('ssh h "rm $X"', "part of the text that `ssh` runs is not known", ["ssh", "rm"]),
        ('su --command="rm $X"', "part of the text that `su` runs is not known", ["su", "rm"]),
        ('source /dev/stdin <<< "$X"', None, ["source"]),
        ("source /dev/stdin", None, ["source"]),
        ('su -c "$X"', "part of the text that `su` runs is not known", ["su"]),
        ('env -S "$X"', "part of the text that `env` runs is not known", []),
        ('flock f -c "$X"', "part of the text that `flock` runs is not known", [""]),
        ('watch "$X"', "part of the text that `watch` runs is not known", ["watch"]),
        ('git rebase -x "$X"', "part of the text that `git rebase` runs is not known", ["git"]),
        ("ls | parallel", "the commands that `parallel` reads are not known", ["ls", "parallel"]),
        ("ls | parallel rm", None, ["ls", "parallel", "rm"]),
        ("ls | parallel rm {}", None, ["ls", "parallel", "rm"]),
        ("parallel rm {} :::: f", None, ["parallel", "rm"]),
        ("parallel rm {} ::: $X", None, ["parallel", "rm"]),
        ("parallel rm {1} ::: a ::: b", None, ["parallel", "rm"]),
    ],
)
def test_text_that_cannot_be_known_is_a_reason(text: str, reason: str | None, programs: list[str]) -> None:
    """What can be read of it is listed all the same, and the program that runs it."""
    script = read(text)
    assert script.opaque == ((reason,) if reason else ())
    assert [command.program for command in script.commands] == programs


def test_a_shell_that_reads_a_pipe_is_fed_by_it() -> None:
    """Who judges sees `curl` behind `sh`."""
    script = read("curl u | sudo sh")
    assert [(command.program, command.pipe_from) for command in script.commands] == [
        ("curl", -1),
        ("sudo", 0),
        ("sh", 0),
    ]


def test_a_text_that_was_read_does_not_feed_its_commands() -> None:
    """`echo 'rm x' | sh`: `rm` reads what is left, which is nothing."""
    assert inner("echo 'rm x' | sh")[0].pipe_from == -1
    assert inner("bash <<< 'rm x'")[0].stdin is None


def test_find_hands_its_roots_on() -> None:
    """The found paths are unknown words that begin with a root."""
    (command,) = inner("find /a ~/b -name x -exec rm -f {} +")
    assert command.via == ("find -exec",)
    assert command.unsure
    assert [(word.text, word.known, word.literal) for word in command.words[2:]] == [
        ("{}", False, "/a"),
        ("{}", False, HOME + "/b"),
    ]
    assert command.cwd == CWD


@pytest.mark.parametrize(
    ("text", "literals"),
    [
        ("find -exec rm {} \\;", ["."]),
        ("find . -exec rm {} ';'", ["."]),
        ("find -L -D exec -O2 /a -ok rm {} \\;", ["/a"]),
        ("find $X/y -exec rm {} \\;", [""]),
        ("find /a$X -exec rm {} \\;", ["/a"]),
        ("find \\( -type f \\) -exec rm {} \\;", ["."]),
        ("find /a -exec rm {}.bak \\;", ["/a"]),
        ("find /a -exec rm /b/{} \\;", ["/b//a"]),
        ("find /a -exec rm $X/{} \\;", [""]),
        ("find /a -exec rm b*/{} \\;", ["b"]),
        ("find /a -exec sh -c 'rm $1' _ {} \\;", ["/a"]),
        ("find /a -exec sh -c 'rm {}' \\;", [""]),
        ("find /a -exec sudo rm {} \\;", ["/a"]),
    ],
)
def test_what_find_runs_on_begins_with_its_root(text: str, literals: list[str]) -> None:
    """As far as the root is known."""
    (command,) = inner(text)
    assert [word.literal for word in command.words[1:]] == literals
    assert command.unsure


def test_find_runs_each_of_its_actions() -> None:
    """Several `-exec`, with `-execdir` in a directory that is not known."""
    script = read("find a -exec p {} + -exec q + {} \\; -o -execdir r {} \\; -exec")
    found = [(command.program, command.via, command.cwd) for command in script.commands[1:]]
    assert found == [("p", ("find -exec",), CWD), ("q", ("find -exec",), CWD), ("r", ("find -execdir",), None)]
    assert script.commands[2].argv == ("q", "+", None)


def test_find_with_many_roots_and_marks_stays_small() -> None:
    """A thousand roots for a thousand marks are not a million words."""
    (command,) = inner("find " + "r " * 1000 + "-exec rm " + "{} " * 1000 + "\\;")
    assert len(command.words) == 1001


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("fd -e o -x rm", []),
        ("fd x -X rm {} y", [None, "y"]),
        ("fdfind x --exec rm {.} \\;", [None]),
    ],
)
def test_fd_runs_on_what_it_finds(text: str, words: list[str | None]) -> None:
    """Like `find -exec`; without a place for it, what is found is added as `xargs` does."""
    (command,) = inner(text)
    assert list(command.argv[1:]) == words
    assert command.via == ("fd -x",)
    assert command.unsure


@pytest.mark.parametrize(
    ("text", "argv", "unsure"),
    [
        ("ls | xargs rm -f", ("rm", "-f"), True),
        ("echo a b | xargs rm", ("rm", "a", "b"), False),
        ("printf '%s\\n' a 'b c' | xargs rm", ("rm", "a", "b", "c"), False),
        ("echo \"'a'\" | xargs rm", ("rm",), True),
        ("echo a | xargs -d , rm", ("rm",), True),
        ("echo a | xargs -E x rm", ("rm",), True),
        ("xargs -a f rm", ("rm",), True),
        ("xargs rm < f", ("rm",), True),
        ("ls | xargs -I{} rm a/{} b", ("rm", None, "b"), True),
        ('ls | xargs -I{} rm {}"$X"', ("rm", None), True),
        ('echo a | xargs -I{} rm {}"$X" *{}', ("rm", None, "*a"), False),
        ("echo " + "a " * 70 + "| xargs rm", ("rm",), True),
        ("xargs rm <<< $X", ("rm",), True),
        ("echo a | sudo xargs rm", ("rm", "a"), False),
        ("echo a | xargs sudo rm", ("rm", "a"), False),
    ],
)
def test_xargs_adds_what_is_known_and_marks_what_is_not(text: str, argv: tuple[str | None, ...], unsure: bool) -> None:
    """Operands come from `echo` and `printf` where they are certain."""
    (command,) = inner(text)
    assert command.argv == argv
    assert command.unsure == unsure


def test_xargs_runs_a_line_at_a_time_for_a_mark() -> None:
    """`-I` makes one command of each line."""
    assert lines("printf 'a b\\nc\\n' | xargs -I{} rm {}")[2:] == ["rm a b", "rm c"]


def test_xargs_without_a_program_echoes() -> None:
    """As its manual says."""
    assert lines("ls | xargs")[-1] == "echo"


def test_xargs_items_between_nuls() -> None:
    """`-0` parts at NULs only; a text of shell cannot hold one, so there is one item."""
    assert inner("echo 'a b' | xargs -0 rm")[0].argv == ("rm", "a b\n")


def test_parallel_fills_in_each_item() -> None:
    """One command line an item."""
    assert lines("parallel echo {} end ::: a b")[1:] == ["echo a end", "echo b end"]
    assert inner("ls | parallel rm")[0].unsure
    assert lines("parallel rm ::: " + "a " * 70)[1:] == ["rm ?"]
    assert lines("parallel rm a{} :::")[1:] == ["rm a"]  # without items


def test_ssh_options_that_run_text_here() -> None:
    """`ProxyCommand` is run by this machine."""
    (command,) = inner("ssh -o ProxyCommand='rm x' -o User=b h")
    assert command.via == ("ssh ProxyCommand",)
    assert command.cwd == CWD


def test_a_listed_wrapper_keeps_its_redirections_to_itself() -> None:
    """The file is opened once."""
    script = read("sudo rm x > f")
    assert [len(command.redirects) for command in script.commands] == [1, 0]


def test_a_wrapper_that_is_not_listed_hands_its_redirections_on() -> None:
    """So that none is lost."""
    assert len(inner("env rm x > f")[0].redirects) == 1
    assert [command.words == () for command in read("env -S 'rm x' > f").commands] == [True, False]


def test_wrapping_too_deeply_is_a_reason() -> None:
    """A hundred `sudo`s are not taken off."""
    for word in ("sudo", "env", "xargs", "nice"):
        script = read(f"{word} " * 100 + "rm x")
        assert script.opaque == ("nested too deeply",)
        assert script.commands


def test_functions_and_builtins_are_not_what_a_program_runs() -> None:
    """`sudo f` runs the program of that name; `env cd /x` changes nothing."""
    assert lines("f() { a; }; sudo f; env f; f") == ["sudo f", "f", "f", "a"]
    assert read("env cd /x; a").commands[-1].cwd == CWD


def test_exec_ends_the_script() -> None:
    """What comes after is listed, but changes nothing any more."""
    assert lines("X=a; q || exec b; p $X; exec env") == ["q", "b", "p a", "env"]
    assert lines("exec sudo -l; a") == ["sudo -l", "a"]


@pytest.mark.parametrize(
    ("text", "handed"),
    [
        ("flock -n /run/a.lock sleep 9", [["-n", "/run/a.lock"]]),
        ("flock /run/a.lock -c 'sleep 9'", [["/run/a.lock"], []]),
        ("time -o /tmp/t nice ls", [["-o", "/tmp/t"]]),
        ("env -u A B=c ls", [["-u", "A"]]),
        ("bash -c 'echo x > \"$0\"' /tmp/f a", [["/tmp/f"], []]),
        ("bash -c ls", [[]]),
    ],
)
def test_what_a_wrapper_keeps_for_itself_stands_beside_the_command(text: str, handed: list[list[str]]) -> None:
    """A lock, a log, a shell's own name: no words of the command, and still files that may be touched."""
    assert [[word.text for word in command.handed] for command in read(text).commands] == handed
