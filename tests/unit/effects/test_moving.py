"""Code that goes to another directory takes its relative names with it."""

from __future__ import annotations

import pytest

from unit.effects.scenes import CWD, bash, call, effects
from web4_governance.core.action import Effect


def _written(command: str) -> set[str]:
    return {d.target.resolved for d in bash(command).deeds if d.target and d.effect is Effect.FILE_WRITE}


@pytest.mark.parametrize(
    ("code", "want"),
    [
        ("import os; os.chdir('/a'); open('b','w')", {"/a/b"}),
        ("import os; open('b','w'); os.chdir('/a')", {f"{CWD}/b"}),
        ("import os; os.chdir('/a'); os.chdir('c'); open('b','w')", {"/a/c/b"}),
        ("import os; os.chdir('/a'); open('/d/b','w')", {"/d/b"}),
        ("import os; os.system('echo x > b'); os.chdir('/a'); os.system('echo x > b')", {f"{CWD}/b", "/a/b"}),
        ("import subprocess; subprocess.run('echo x > b', shell=True, cwd='/a')", {"/a/b"}),
        ("open('{}/{}'.format('a','b'),'w')", {f"{CWD}/a/b"}),
        ("open('{1}/{0}'.format('a','b'),'w')", {f"{CWD}/b/a"}),
        ("open('%s/%s' % ('a', 'b'),'w')", {f"{CWD}/a/b"}),
        ("import os; open('a'+os.sep+'b','w')", {f"{CWD}/a/b"}),
        ("open('/'.join(['a','b']),'w')", {f"{CWD}/a/b"}),
        ("d='a'; open(f'{d}/b','w')", {f"{CWD}/a/b"}),
        ("open(f'{d}/b','w')", set()),
        ("open('{}/{}'.format('a', n),'w')", set()),
        ("open('%s/b' % n,'w')", set()),
        ("open('/'.join(parts),'w')", set()),
    ],
)
def test_a_name_is_read_from_where_the_code_is(code: str, want: set[str]) -> None:
    """In the order in which the calls stand; a part that is not known makes the whole unknown."""
    assert _written(f'python3 -c "{code}"') == want


def test_a_directory_that_cannot_be_told_hides_only_the_gates_names() -> None:
    """Other names in it are nobody's secret."""
    assert "opaque" in effects("python3 -c \"import os; os.chdir(d); open('settings.json','w')\"")
    assert "opaque" not in effects("python3 -c \"import os; os.chdir(d); open('notes','w')\"")


def test_a_shell_that_went_to_a_glob_may_be_where_the_gate_keeps_its_files() -> None:
    """By a name of the gate's, by a glob, or by any name in what may be its home."""
    assert "self.tamper" in effects("cd ~/.w*; echo x > anything")
    assert "self.tamper" in effects("cd ~/.cl* && rm -f *.json")
    assert "self.tamper" not in effects("cd ~/.cl* && echo x > notes")
    assert "self.tamper" not in effects("cd src/* && echo x > settings.json")


def test_another_machines_directory_is_none_of_the_shells() -> None:
    """What runs elsewhere has no directory that is known, and need not have gone anywhere."""
    assert "opaque" not in effects("ssh host 'echo x > settings.json'")


def test_a_command_of_a_server_that_goes_elsewhere_is_read_alike() -> None:
    """The same text by another tool."""
    assert any(d.effect is Effect.SELF_TAMPER for d in call("mcp__x__run", {"command": "cd ~/.w*; rm a"}).deeds)
