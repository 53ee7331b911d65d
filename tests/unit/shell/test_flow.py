"""What a script does with its state: branches, loops, functions, directories, pipes, redirections."""

from __future__ import annotations

import pytest

from unit.shell.reading import CWD, HOME, argvs, lines, only, read
from web4_governance.core.shell.command import STARTS_ITSELF, Command, Script


def places(text: str) -> list[tuple[str, str | None]]:
    """Give each command line with the directory it runs in, without the `cd`s."""
    moves = ("cd", "pushd", "popd")
    commands = [command for command in read(text).commands if command.words and command.program not in moves]
    return [(" ".join(word.text for word in command.words), command.cwd) for command in commands]


def p_lines(text: str) -> list[str]:
    """Give the lines of the program `p`."""
    return [line for line in lines(text) if line.split(" ", 1)[0] == "p"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a; b && c || d | e & f", ["a", "b", "c", "d", "e", "f"]),
        ("if a; then b; elif c; then d; elif e; then f; else g; fi", list("abcdefg")),
        ("if a\nthen\nb\nfi", ["a", "b"]),
        ("if ! a; then { b; } fi", ["a", "b"]),
        ("while a; b; do c; done; d", list("abcd")),
        ("until a; do b; done", ["a", "b"]),
        ("for x in 1 2; do a $x; done; b $x", ["a 1", "a 2", "b 2"]),
        ("for x in 1; do ( a ) done", ["a"]),
        ("set -- q r; for x do a $x; done", ["set -- q r", "a q", "a r"]),
        ("for x; do a $x; done", ["a ?"]),
        ("for x in; do a $x; done; b", ["a", "b"]),
        ("for x in {1..3}; do a $x; done", ["a 1", "a 2", "a 3"]),
        ("for ((i=0;i<3;i++)); do a $i; done", ["a ?"]),
        ("for ((i=$(z);i<3;i++)) do a; done", ["z", "a"]),
        ("select x in 1 2; do a $x; done", ["a 1", "a 2"]),
        ("case $v in a|b) c;; (d) e;& *) f;; esac; g", ["c", "e", "f", "g"]),
        ("case $(a) in $(b)) c;; esac", ["a", "b", "c"]),
        ("case a in esac; b", ["b"]),
        ("case a in\n# ) comment\nb) c\n;;\nesac", ["c"]),
        ("$(case x in a) b;; c) d;; esac)", ["b", "d", "?"]),
        ("(a; (b; c) | d)", list("abcd")),
        ("((a) | (b))", ["a", "b"]),
        ("{ a; { b; }; }", ["a", "b"]),
        ("! a | b", ["a", "b"]),
        ("a | b |& c", ["a", "b", "c"]),
        ("a |\n b &&\n\n c", ["a", "b", "c"]),
        ("[[ -f $(a) && ( $(b) =~ ^(x|y)$ ) ]] && c", ["a", "b", "c"]),
        ("[[ a\n]] ; c", ["c"]),
        ("[ -f $(a) ] && c", ["a", "[ -f ? ]", "c"]),
        ("(( $(a) + 1 )); echo $(( $(b) ))", ["a", "b", "echo ?"]),
        ("echo $[ $(a) ]", ["a", "echo ?"]),
        ("echo ${x:-$(a)} ${y#$(b)}", ["a", "b", "echo ? ?"]),
        ("echo ${ a; } ${| b; }", ["a", "b", "echo ? ?"]),
        ("echo ${ { a; }; }", ["a", "echo ?"]),
        ("cat <(a) >(b) x=<(c)", ["a", "c", "b", "cat ? ? ?"]),
        ("x=$(a) y=(1 $(b)) z[$(c)]=1", ["a", "b", "c"]),
        ("cat <<E\n$(a) `b` ${x:-$(c)}\nE\nd", ["a", "b", "c", "cat", "d"]),
        ("cat <<'E'\n$(a) `b`\nE", ["cat"]),
        ("a <<< $(b)", ["b", "a"]),
        ("a > $(b) 2> $(c)", ["b", "c", "a"]),
        ("coproc a b; coproc N { c; }", ["a b", "c"]),
        ("time a; time -p b | c", ["a", "b", "c"]),
        ("f() { a $1; }; f x; f y", ["a x", "a y"]),
        ("f() (a); function g() { b; }; function h { c; }; f; g; h", ["a", "b", "c"]),
        ("f() if a; then b; fi; f", ["a", "b"]),
        ("f() { a; }", []),
        ("f() { a; } >x 2>&1; f", ["a"]),
        ("f() { a; }; unset -f f; f", ["unset -f f", "f"]),
        ("f() { a; }; unset f; f", ["unset f", "f"]),
        ("f() { a; }; command f; \\f", ["f", "a"]),
        ("f() { a; f() { b; }; }; f; f", ["a", "b"]),
        ("if x; then exit() { a; }; fi; exit; b", ["x", "a", "exit", "b"]),
        ("return; a", ["return", "a"]),
        ("p $((a); b)", ["a", "b", "p ?"]),
        ("X=$(a); p $X $X", ["a", "p ? ?"]),
        ("alias echo='a; echo'; p $(echo b)", ["alias echo=a; echo", "a", "echo b", "echo b", "p ?"]),
        ('X=1; unset X; p "$X"', ["unset X", "p "]),
        ("builtin export X; p $X", ["export X", "p ?"]),
        ("if x; then f() { a; }; fi; f", ["x", "a", "f"]),
        ("if x; then f() { a; }; else f() { b; }; fi; f", ["x", "a", "b"]),
        ("f() { return; a; }; f; b", ["return", "a", "b"]),
        ("f() { $1 x; }; f rm", ["rm x"]),
        ("f() { g; }; g() { a; }; f", ["a"]),
        ("ls() { a; }", ["a"]),
        ("ls() { a; }; ls", ["a"]),
        ('kubectl() { b; command kubectl "$@"; }', ["b", "kubectl ?"]),
        ("alias x='rm -rf'; x y", ["alias x=rm -rf", "rm -rf y", "x y"]),
        ("alias x=$y; x z", ["alias ?", "x z"]),
        ("alias x=a; unalias x; x", ["alias x=a", "unalias x", "x"]),
        ("alias x=a y=b; unalias -a; x", ["alias x=a y=b", "unalias -a", "x"]),
        ("alias x='x a'; x", ["alias x=x a", "x a", "x"]),
        ("hash -p /bin/rm ls; ls x", ["hash -p /bin/rm ls", "/bin/rm x", "ls x"]),
        ("hash -r; hash ls; ls x", ["hash -r", "hash ls", "ls x"]),
        ("alias; alias x", ["alias", "alias x"]),
        ("trap 'a $V' EXIT; V=1; b", ["trap a $V EXIT", "b", "a", "a 1"]),
        ("trap - INT; trap '' INT; trap; trap a", ["trap - INT", "trap  INT", "trap", "trap a"]),
        ("exit 1; a", ["exit 1", "a"]),
        ("a && exit; b", ["a", "exit", "b"]),
        ("$X a", ["? a"]),
        ("", []),
        ("# only a comment", []),
        ("a # b; c\nd", ["a", "d"]),
        ("eval", ["eval"]),
        ("true; :; false", ["true", ":", "false"]),
        ("readonly X=1; p $X", ["readonly X=1", "p 1"]),
        ("builtin export X=1; p $X", ["export X=1", "p 1"]),
        ("builtin export X=$Y; p $X", ["export ?", "p ?"]),
        ('unset X $Y; p "$X"', ["unset X ?", "p "]),
        ("set -x; p $1", ["set -x", "p ?"]),
        ("set -- a; shift 5; p $#", ["set -- a", "shift 5", "p 0"]),
        ("set -- $X a; shift; p $1", ["set -- ? a", "shift", "p ?"]),
        ("set -- a; shift $n; p $1", ["set -- a", "shift ?", "p ?"]),
        ("shift; p $1", ["shift", "p ?"]),
        ("read; p $REPLY", ["read", "p ?"]),
        ("read a b c <<< 'x y'; p $a $b \"$c\"", ["read a b c", "p x y "]),
        ("IFS=, read a b <<< 'x,y'; p $a", ["read a b", "p ?"]),
        ("mapfile; p $MAPFILE", ["mapfile", "p ?"]),
        ("let; let 'x += 1'; p $x", ["let", "let x += 1", "p ?"]),
        ("printf -v; printf -v X; printf a", ["printf -v", "printf -v X", "printf a"]),
    ],
)
def test_commands_come_in_the_order_in_which_they_run(text: str, expected: list[str]) -> None:
    """Nothing that runs is missing, inner commands come before those they stand in."""
    assert lines(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("X=a; if q; then X=b; fi; p $X", ["p b", "p a"]),
        ("X=a; q && X=b; p $X", ["p b", "p a"]),
        ("X=a; q || X=b; p $X", ["p a", "p b"]),
        ("X=a; true || X=b; p $X", ["p a"]),
        ("X=a; false && X=b; p $X", ["p a"]),
        ("X=a; false || X=b; p $X", ["p b"]),
        ("X=a; ! false && X=b; p $X", ["p b"]),
        ("X=a; q && X=b && p $X", ["p b"]),
        ("X=a; q || exit; X=b; p $X", ["p b"]),
        ("X=a; case $v in q) X=b;; esac; p $X", ["p b", "p a"]),
        ("X=a; case $v in q) X=b;& r) p $X;; esac", ["p a", "p b"]),
        ("X=a; while q; do p $X; X=b; done; p $X", ["p a", "p b", "p a", "p b"]),
        ("X=a; for i in $Q; do p $X; X=b; done", ["p a", "p b"]),
        ("X=a; for i in 1 2; do p $X; X=$i; done", ["p a", "p 1"]),
        ("X=a; (X=b; p $X); p $X", ["p b", "p a"]),
        ("X=a; X=b | p; p $X", ["p", "p a"]),
        ("X=a; X=b & p $X", ["p a"]),
        ("X=a; $(X=b) ; p $X", ["p a"]),
        ("X=a; f() { X=b; }; f; p $X", ["p b"]),
        ("X=a; f() { local X=b; p $X; }; f; p $X", ["p b", "p a"]),
        ("f() { local X=b; }; f; p $X", ["p ?"]),
        ("f() { local X Y=1; p $Y; }; f", ["p 1"]),
        ("X=a; f() { export X=b; }; f; p $X", ["p b"]),
        ("X=a; f() { if q; then X=b; return; fi; X=c; }; f; p $X", ["p c", "p b"]),
        ("X=a; f() { exit; }; q || f; p $X", ["p a"]),
        ("set -- a; f() { set -- b; }; f; p $1", ["p a"]),
        ("X=a; for i in 1 2; do q && { X=b; break; }; X=c; done; p $X", None),
        ("X=b p $X; p $X", ["p ?", "p ?"]),
        ("X=a; X=b eval 'p $X'; p $X", ["p b", "p a"]),
        ("X=a; X=b f; p $X", ["p a"]),
        ("X=b eval 'p $X'; p $X", ["p b", "p ?"]),
        ("X=a; eval 'X=b'; p $X", ["p b"]),
        ('X=a; eval "$Q"; p $X', ["p a"]),
        ("for i in a b c d e; do q && X=$i; done; p $X", None),
        ("if q; then A=1; else A=2; fi; if q; then B=1; else B=2; fi; p $A $B", ["p 1 1", "p 1 2", "p 2 1", "p 2 2"]),
        ("if q; then A=1; else A=2; fi; p $A$A", ["p 11", "p 22"]),
        ("alias x='Y=1;'; Y=2; x; p $Y", ["p 1", "p 2"]),
        ("a=(1); q && a=(2 3); p ${a[@]}", ["p 2 3", "p 1"]),
        ("a=(1 2); a[0]=x; p ${a[0]}", ["p ?"]),
        ("a=x; a+=(y); p ${a[@]}", ["p x y"]),
        ("a=(x); a+=y; p ${a[@]}", ["p xy"]),
        ("if q; then unset X; else X=1; fi; p a$X", ["p a", "p a1"]),
    ],
)
def test_a_variable_has_every_value_that_a_branch_may_have_given_it(text: str, expected: list[str] | None) -> None:
    """Both ways of a branch are looked at, whichever is written last."""
    found = p_lines(text)
    if expected is None:
        assert len(found) > 1 or found == ["p ?"]
    else:
        assert found == expected


def test_too_many_possibilities_are_unknown() -> None:
    """A dozen independent branches do not give four thousand commands."""
    text = "".join(f"if q; then X{n}=a; else X{n}=b; fi; " for n in range(12))
    found = p_lines(text + "p " + " ".join(f"$X{n}" for n in range(12)))
    assert len(found) == 8
    assert found[0] == "p a a a" + " ?" * 9
    five = "".join(f"q && X={n}; " for n in range(5))
    assert p_lines(five + "p $X") == ["p 4", "p ?"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cd x; a", [("a", CWD + "/x")]),
        ("cd /x/../y/.//z; a", [("a", "/y/z")]),
        ("cd ..; a", [("a", "/srv")]),
        ("cd ../../..; a", [("a", "/")]),
        ("cd; a", [("a", HOME)]),
        ("cd ~/x; a", [("a", HOME + "/x")]),
        ("cd -- x; a", [("a", CWD + "/x")]),
        ("cd -P x; a", [("a", CWD + "/x")]),
        ("cd /x; cd -; a", [("a", CWD)]),
        ("cd -; a", [("a", None)]),
        ("cd $X; a; cd x; b; cd /y; c", [("a", None), ("b", None), ("c", "/y")]),
        ("cd x*; a", [("a", None)]),
        ("HOME=$X; cd; a", [("a", None)]),
        ("(cd x; a); b", [("a", CWD + "/x"), ("b", CWD)]),
        ("cd x && a || b; c", [("a", CWD + "/x"), ("b", CWD + "/x"), ("c", CWD + "/x")]),
        ("cd x || exit; a", [("exit", CWD), ("a", CWD + "/x")]),
        ("cd x || a; b", [("a", CWD), ("b", CWD + "/x")]),
        ("if cd x; then a; else b; fi; c", [("a", CWD + "/x"), ("b", CWD), ("c", CWD + "/x")]),
        ("q && cd x; a", [("q", CWD), ("a", CWD + "/x"), ("a", CWD)]),
        ("mkdir x && cd x; a", [("mkdir x", CWD), ("a", CWD + "/x")]),
        ("pushd /x; a; popd; b", [("a", "/x"), ("b", CWD)]),
        ("pushd /x; pushd /y; popd; a; popd; b; popd; c", [("a", "/x"), ("b", CWD), ("c", None)]),
        ("pushd; a", [("a", None)]),
        ("pushd +1; a", [("a", None)]),
        ("pushd x; popd +1; a", [("a", None)]),
        ("if q; then pushd /x; fi; popd; a", [("q", CWD), ("a", None)]),
        ("command cd /x; a; builtin cd /y; b", [("a", "/x"), ("b", "/y")]),
        ("sudo cd /x; a", [("sudo cd /x", CWD), ("a", CWD)]),
        ('cd() { builtin cd "$1/sub"; }; cd /x; a', [("a", "/x/sub")]),
        (
            "env -C /x a; env --chdir=y b; env -C $Z c; env --chdir=$Z d",
            [("a", "/x"), ("b", CWD + "/y"), ("c", None), ("d", None)],
        ),
        ("sudo -D /x a", [("sudo -D /x a", CWD), ("a", "/x")]),
        ("cd x | cd y; a", [("a", CWD)]),
        ("cd /proc/self/cwd/x; a; cd /proc/self/root/y; b", [("a", CWD + "/x"), ("b", "/y")]),
        ("for d in x y; do cd $d; a; done", [("a", CWD + "/x"), ("a", CWD + "/x/y")]),
        ("for d in x y; do (cd $d; a); done", [("a", CWD + "/x"), ("a", CWD + "/y")]),
        ("while q; do cd x; a; done", None),
    ],
)
def test_each_command_has_its_directory(text: str, expected: list[tuple[str, str | None]] | None) -> None:
    """A relative path means nothing without it; where it cannot be known it is None."""
    found = places(text)
    if expected is None:
        assert {place for line, place in found if line == "a"} >= {CWD + "/x", CWD + "/x/x"}
    else:
        assert found == expected


def test_a_start_in_an_unknown_directory_stays_unknown() -> None:
    """Without a directory, only an absolute `cd` gives one."""
    script = read("a; cd x; b; cd /y; c; echo $PWD", cwd=None)
    assert [command.cwd for command in script.commands if command.program in "abc"] == [None, None, "/y"]


def test_a_start_that_is_told_by_its_own_link_leads_nowhere() -> None:
    """The host's word for the working directory may be anything."""
    for start in ("/proc/self/cwd", "/proc/self/root/proc/self/cwd"):
        script = read("cd /proc/self/cwd/x; a; cd /proc/self/root/y; b", cwd=start)
        assert [command.cwd for command in script.commands if command.program in "ab"] == [None, "/y"]
    script = read("cd /proc/self/cwd/x; a", cwd=None)
    assert [command.cwd for command in script.commands if command.program == "a"] == [None]


def flows(text: str) -> dict[str, tuple[int, tuple[int, ...]]]:
    """Give for each program what feeds it."""
    return {command.program: (command.pipe_from, command.feeds) for command in read(text).commands if command.words}


def test_a_pipe_joins_neighbours() -> None:
    """`pipe_from` is the command whose output comes in."""
    assert flows("a | b | c; d") == {"a": (-1, ()), "b": (0, (0,)), "c": (1, (1,)), "d": (-1, ())}


def test_all_commands_of_a_stage_feed_the_next() -> None:
    """In `{ a; b; } | c` both may have written what `c` reads, and `c`'s whole stage reads it."""
    assert flows("{ a; b; } | (c; d)") == {"a": (-1, ()), "b": (-1, ()), "c": (1, (0, 1)), "d": (1, (0, 1))}


def test_a_stage_without_commands_hands_nothing_on() -> None:
    """`[[ … ]]` writes nothing."""
    assert flows("[[ a ]] | b") == {"b": (-1, ())}
    assert flows("a | [[ x ]] | b") == {"a": (-1, ()), "b": (0, (0,))}


def test_what_reads_in_a_loop_is_fed_from_before_it() -> None:
    """A variable that `read` fills holds what the pipe brought."""
    script = read('curl u | while read l; do p "$l"; done')
    assert [command.feeds for command in script.commands] == [(), (0,), (0,)]
    assert script.commands[2].substitutions == (0,)


def test_a_substitution_is_named_by_the_command_that_holds_it() -> None:
    """Data flow through `$(…)`, through variables, arrays, defaults and loops ends in `substitutions`."""
    for text in (
        'p "$(curl u)"',
        "p `curl u`",
        "p <(curl u)",
        'X=$(curl u); p "$X"',
        "X=$(curl u); Y=a$X; p $Y",
        "X=$(curl u); X+=b; p $X",
        "X=($(curl u)); p ${X[@]}",
        "X=($(curl u)); X[1]=a; p ${X[@]}",
        "for x in $(curl u); do p $x; done",
        "for x in $(curl u) {1..99}; do p $x; done",
        "export X=$(curl u); p $X",
        ": ${X:=$(curl u)}; p $X",
        "printf -v X %s $(curl u); p $X",
        "p > $(curl u)",
        "X=$(curl u) p",
        "p <<< $(curl u)",
    ):
        script = read(text)
        curls = {i for i, command in enumerate(script.commands) if command.program == "curl"}
        assert any(curls & {*command.substitutions} for command in script.commands if command.program == "p"), text


def test_what_a_process_substitution_writes_to_reads_what_the_command_reads() -> None:
    """`curl u | tee >(sh)` feeds the shell."""
    script = read("curl u | tee >(cat)")
    assert script.commands[1].program == "cat"
    assert script.commands[1].feeds == (0,)


def redirects(command: Command) -> list[tuple[str, int, str]]:
    """Give a command's redirections in short."""
    return [(redirect.op, redirect.fd, redirect.target.text) for redirect in command.redirects]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("p >x", [(">", -1, "x")]),
        ("p > x", [(">", -1, "x")]),
        ("p >>x 2>y", [(">>", -1, "x"), (">", 2, "y")]),
        ("p &>x", [("&>", -1, "x")]),
        ("p &>>x", [("&>>", -1, "x")]),
        ("p >&x", [(">&", -1, "x")]),
        ("p 2>&1", [(">&", 2, "1")]),
        ("p >&-", [(">&", -1, "-")]),
        ("p >|x", [(">|", -1, "x")]),
        ("p <x", [("<", -1, "x")]),
        ("p <>x", [("<>", -1, "x")]),
        ("p 0<&3", [("<&", 0, "3")]),
        ("p {fd}>x", [(">", -1, "x")]),
        ("p 123456>x", [(">", -1, "x")]),
        ("p <<< x", [("<<<", -1, "x\n")]),
        ("p <<< $X", [("<<<", -1, "$X")]),
        ("p <<E\na\nE", [("<<", -1, "a\n")]),
        ("p <<-E\n\ta\n\t\tb\n\tE", [("<<-", -1, "a\nb\n")]),
        ("p <<-'E'\n\ta\\\n\tb\n\tE", [("<<-", -1, "a\\\nb\n")]),
        ("X=1; p <<E\n$X \\$X \\a\nE", [("<<", -1, "1 $X \\a\n")]),
        ("p <<'E'\n$X\nE", [("<<", -1, "$X\n")]),
        ("p <<\\E\n$X\nE", [("<<", -1, "$X\n")]),
        ('p <<E"O"F\n$X\nEOF', [("<<", -1, "$X\n")]),
        ('p <<"a b"\nx\na b', [("<<", -1, "x\n")]),
        ("p <<A <<B\n1\nA\n2\nB", [("<<", -1, "1\n"), ("<<", -1, "2\n")]),
        ("p <<E\na", [("<<", -1, "a")]),
        ("p <<E", [("<<", -1, "")]),
        ("p <<E\na\\\nb\nE", [("<<", -1, "ab\n")]),
        ("p <<E\na\\\\\nE", [("<<", -1, "a\\\n")]),
        ("p > 'a b' > $'c'", [(">", -1, "a b"), (">", -1, "c")]),
        ("p >\\\n x", [(">", -1, "x")]),
        ("p > ~/x", [(">", -1, HOME + "/x")]),
        (">a p >b x", [(">", -1, "a"), (">", -1, "b")]),
        ("> x", [(">", -1, "x")]),
        ("exec > x", [(">", -1, "x")]),
        ("exec 3<>x", [("<>", 3, "x")]),
    ],
)
def test_redirections_are_resolved(text: str, expected: list[tuple[str, int, str]]) -> None:
    """Operator, descriptor and target, or the text of a heredoc."""
    assert redirects(read(text).commands[-1]) == expected


def test_a_redirection_alone_is_a_command_without_words() -> None:
    """`> file` truncates, so it is listed."""
    command = only("> x")
    assert command.words == ()
    assert command.source == "> x"


@pytest.mark.parametrize(
    "text",
    [
        "{ p; q; } > x",
        "(p; q) > x",
        "if p; then q; fi > x",
        "while p; do q; done > x",
        "for i in 1; do p; q; done > x",
        "case a in a) p; q;; esac > x",
        "a && { p; q; } > x",
        "f() { p; q; }; f > x",
        "bash -c 'p; q' > x",
        "eval 'p; q' > x",
        "[[ p ]] > x; q",
        "(( 1 )) > x; q",
    ],
)
def test_a_redirection_of_a_compound_command_is_listed_before_its_commands(text: str) -> None:
    """The file is opened first."""
    script = read(text)
    names = [command.program for command in script.commands]
    (place,) = [i for i, command in enumerate(script.commands) if redirects(command) == [(">", -1, "x")]]
    assert not script.commands[place].words
    assert place < names.index("q")


def test_text_on_standard_input_is_kept() -> None:
    """A heredoc or here-string is what the program reads, also inside a group."""
    assert only("python3 - <<'E'\nimport os\nE").stdin == "import os\n"
    assert only("psql <<< 'DROP TABLE t'").stdin == "DROP TABLE t\n"
    assert read("{ a; b; } <<< x").commands[-1].stdin == "x\n"
    assert read("a <<< x | b").commands[-1].stdin is None
    assert only("a < x").stdin is None


def test_assignments_are_kept_with_the_command() -> None:
    """`PATH=… cmd` matters to whoever judges it; a bare assignment is a command without words."""
    command = only("A=1 B=$X C= cmd")
    assert [(name, word.text, word.known) for name, word in command.assignments] == [
        ("A", "1", True),
        ("B", "$X", False),
        ("C", "", True),
    ]
    assert only("A=1").assignments[0][0] == "A"
    assert only("A=1").words == ()


def test_background_work_is_marked() -> None:
    """`&`, also around a list or a group, and `coproc`."""
    script = read("a & b && c & { d; } & e; coproc f")
    assert {command.program: command.background for command in script.commands} == {
        "a": True, "b": True, "c": True, "d": True, "e": False, "f": True,
    }  # fmt: skip


def test_source_is_the_text_of_the_command() -> None:
    """Each command says where it came from."""
    script = read("a 'b c'  >d; if q; then e; fi")
    assert [command.source for command in script.commands] == ["a 'b c'  >d", "q", "e"]


def test_heredocs_do_not_end_what_is_around_them() -> None:
    """The rest of the line goes on after the delimiter word, and the pipeline after the body."""
    assert lines("a <<E | b && c\nx\nE\nd") == ["a", "b", "c", "d"]
    assert lines("a <<E |\nx; rm y\nE\nb") == ["a", "b"]
    assert lines("(a <<E\nx\nE\n) | b") == ["a", "b"]
    assert lines("p \"$(a <<'E'\n) ' \"\nE\n)\"") == ["a", "p ?"]
    assert lines("p $(a <<E\nx\nE)") == ["a", "p ?"]


def test_a_function_that_calls_itself_is_a_reason() -> None:
    """Recursion is not followed; a fork bomb is not silent."""
    script = read(":(){ :|:& };:")
    assert STARTS_ITSELF in script.opaque
    assert "a function that calls itself" in read("again(){ again; }; again").opaque
    assert {command.program for command in script.commands} == {":"}


def test_a_loop_over_many_items_runs_once_with_their_common_beginning() -> None:
    """Sixty-five items are not unrolled."""
    script = read("for x in f{1..65}; do p $x; done")
    assert [command.words[1] for command in script.commands] == [script.commands[0].words[1]]
    assert not script.commands[0].words[1].known
    assert script.commands[0].words[1].literal == "f"


def test_nested_loops_are_unrolled_within_bounds() -> None:
    """Four loops of eight would be four thousand rounds."""
    script = read("".join(f"for x{n} in {{1..8}}; do " for n in range(4)) + "p $x0 $x3" + "; done" * 4)
    assert 8 <= len(script.commands) <= 128
    assert script.opaque == ()


def test_arithmetic_that_dash_would_run_is_a_reason() -> None:
    """`((rm -rf x))` is arithmetic to bash and a command to dash."""
    assert read("((rm -rf x))").opaque == ("arithmetic that another shell takes for commands",)
    assert read("((x = $(date +%s) + 1, y++))").opaque == ()


@pytest.mark.parametrize(
    "text", ["declare -n r=X; X=a; $r", "declare -u X=a; $X", "declare -i X=y; $X", "local -l X; X=a; $X"]
)
def test_nothing_is_known_of_a_variable_that_changes_what_is_put_into_it(text: str) -> None:
    """A reference, a case or a number is not followed, so what it holds is not taken for certain."""
    assert read(text).opaque == ()
    assert read(text).commands[-1].argv == (None,)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("declare -n r=$X", "a variable that changes what is put into it"),
        ("declare -n r", "a variable that changes what is put into it"),
        ('trap "$X" EXIT', "a trap that cannot be known"),
        ('alias x="$Y"', "an alias that cannot be known"),
        ('eval "$X"', "part of the text that `eval` runs is not known"),
    ],
)
def test_what_could_not_be_seen_is_a_reason(text: str, reason: str) -> None:
    """Nothing is dropped in silence."""
    assert read(text).opaque == (reason,)


def test_plain_declarations_are_no_reason() -> None:
    """Only attributes that change a value matter."""
    for text in ("declare -i X=5", "export -n X", "declare -A m", "declare -x X=1", "local X", "typeset X=1"):
        assert read(text).opaque == (), text


@pytest.mark.parametrize(("text", "expected"), [("a 'b", ["a ?"]), ('a "b\n', ["a ?"])])
def test_a_quote_that_is_not_closed_on_the_only_line_is_refused_by_the_shell(text: str, expected: list[str]) -> None:
    """Nothing of it is run, so nothing of it is opaque; what can be read is listed."""
    assert read(text).opaque == ()
    assert lines(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("rm x\na 'b", ["rm x", "a ?"]),
        ("a; b 'c\nd", ["a", "b ?"]),
        ("rm x\nfoo )\nbar", ["rm x", "foo", "bar"]),
        ("a; }", ["a"]),
        ("if a; then b", ["a", "b"]),
        ("a; then b", None),
        ("a (b", None),
        ("a && && b", None),
        ("a |", None),
        ("a <", None),
        ("a $(b", ["a ?"]),
        ("a ${b", None),
        ("a `b", None),
        ('x\na "b', None),
        ("a; esac", None),
        ("a;; b", None),
        ("case x in a) b", None),
        ("[[ a", None),
        ("a=(b", None),
        ('p "${x:-it\'s}"', None),
        ("p \"${x:-'}'}\"; a", None),
        ("for", None),
        ("for x y; do a; done", None),
        ("a ) > f", ["a"]),
        ("function", None),
        ("a $(b; c}", None),
        ("echo $[1;rm x]", None),
    ],
)
def test_broken_text_says_so_and_lists_what_there_is(text: str, expected: list[str] | None) -> None:
    """A shell runs the lines before the broken one."""
    script = read(text)
    assert "cannot be parsed" in script.opaque
    if expected is not None:
        assert lines(text) == expected


def test_no_word_disappears_in_broken_text() -> None:
    """Whatever the grammar makes of it, each program of the text is listed."""
    for text in ("fi rm x", "do rm x", "a && done rm x", "( rm x", "rm x ;; rm y", "{ rm x", "case rm x"):
        programs = {word.text for command in read(text).commands for word in command.words}
        assert {"rm", "x"} <= programs or text.startswith("case"), text


def test_a_script_is_a_value() -> None:
    """Two readings of one text are equal."""
    assert read("a; b") == read("a; b") != Script()
    assert argvs("a") == [("a",)]
