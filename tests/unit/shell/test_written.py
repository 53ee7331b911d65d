"""A text that a script writes to a file and then runs is read like one that a shell is handed."""

from __future__ import annotations

import pytest

from unit.shell.reading import lines, read
from web4_governance.core.shell.command import known_word
from web4_governance.core.shell.written import MOST_FILES, MOST_RUNS, MOST_TEXTS, Written, shebang

WRITERS = [
    "echo 'rm a' > x",
    "echo 'rm a' >| x",
    "printf '%s\\n' 'rm a' >> x",
    "cat <<'E' > x\nrm a\nE",
    "cat > x <<< 'rm a'",
    "tee x <<< 'rm a'",
    "echo 'rm a' | tee -a x",
    "dd of=x <<< 'rm a'",
    "cp <(echo 'rm a') x",
    "install -m 755 /dev/stdin x <<< 'rm a'",
    "echo 'rm a' > y; mv y x",
    "echo 'rm a' > y; cp -t . y; mv y x",
    "mkdir d; echo 'rm a' > x0; ln -s x0 x",
    "{ echo '#!/bin/sh'; echo 'rm a'; } > x",
    "(echo 'rm a') > x",
    'for i in rm; do echo "$i a"; done > x',
    "bash -c 'echo rm a' > x",
    "f() { echo 'rm a'; }; f > x",
    "exec 3> x; echo 'rm a' >&3",
    "exec > x; echo 'rm a'",
    "echo cm0gYQo= | base64 -d > x",
    "echo 'rm' > x; echo -n 'rm' > x; echo ' a' >> x",
    "if t; then echo 'rm a' > x; else echo ls > x; fi",
    "echo 'ls\\nrm a' > x",
    "cp z z2; echo 'rm a' > x",
]
RUNNERS = [
    "sh x",
    "bash ./x 1 2",
    ". x",
    "source ./x",
    "bash < x",
    "cat x | sh",
    "./x",
    "chmod +x x && nice ./x",
    'eval "$(cat x)"',
    'bash -c "$(<x)"',
    "exec ./x",
    "bash --rcfile x -i",
    "sh *",
    "find . -name x -exec sh {} \\;",
    "PATH=.:$PATH; x",
    "echo x | xargs sh",
]


@pytest.mark.parametrize("writer", WRITERS)
@pytest.mark.parametrize("runner", ["sh x", ". ./x"])
def test_however_it_is_written_what_is_run_is_read(writer: str, runner: str) -> None:
    """By redirections, `tee`, `dd`, copies, groups, functions, and descriptors that stay open."""
    assert "rm a" in lines(f"{writer}\n{runner}")


@pytest.mark.parametrize("runner", RUNNERS)
def test_however_it_is_run_what_was_written_is_read(runner: str) -> None:
    """By name, by a shell, into this one, through a pipe, a glob, a search or the search path."""
    assert "rm a" in lines(f"echo 'rm a' > x\n{runner}")


def test_a_file_without_a_place_is_known_by_what_is_written_of_it() -> None:
    """`$D/x` is the same file however its quotes stand, and so is `x` where the directory is not known."""
    assert "rm a" in lines("echo 'rm a' > \"$D/x\"; sh ${D}/x")
    assert "rm a" in lines("cd $D; echo 'rm a' > x; sh ./x")
    assert "rm a" not in lines("echo 'rm a' > x; cd sub; sh x")


def test_a_copy_without_a_second_name_is_none() -> None:
    """Nor is one of a text that nobody knows."""
    assert lines("cp x; cp <(cat y) z; sh z") == ["cp x", "cat y", "cp ? z", "sh z"]


def test_what_is_only_written_is_not_run() -> None:
    """Text is data until something runs it."""
    assert lines("echo 'rm a' > x; cat x; sh y; git add x") == ["echo rm a", "cat x", "sh y", "git add x"]


def test_a_part_that_is_not_known_stays_open() -> None:
    """A variable of the environment in a script that is written is no reason to ask; a program without a name is."""
    script = read('cat > x <<E\nrm "$DIR/a"\nE\nsh x')
    assert script.commands[-1].words[1].literal == "" or not script.commands[-1].words[1].known
    assert not script.opaque


@pytest.mark.parametrize(
    "text",
    [
        "echo ls > x; sed -i s/ls/rm/ x; sh x",
        "echo ls > x; sed s/ls/rm/ x > y; sh y",
        "printf '%9s' ls > x; sh x",
        "python3 -c 'print(1)' > x; sh x",
        "awk 'BEGIN { print 1 }' > x; . ./x",
    ],
)
def test_a_text_that_something_was_made_of_is_said_not_to_be_seen(text: str) -> None:
    """What an editor, inline code or an unknown format makes cannot be known."""
    assert "a text that was made of another one is run" in read(text).opaque


@pytest.mark.parametrize(
    "text",
    ["python3 gen.py > x; sh x", "sed s/a/b/ t > x; sh x", "cat a b > c; sh c", "echo -n > x; sh x", "exec 3< x; sh x"],
)
def test_what_files_of_the_project_become_is_the_projects(text: str) -> None:
    """A file that was there is not read, and what is made of it is no more than that."""
    assert not read(text).opaque


def test_what_a_sourced_file_sets_is_known_afterwards() -> None:
    """The variables of a file that was written here are those of this shell."""
    assert lines("echo 'D=/opt' > e; . ./e; rm $D")[-1] == "rm /opt"
    assert lines('echo "D=$X" > e; D=a; . ./e; rm $D')[-1] == "rm ?"


def test_a_trap_of_an_inner_shell_runs_in_the_state_in_which_that_ends() -> None:
    """Its variables are the inner shell's."""
    assert "rm /opt" in lines("bash -c 'trap \"rm \\$D\" EXIT; D=/opt'")[-1:]
    assert "rm /tmp/tmp.XXXXXXXXXX" in lines("cat > x <<'E'\nt=$(mktemp)\ntrap 'rm $t' EXIT\nE\nsh x")


def test_another_name_of_a_program_is_that_program() -> None:
    """A copy, a link, a link to a link; of a loop it is said that it is one."""
    assert "/bin/rm a" in lines("cp /bin/rm z; ./z a")
    assert "rm a" in lines('ln -s "$(which rm)" z; ln -s z y; ./y a')
    assert "rm a" in lines("ln -s /bin/bash z; ./z -c 'rm a'")
    assert "nested too deeply" in read("ln -s ./a b; ln -s ./b a; ./a").opaque


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("ls", ("sh",)),
        ("#!/bin/bash -e\nls", ("/bin/bash", "-e")),
        ("#! /usr/bin/env -S A=1 python3 -u\n", ("python3", "-u")),
        ("#!\n", ("sh",)),
    ],
)
def test_the_first_line_names_the_interpreter(text: str, words: tuple[str, ...]) -> None:
    """A shell where it names none."""
    assert shebang(known_word(text)) == words


def test_the_texts_that_a_command_names_are_given_with_it() -> None:
    """Also those of an option, of a module, and of what a program reads unasked."""
    made = "echo 1 > a.py; echo 2 > Makefile; mkdir p; echo 3 > p/__main__.py; "
    assert [given for given, _ in read(made + "python3 a.py").commands[-1].texts] == ["a.py"]
    assert [given for given, _ in read(made + "node --import=a.py").commands[-1].texts] == ["--import=a.py"]
    assert [given for given, _ in read(made + "python3 -m a").commands[-1].texts] == ["a"]
    assert [given for given, _ in read(made + "python3 -m p").commands[-1].texts] == ["p"]
    assert [given for given, _ in read(made + "make -C .").commands[-1].texts] == ["Makefile"]


def test_more_than_is_kept_is_said() -> None:
    """No padding hides what is written last."""
    text = "\n".join(f"echo {n} > f{n}" for n in range(MOST_FILES + 1)) + "\nsh x"
    assert "more is written to files than is followed" in read(text).opaque
    assert not read("echo 1 > f\nsh f").opaque


@pytest.mark.parametrize(
    "text",
    [
        "echo 'sh x; sh x' > x; sh x",
        "echo './x | ./x &' > x; ./x",
        "echo ls > x\n" + "sh x\n" * (MOST_RUNS + 1),
        "".join(f"echo ls > f{n}\n" for n in range(300)) + "cat *a*b\n" * 60,
    ],
)
def test_what_runs_itself_is_followed_for_a_while(text: str) -> None:
    """A text may start itself, or be started, or looked for, more often than anybody follows."""
    assert "more is written to files than is followed" in read(text).opaque


def test_a_file_keeps_the_last_few_texts_that_branches_may_have_left() -> None:
    """What was written over long before is gone."""
    text = "".join(f"echo 'rm {n}' > x\n" for n in range(MOST_TEXTS + 1)) + "sh x"
    assert "rm 0" not in lines(text)
    assert f"rm {MOST_TEXTS}" in lines(text)


def test_what_a_script_around_has_written_is_known_inside() -> None:
    """A text that is nested is read with what was written before."""
    outer = Written()
    outer.add(read("echo 'rm a' > x; ln -s /bin/ls l").written or Written())
    assert bool(outer)
    assert outer.of(known_word("x"), "/srv/project") == (known_word("rm a\n"),)
    assert outer.program(known_word("l"), "/srv/project") == known_word("/bin/ls")
