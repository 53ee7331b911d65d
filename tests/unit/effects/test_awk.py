"""What an awk program runs, reads and writes, and that a name or a part that is not known is not taken for one that is."""

from __future__ import annotations

import pytest

from unit.effects.scenes import bash, deeds, effects
from web4_governance.core.effects import awk

UNKNOWN = "?"


def found(code: str) -> list[str]:
    """Give each finding as `takes text`, with `?` where it is not known."""
    texts = [(one.takes or str(one.effect), one.literal) for one in awk.found(code)]
    return [f"{takes} {UNKNOWN if text is None else text.replace('${_}', '*')}" for takes, text in texts]


@pytest.mark.parametrize(
    ("code", "want"),
    [
        ('BEGIN{system("id")}', ["command id"]),
        ('BEGIN{system("i" "d")}', ["command id"]),
        ('BEGIN{system(("i") ("d"))}', ["command id"]),
        ('BEGIN{system("")}', ["command "]),
        ('BEGIN{x = "id"; system(x)}', ["command id"]),
        ('BEGIN{x = "i"; system(x "d " 7)}', ["command id 7"]),
        ('BEGIN{x = "a"; x = "b"; system(x)}', ["command a", "command b"]),
        ('BEGIN{x = "a"; x = "b"; system(x "c")}', ["command ?"]),
        ('BEGIN{x = x "a"; system(x)}', ["command ?"]),
        ("{system($1)}", ["command ?"]),
        ('{system("rm " $1)}', ["command ?"]),
        ('{system(a[1] "x")}', ["command ?"]),
        ('{system(f(1) "x")}', ["command ?"]),
        ('{system($(1) "x")}', ["command ?"]),
        ('{system(1 ? "a" : "b")}', ["command ?"]),
        ("{system(/a/)}", ["command ?"]),
        ('{system("\\162\\155")}', ["command ?"]),
        ('{system("echo \\"a\\\\b\\"")}', ['command echo "a\\b"']),
        ("{system(", ["command ?"]),
        ("{system(x)} {x =", ["command ?"]),
        ('"date" | getline d', ["command date"]),
        ('{ if (NR > 1) "date" | getline d }', ["command date"]),
        ('{ while (("ls " "x") | getline l) print l }', ["command ls x"]),
        ('{ "cat" |& getline }', ["command cat"]),
        ('{ print "x" | "sort" }', ["command sort"]),
        ('{ print "x" |& "sort" ; n++ }', ["command sort"]),
        ('{ print "x" | "sh" }', ["command ?"]),
        ('{ print (1 > 2), $1 > "f" }', ["path f"]),
        ('{ printf("%s", $1) >> "f" }', ["path f"]),
        ('{ print > $1 ".csv" }', ["path *.csv"]),
        ("{ print > $1 }", ["opaque ?"]),
        ("{ print > $$1 }", ["opaque ?"]),
        ('{ print > "/dev/stderr" }', []),
        ('{ getline l < "f" }', ["path f"]),
        ('{ while ((getline a[NR] < "f") > 0) n++ }', ["path f"]),
        ('{ while ((getline l < (d "f")) > 0) n++ }', ["opaque ?"]),
        ('{ getline l < a["x"] }', ["opaque ?"]),
        ("{ getline l < $1 }", ["opaque ?"]),
        ("{ getline l < ARGV[2]; getline m < FILENAME }", []),
        ("{ getline; n = 1 < 2 }", []),
        ("{ getline l }", []),
        ("getline", []),
        ('# print > "f"\n{ print }', []),
        ('/print > "f"/ { print "a > b | c" }', []),
        ('{ x = 4 / 2; print x / 2 > "f" }', ["path f"]),
        ('{ print \\\n > "f" }', ["path f"]),
        ("{ f(print) > 1 }", []),
        ('BEGIN { x = y; y = x; system(x "a") }', ["command ?"]),
    ],
)
def test_what_a_program_runs_reads_and_writes_is_found(code: str, want: list[str]) -> None:
    """Pipes, files and `system`, by what their expressions come to."""
    assert found(code) == want


def test_a_name_of_the_command_line_is_known_in_the_program() -> None:
    """`-v x=y`, and `x=y` among the operands."""
    assert "file.delete /x" in deeds(bash("awk -v c='rm -rf' 'BEGIN{system(c \" /x\")}'"))
    assert "persistence" in effects("awk 'END{print 1 > f}' f=/home/user/.bashrc")
    assert "opaque" in effects("awk -v c='a\"b' 'BEGIN{system(c)}'")


def test_a_file_named_like_the_gates_in_a_directory_that_is_not_known_is_opaque() -> None:
    """The directory may be the gate's; another name in it may be anything."""
    assert "opaque" in effects('awk -v d="$D" \'BEGIN{print 1 > (d "settings.json")}\'')
    assert "opaque" not in effects("awk '{print > ($1 \".csv\")}' x.txt")


def test_a_program_with_countless_pipes_is_read_to_a_bound() -> None:
    """What is past it is said to be there, and not seen."""
    pipes = found("BEGIN { " + '"date" | getline x; ' * 1200 + "}")
    assert pipes[-1] == "opaque ?"
    assert len(pipes) == 1001
    assert found("x " * 30_000)[0] == "opaque ?"
    assert found("BEGIN{" + 'x="a";' * 9 + "system(x)}") == ["command ?"]
    assert found("BEGIN{system(" + "(1 " * 12 + '"a"' + ")" * 12 + ")}") == ["command ?"]
