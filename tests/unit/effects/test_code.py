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
    """`python -c "$X"` may be anything."""
    assert "opaque" in effects('python3 -c "$X"')


def test_code_that_is_too_much_to_read_is_opaque() -> None:
    """Padding does not hide the last call."""
    rows: Any = ({"calls": ["f("], "effect": "file.delete", "takes": "path"},)
    assert [found.effect for found in calls("a" * (MAX_TEXT + 1), rows)] == [Effect.OPAQUE]
    assert [found.effect for found in calls("f('a');" * (MAX_FOUND + 5), rows)][-1] is Effect.OPAQUE


def test_a_row_of_calls_without_an_effect_is_opaque() -> None:
    """A pack's misspelled effect is the careful one."""
    rows: Any = ({"calls": "f(", "effect": "x"},)
    assert [found.effect for found in calls("f()", rows)] == [Effect.OPAQUE]
