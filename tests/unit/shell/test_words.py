"""Words come out as the shell would give them to the program."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from unit.shell.reading import CWD, HOME, argvs, lines, only, read
from web4_governance.core.shell import parse
from web4_governance.core.shell.command import Word
from web4_governance.core.shell.pattern import trimmed

SPELLINGS = [
    "rm -rf x",
    "  rm\t-rf   x  ",
    "r''m -r'f' x",
    'r""m "-rf" "x"',
    "\\rm -r\\f \\x",
    "$'rm' $'\\x2drf' $'\\170'",
    '$"rm" -rf x',
    "r\\\nm -rf \\\n x",
    "rm -rf \\\nx",
    "'rm' '-rf' x # and a comment; ls",
    "X=rm; $X -rf x",
    "X='rm -rf'; $X x",
    "F=-rf; rm ${F} x",
    "F=-r; F+=f; rm $F x",
    "a=(rm -rf x); ${a[@]}",
    'a=(rm -rf x); "${a[@]}"',
    "a=(rm # it's\n -rf x); ${a[*]}",
    'a=(rm); a+=(-rf x); "${a[@]}"',
    "a=(rm -rf); ${a[0]} ${a[1]} x",
    "a=([0]=rm [1]=-rf); $a ${a[1]} x",
    "a=(y rm); ${a[-1]} -rf x",
    "a=rm; ${a[0]} -rf x",
    "rm${IFS}-rf${IFS}x",
    "IFS=,; X=rm,-rf,x; $X",
    "{rm,-rf,x}",
    "rm {-rf,x}",
    "$(echo rm) -rf x",
    "`echo rm` -rf x",
    "$(printf '%s' rm) -rf $(printf x)",
    "$(printf 'r%s' m) -rf $(printf '%b' '\\170')",
    "rm -rf $(echo -n x)",
    "rm -rf $(echo $(echo x))",
    'rm -rf "$(echo "$(echo x)")"',
    "$(basename /bin/rm) -rf x",
    "$(command -v rm) -rf x",
    "rm -rf $(basename a/x.c .c)",
    "rm -rf $(cat <<< x)",
    "export F=-rf; rm $F x",
    'set -- -rf x; rm "$@"',
    "set -- -rf x; rm $*",
    "set -- -rf x; rm $1 ${2}",
    "set -e -o pipefail rm -rf x; $@",
    "set -- a -rf x; shift; rm $@",
    "set -- a b -rf x; shift 2; rm $@",
    'f() { rm -rf "$1"; }; f x',
    'f() { rm "$@"; }; f -rf x',
    "function f { rm -rf x; }; f",
    "read -r a b <<< 'rm -rf'; $a $b x",
    "read a <<< 'rm -rf x'; $a",
    "printf -v X %s rm; $X -rf x",
    "x=y; y=rm; ${!x} -rf x",
    "X=RM; ${X,,} -rf x",
    "X=Rm; ${X,} -rf x",
    "X=mrm; ${X#m} -rf x",
    "X=rm.exe; ${X%.exe} -rf x",
    "X=a/b/rm; ${X##*/} -rf x",
    "X=rm.a.b; ${X%%.*} -rf x",
    "X=rxx; ${X/xx/m} -rf x",
    "X=aramaa; ${X//a/} -rf x",
    "X=arm; ${X/#a/} -rf x",
    "X=rma; ${X/%a/} -rf x",
    "X=xrmx; ${X:1:2} -rf x",
    "X=xrm; ${X:1} -rf x",
    "X=xrm; ${X: -2} -rf x",
    "X=rmxx; ${X:0:-2} -rf x",
    "Y=x; rm -rf ${Y:+$Y}",
    "Y=x; rm -rf ${Y:-z}",
    "Y=x; rm -rf ${Y-z}",
    "Y=x; rm -rf ${Y:?no}",
    "Y=; rm -rf ${Y:-x}",
    "Y=; rm -rf ${Y}x",
    "Y=; rm -rf $Y x",
    "Y=; rm -rf ${Y:=x}",
    "Y=; : ${Y:=x}; rm -rf $Y",
    "unset Y; rm -rf ${Y:-x}",
    "X=(); rm -rf ${X[0]} ${X[@]:-x}",
    "eval rm -rf x",
    "eval 'rm -rf' x",
    "eval -- 'rm -rf x'",
    "X=1 Y=2 rm -rf x",
    ">/dev/null rm -rf x",
    "rm 2>&1 -rf >/dev/null x",
    "{ rm -rf x; }",
    "(rm -rf x)",
    "( ( rm -rf x ) )",
    "((rm -rf x) )",
    "if :; then rm -rf x; fi",
    "! rm -rf x",
    "true && rm -rf x",
    "false || rm -rf x",
    "while rm -rf x; do break; done",
    "until rm -rf x\ndo :\ndone",
    "rm -rf x &",
    "rm -rf x;",
    "\n\nrm -rf x\n\n",
    "i\\\nf :; then rm -rf x; fi",
    "$\\\n(echo rm) -rf x",
    "$'\\u0072m' -rf $'x\\0y'",
]


@pytest.mark.parametrize("text", SPELLINGS)
def test_every_spelling_of_one_command_is_that_command(text: str) -> None:
    """Quotes, escapes, variables, arrays, substitutions and functions are seen through."""
    assert [argv for argv in argvs(text) if argv[0] == "rm"] == [("rm", "-rf", "x")]
    assert read(text).opaque == ()


ROWS: list[tuple[str, list[str]]] = [
    ("p 'a b' \"c d\" e\\ f", ["a b", "c d", "e f"]),
    ("p '' \"\" x", ["", "", "x"]),
    ("p a'b'\"c\"d", ["abcd"]),
    ('p "a\\"b" "a\\$b" "a\\nb" "a\\\\b" "a\\`b"', ['a"b', "a$b", "a\\nb", "a\\b", "a`b"]),
    ("p 'a\\'b", ["a\\b"]),
    ("p $'a\\nb\\t\\\\\\'\\\"\\e\\cA\\q'", ["a\nb\t\\'\"\x1b\x01\\q"]),
    ("p $'\\x' $'\\101\\1012'", ["\\x", "AA2"]),
    ("p $'abc' \"$'abc'\"", ["abc", "$'abc'"]),
    ("p a#b '#' \\#c", ["a#b", "#", "#c"]),
    ('p $ a$ $% "$" $', ["$", "a$", "$%", "$", "$"]),
    ("p \\", ["\\"]),
    ("p {a,b}{c,d}", ["ac", "ad", "bc", "bd"]),
    (
        "p {1..3} {3..1} {01..3} {-1..1} {a..e..2} {1..5..2}",
        ["1", "2", "3", "3", "2", "1", "01", "02", "03", "-1", "0", "1", "a", "c", "e", "1", "3", "5"],
    ),
    ("p x{,y} {a,{b,c}} {{a,b},c}", ["x", "xy", "a", "b", "c", "a", "b", "c"]),
    (
        "p {a} {} {a,b \\{a,b} '{a,b}' {a'b,c'} a,b} {1..} {1..x} {..} {1..2..3..4}",
        ["{a}", "{}", "{a,b", "{a,b}", "{a,b}", "{ab,c}", "a,b}", "{1..}", "{1..x}", "{..}", "{1..2..3..4}"],
    ),
    ("V=1; p {$V,2}${V}{3,4} ${V}{,}", ["113", "114", "213", "214", "1", "1"]),
    ("p {a,'b c'} \"{a,b}\"", ["a", "b c", "{a,b}"]),
    ("p ~ ~/x a~ '~' \"~\" \\~ x~/y", [HOME, HOME + "/x", "a~", "~", "~", "~", "x~/y"]),
    ("p X=~/a --f=~/a", [f"X={HOME}/a", "--f=~/a"]),
    ("X=~/a:~/b:c~; p $X", [f"{HOME}/a:{HOME}/b:c~"]),
    ("p ~\"x\" ~'y' ~\\z", ["~x", "~y", "~z"]),
    ("X=a~b:~'c'; p $X", ["a~b:~c"]),
    ("p ~+ ~+/x $PWD", [CWD, CWD + "/x", CWD]),
    ("cd /x; p ~- $OLDPWD $PWD", [CWD, CWD, "/x"]),
    ("HOME=/h; p ~ ~/x $HOME", ["/h", "/h/x", "/h"]),
    ('V="a  b"; p $V "$V" x$V"y"', ["a", "b", "a  b", "xa", "by"]),
    ("V=' a '; p x$V$V y", ["x", "a", "a", "y"]),
    ("IFS=:; V=a::b:; p $V", ["a", "", "b"]),
    ("IFS=' :'; V='a : b'; p $V", ["a", "b"]),
    ("IFS=; V='a b'; p $V", ["a b"]),
    (
        'a=(x "y z"); p "${a[@]}" "${a[*]}" ${#a[@]} ${a[1]} "${a[1]}" ${a[9]}',
        ["x", "y z", "x y z", "2", "y", "z", "y z"],
    ),
    ('a=(x "y z"); p "q${a[@]}r"', ["qx", "y zr"]),
    ('set -- "b c" d; p $# "$@" "$*" "$1" "$3" $2', ["2", "b c", "d", "b c d", "b c", "", "d"]),
    ('set --; p "$@" "$*" x', ["", "x"]),
    ('a=(); p "${a[@]}" x', ["x"]),
    (
        "X=abc; p ${#X} ${X^} ${X^^} ${X:1:1} ${X/b/-} ${X/z/-} ${X%%z} ${X##z}",
        ["3", "Abc", "ABC", "b", "a-c", "abc", "abc", "abc"],
    ),
    (
        "X=a.b.c; p ${X%.*} ${X%%.*} ${X#*.} ${X##*.} ${X//./-} ${X//[a-b]/_} ${X/%.?/} ${X/#?./}",
        ["a.b", "a", "b.c", "c", "a-b-c", "_._.c", "a.b", "b.c"],
    ),
    ("X='a*b'; p ${X%\\**} \"${X/\\*/-}\"", ["a", "a-b"]),
    ("X=x1y; p ${X//[!0-9]/} ${X//[^a-z]/}", ["1", "xy"]),
    ("X=ab; p ${X/[/q} ${X/a]/q}", ["ab", "ab"]),
    ('p "a\\\nb" "`echo c`" `echo \\`echo d\\`` "`echo \\"e f\\"`"', ["ab", "c", "d", "e f"]),
    ("p $((3)) $(( 4 )) $[5]", ["3", "4", "5"]),
    ('p "$(echo \'a)b\')" $(echo ")")', ["a)b", ")"]),
    ("p $(echo 'a  b') \"$(echo 'a  b')\"", ["a", "b", "a  b"]),
    (
        "p $(pwd) $(pwd -L) $(dirname /a/b) $(dirname a) $(dirname /) $(basename /a/b/) $(basename /)",
        [CWD, CWD, "/a", ".", "/", "b", "/"],
    ),
    ("p $(printf '%s-%d%%' a 1) $(printf '%s\\n' a b) $(printf -- x)", ["a-1%", "a", "b", "x"]),
    ("p $(echo -e 'a\\x41\\0101') $(echo -E 'a') $(echo -ne b) $(echo -x)", ["aAA", "a", "b", "-x"]),
    ("p if then { } ! [[ [ ] case", ["if", "then", "{", "}", "!", "[[", "[", "]", "case"]),
    ("p 2 3>x 4 x5 >y", ["2", "4", "x5"]),
    ("p {fd}>x {a}b", ["{a}b"]),
    ("p é ü'ö' 日本", ["é", "üö", "日本"]),
    ("X=$'a\\nb'; p \"$X\"", ["a\nb"]),
    ('p "${Q:-\'a b\'}" ${R:-\'c d\'} "${S:-"e"}"', ["'a b'", "c d", "e"]),
]


@pytest.mark.parametrize(("text", "words"), ROWS)
def test_words_are_what_the_program_gets(text: str, words: list[str]) -> None:
    """Each row is what a real bash gives to the program."""
    argv = next(argv for argv in argvs(text) if argv[0] == "p")
    assert list(argv[1:]) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("p $'\\ud800' $'\\U110000'", ["\ufffd", "\ufffd"]),
        ("p $[5 x", ["$[5", "x"]),
        ("p $(command -v rm) $(which rm)", ["rm", "rm"]),
    ],
)
def test_words_where_shells_differ_or_the_machine_matters(text: str, words: list[str]) -> None:
    """Characters that are none are replaced, and a path that is looked up is only its name."""
    assert list(argvs(text)[-1][1:]) == words


BASH = shutil.which("bash")
# rows that a directory of the machine would have to be made for
ANYWHERE = [text for text, words in ROWS if "cd " not in text and not {CWD, CWD + "/x"} & {*words}]


@pytest.mark.skipif(
    BASH is None or b"version 5" not in subprocess.check_output([BASH, "--version"]), reason="needs bash 5"
)
@pytest.mark.parametrize("text", [*ANYWHERE, *(text for text in SPELLINGS if "command -v" not in text)])
def test_a_real_bash_gives_the_program_the_same_words(text: str, tmp_path: Path) -> None:
    """The rows above are not our opinion."""
    note = 'command_not_found_handle() { [[ $1 == [pr]* ]] && printf \'%s\\0\' "$#" "$@" >&9; }; exec 9>&1 >/dev/null\n'
    for name in ("basename", "cat", "dirname"):
        (tmp_path / name).symlink_to(shutil.which(name) or name)
    told = subprocess.run(
        [BASH or "", "-c", note + 'eval "$TEXT"'],
        env={"HOME": HOME, "PATH": f"{tmp_path}", "TEXT": text},
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    parts = told.stdout.decode().split("\0")
    expected = next(argv for argv in argvs(text) if argv[0] in ("p", "rm"))
    assert parts[0] == str(len(expected))
    assert parts[1 : 1 + len(expected)] == list(expected)


@pytest.mark.parametrize(
    ("text", "literal", "shape"),
    [
        ("p $X", "", "${_}"),
        ('p "a/$X/b"', "a/", "a/${_}/b"),
        ("p ~/$X", HOME + "/", HOME + "/${_}"),
        ("p ~bob/x", "", "${_}/x"),
        ("p pre$(cmd)post", "pre", "pre${_}post"),
        ("p pre`cmd`", "pre", "pre${_}"),
        ("p <(cmd)", "", "${_}"),
        ("p x$((1+1))", "x", "x${_}"),
        ("p $((010))", "", "${_}"),
        ("p $(basename -a x)", "", "${_}"),
        ("p $(dirname a b)", "", "${_}"),
        ('D=/tmp/$X; p "$D/y"', "/tmp/", "/tmp/${_}/y"),
        ("p $1 ", "", "${_}"),
        ("p $?", "", "${_}"),
        ("p ${X%/}", "", "${_}"),
        ("p ${X/a/b}", "", "${_}"),
        ("p ${X:1}", "", "${_}"),
        ("p ${#X}", "", "${_}"),
        ("p ${!X}", "", "${_}"),
        ("x=Y; p ${!x}", "", "${_}"),
        ("x=a; p ${!x@}", "", "${_}"),
        ("x=a; p ${x@Q}", "", "${_}"),
        ("x=a; p ${x:h}", "", "${_}"),
        ("x=a; p ${x%$Y}", "", "${_}"),
        ("x=a; p ${x/$Y/}", "", "${_}"),
        ("x=a; p ${x/}", "", "${_}"),
        ("p ${}", "", "${_}"),
        ("a=(x y); p ${a[$i]}", "", "${_}"),
        ("declare -A a; a[k]=v; p ${a[k]}", "", "${_}"),
        ("p ${X[1]}", "", "${_}"),
        ("set -- $X b; p $2", "", "${_}"),
        ("set -- $X b; p ${#1}", "", "${_}"),
        ("p $0", "", "${_}"),
        ("p $#", "", "${_}"),
        ('p "$*"', "", "${_}"),
        ('set -- a $X; p "$*"', "a ", "${_}"),
        ("IFS=$X; Y=a; p $Y", "", "${_}"),
        ("p x$X{", "x", "x${_}{"),
        ("read X; p $X", "", "${_}"),
        ("read -a X; p ${X[0]}", "", "${_}"),
        ("mapfile X; p ${X[0]}", "", "${_}"),
        ('readarray -t X < f; p "${X[@]}"', "", "${_}"),
        ("X=1; let X=2; p $X", "", "${_}"),
        ("X=1; (( X = 2 )); p $X", "", "${_}"),
        ("X=1; getopts ab X; p $X", "", "${_}"),
        ("X=1; source f; p $X", "", "${_}"),
        ("X=1; . f; p $X", "", "${_}"),
        ("X=a; X+=$Y; p $X", "a", "${_}"),
        ("X=$Y; X+=b; p $X", "", "${_}"),
        ("printf -v X %q $Y; p $X", "", "${_}"),
        ("cd $Q; p $PWD", "", "${_}"),
    ],
)
def test_what_cannot_be_known_keeps_its_certain_beginning_and_its_shape(text: str, literal: str, shape: str) -> None:
    """A reader still sees where an unknown path begins, and what is around the unknown part."""
    word = [command for command in read(text).commands if command.program == "p"][-1].words[1]
    assert not word.known
    assert (word.literal, word.shape) == (literal, shape)


def test_an_unknown_word_shows_its_source() -> None:
    """`text` is the raw source where the word is not known."""
    assert only('p "$X"/y').words[1] == Word(text='"$X"/y', known=False, literal="", shape="${_}/y")


def test_an_unset_variable_is_not_assumed_to_be_empty() -> None:
    """`rm -rf $X/` must not be read as `rm -rf /`, nor as harmless."""
    assert lines("rm -rf $X/") == ["rm -rf ?"]


@pytest.mark.parametrize(
    ("text", "both"),
    [
        ("p ${TMPDIR:-/d}", ["p /d", "p ?"]),
        ("p ${TMPDIR-/d}", ["p /d", "p ?"]),
        ("p ${TMPDIR:=/d} $TMPDIR", ["p /d /d", "p ? ?"]),
        ("source x.sh; p ${X:-/d}", ["source x.sh", "p /d", "p ?"]),
        ("read X; p ${X:-/d}", ["read X", "p /d", "p ?"]),
        ("export $(cat a); p ${X:-/d}", ["cat a", "export ?", "p /d", "p ?"]),
        ("p ${X:+/d}", ["p", "p /d"]),
        ('p "${X:+/d}"', ["p ", "p /d"]),
        ("p ${X:?oh}", ["p ?"]),
        ('p "${@:-d}"', ["p d", "p ?"]),
    ],
)
def test_a_default_of_an_unknown_variable_is_one_of_two_possibilities(text: str, both: list[str]) -> None:
    """The default may be what runs, so it is listed beside the unknown."""
    assert lines(text) == both


@pytest.mark.parametrize(
    ("text", "expected"), [("p ${X:-/d}", ["p /d"]), ("p ${X-/d} $X", ["p /d ?"]), ("p ${X:=/d} $X", ["p /d /d"])]
)
def test_a_default_of_a_name_that_is_set_nowhere_is_what_is_meant(text: str, expected: list[str]) -> None:
    """`rm -rf "${BUILD_DIR:-build}"` is about `build`."""
    assert lines(text) == expected


def test_only_variables_of_the_given_environment_are_known() -> None:
    """Nothing is taken from the real environment."""
    assert lines("p $A $PATH $USER", env={"A": "1"}) == ["p 1 ? ?"]


def test_a_value_with_a_certain_beginning_is_there() -> None:
    """`${X:-d}` of a value that begins with something cannot be empty."""
    assert lines("X=/a/$Y; p ${X:-d}") == ["p ?"]


@pytest.mark.parametrize(
    ("text", "glob", "literal"),
    [
        ("p *.txt", True, ""),
        ("p a/b*/c?", True, "a/b"),
        ("p x[ab]y", True, "x"),
        ("p [", False, "["),
        ("p a]b[", False, "a]b["),
        ("p []", False, "[]"),
        ("p '*' ", False, "*"),
        ("p \\*", False, "*"),
        ('p "a*"', False, "a*"),
        ("X='*'; p a$X", True, "a"),
        ("X='*'; p \"a$X\"", False, "a*"),
        ("for f in b*; do p $f; done", True, "b"),
        ('for f in b*; do p "a$f"; done', True, "ab"),
        ("p @(a|b)", True, "@"),
        ("p $X*", True, ""),
        ("p a*$X", True, "a"),
    ],
)
def test_a_glob_is_flagged_and_ends_the_certain_beginning(text: str, glob: bool, literal: str) -> None:
    """File names are not expanded; a quoted star is no glob."""
    word = [command for command in read(text).commands if command.program == "p"][-1].words[1]
    assert (word.glob, word.literal) == (glob, literal)


@pytest.mark.parametrize(
    "text",
    [
        "p {1..300}",
        "p {1..99}{1..99}",
        "p " + "{a,b}" * 60,
        "p " + "{" * 70,
        'a=({1..250} {1..250} {1..250} {1..250} {1..250}); p "${a[@]}"',
        "a=({1..250}); b=(${a[@]} ${a[@]}); p {1..3}${b[@]}",
    ],
)
def test_too_many_words_are_one_unknown_word_and_a_reason(text: str) -> None:
    """What a bound takes away is said."""
    script = read(text)
    assert "too many words" in script.opaque
    assert script.commands[-1].argv == ("p", None)


def test_braces_in_quotes_do_not_count_as_braces() -> None:
    """A long JSON text is one word."""
    text = "p '" + '{"a":' * 100 + "1" + "}" * 100 + "'"
    assert read(text).opaque == ()
    assert None not in only(text).argv


def test_text_that_doubles_itself_is_cut() -> None:
    """Doubling sixty times gives an unknown word, not a full memory."""
    script = read("X=aa;" + "X=$X$X;" * 60 + 'p "$X"')
    word = script.commands[-1].words[1]
    assert not word.known
    assert len(word.literal) <= 65536
    assert len(word.shape) <= 70000


def test_patterns_that_take_long_are_not_tried() -> None:
    """A pattern of many stars over a long text is unknown; a plain one is not."""
    long = "X=" + "ab" * 900 + "; "
    assert lines(long + "p ${X//*a*b*a*b*c/} ${X##*a*b*c}")[-1] == "p ? ?"
    assert lines(long + "p ${X//ab/}y ${X%ab} ${X#ab}")[-1] == "p y " + "ab" * 899 + " " + "ab" * 899
    assert lines("X=" + "a" * 2000 + "; Y=$X; p ${X//a/$Y}")[-1] == "p ?"


def test_a_range_of_characters_is_taken_off_as_the_shell_does() -> None:
    """`[a-b]`, alone and negated, and a plain default inside double quotes."""
    assert trimmed("bcd", "[a-b]", end=False, longest=False) == "cd"
    assert trimmed("bcd", "[ab]", end=False, longest=False) == "cd"
    assert trimmed("bcd", "[!a-b]", end=False, longest=False) == "bcd"
    said = [command.argv for command in parse('p "${X:-abc}" "a ${Y:-d e} f"', cwd="/w", home="/h").commands]
    assert ("p", "abc", "a d e f") in said


def test_a_default_whose_quotes_end_alike_in_every_shell_is_read() -> None:
    """A balanced pair inside double quotes, beside something that needs the grammar."""
    script = parse("""p "${X:-a'b'c}" "${X:-${Z:-'d'}}" && { q "${Y:-plain}"; }""", cwd="/w", home="/h")
    assert "cannot be parsed" not in script.opaque
    assert {command.program for command in script.commands} == {"p", "q"}


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("mktemp -d", "/tmp/tmp.XXXXXXXXXX"),
        ("mktemp", "/tmp/tmp.XXXXXXXXXX"),
        ("mktemp /tmp/a.XXX", "/tmp/a.XXX"),
        ("mktemp -t a.XXX", "/tmp/a.XXX"),
        ("mktemp a.XXX", "a.XXX"),
        ("mktemp -p / a.XXX", None),
        ("mktemp --tmpdir=/ a.XXX", None),
        ("mktemp $X", None),
        ("nice mktemp", "/tmp/tmp.XXXXXXXXXX"),
    ],
)
def test_what_mktemp_prints_is_known_but_for_the_letters_that_it_draws(text: str, printed: str | None) -> None:
    """So what is made there and taken away again is below the temporary directory."""
    assert read(f'p "$({text})"').commands[-1].argv == ("p", printed)
