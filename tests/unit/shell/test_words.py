"""Words come out as the shell would give them to the program."""

from __future__ import annotations

import pytest
from unit.shell.reading import HOME, argvs, lines, only, read

from web4_governance.core.shell.command import Word

RM = [("rm", "-rf", "x")]

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
    "a=(rm -rf x); \"${a[@]}\"",
    "a=(rm); a+=(-rf x); \"${a[@]}\"",
    "a=(rm -rf); ${a[0]} ${a[1]} x",
    "a=(y rm); ${a[-1]} -rf x",
    "a=rm; ${a[0]} -rf x",
    "rm${IFS}-rf${IFS}x",
    "IFS=,; X=rm,-rf,x; $X",
    "{rm,-rf,x}",
    "rm -{r,}f x && false" if False else "rm -rf {x,}" if False else "rm {-rf,x}",
    "$(echo rm) -rf x",
    "`echo rm` -rf x",
    "$(printf '%s' rm) -rf $(printf x)",
    "$(printf 'r%s' m) -rf $(printf '%b' '\\170')",
    "rm -rf $(echo -n x)",
    "rm -rf $(echo $(echo x))",
    "$(which rm) -rf x" if False else "$(basename /bin/rm) -rf x",
    "$(command -v rm) -rf x",
    "rm -rf $(basename a/x.c .c)",
    "export F=-rf; rm $F x",
    "set -- -rf x; rm \"$@\"",
    "set -- -rf x; rm $*",
    "set -- -rf x; rm $1 ${2}",
    "set -- a -rf x; shift; rm $@",
    "f() { rm -rf \"$1\"; }; f x",
    "f() { rm \"$@\"; }; f -rf x",
    "function f { rm -rf x; }; f",
    "read -r a b <<< 'rm -rf'; $a $b x",
    "printf -v X %s rm; $X -rf x",
    "x=y; y=rm; ${!x} -rf x",
    "X=XRM; ${X,,} x" if False else "X=RM; ${X,,} -rf x",
    "X=rM; ${X,,} -rf x",
    "X=mrm; ${X#m} -rf x",
    "X=rm.exe; ${X%.exe} -rf x",
    "X=a/rm; ${X##*/} -rf x",
    "X=rxx; ${X/xx/m} -rf x",
    "X=xrmx; ${X:1:2} -rf x",
    "rm -rf ${#Y}" if False else "rm -rf ${Z:+}x" if False else "Y=x; rm -rf ${Y:+$Y}",
    "eval rm -rf x",
    "eval 'rm -rf' x",
    "eval -- 'rm -rf x'",
]


def final(text: str) -> tuple[str | None, ...]:
    """Give the last command whose program is not of the scaffolding around it."""
    return argvs(text)[-1]


@pytest.mark.parametrize("text", SPELLINGS)
def test_every_spelling_of_one_command_is_that_command(text: str) -> None:
    """Quotes, escapes, variables, arrays, substitutions and functions are seen through."""
    assert final(text) == ("rm", "-rf", "x")
    assert read(text).opaque == ()
