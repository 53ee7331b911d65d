"""What one glance rules out, the whole check does not say either."""

from __future__ import annotations

import json
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unit.effects.scenes import CWD, HOME, PROTECTED, catalog
from web4_governance.core.action import Effect
from web4_governance.core.effects import derive, inner, offers, script, shown, unsaid
from web4_governance.core.effects.glance import Glance
from web4_governance.core.effects.places import Scene, locate
from web4_governance.core.effects.protect import Protected
from web4_governance.core.shell.command import Command, known_word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.core.action import Action

CORPUS = os.path.join(os.path.dirname(__file__), "..", "..", "corpus")
FILES = sorted(name for name in os.listdir(CORPUS) if name.endswith(".jsonl"))
# What no case of the corpus has: the names and signs by which a check is asked, in plain words of plain programs.
PLAIN = (
    "list", "dotenv list", "sed -i s/a/b/ /etc/hosts", "python x.py --trust-remote-code", "agent --yolo", "vim +w!~/.web4/x",
    "less +!x~/.claude/settings.json", "tool -o/etc/web4/policy.json", "tool --log=~/.web4/x", "env VAR=1 tool", "yes > x",
    "ping 10.0.0.{}", "nc -l 0.0.0.0 80", "serve --host 0.0.0.0", "printenv API_KEY", "git -c core.hooksPath=/tmp/h commit",
    "python -m pip uninstall web4-governance", "pip3 install -r a.txt", "make CC='sh -c x'", "aws ssm send-command x",
    "rg -n password /etc", "grep -r token ~/.config", "journalctl --grep password", "cat x > ledger.lock", "echo x 9> .",
    "truncate table users", "update t set a=1", "sh -x .env", "node -p process.env.API_KEY", "python3 deploy.sh a",
    "curl --pager 'sh x' h", "export LLM_HOST=0.0.0.0", "web4 off", "xweb4 off", "tool web4 off", "tool a.web4/x", "tool -x.web4/y",
    "cd .claude && tool settings-x", "cd .claude/.. && tool settings.json", "tool managed-settings.json", "tool a/../.claude",
)  # fmt: skip  # one text a line says no more


class Unsure(Glance):
    """A glance that rules nothing out."""

    __slots__ = ()

    def __init__(self, command: Command) -> None:
        super().__init__(command)
        self.sure = False
        self.lowered += " web4 pip core.hookspath"


def texts(name: str) -> list[str]:
    if not name:
        return list(PLAIN)
    with open(os.path.join(CORPUS, name), encoding="utf-8") as file:
        return [str(case["run"]) for case in map(json.loads, file) if "run" in case]


def action(text: str, kept: Protected) -> Action:
    return derive(
        "Bash", {"command": text}, agent="claude-code", cwd=CWD, home=HOME, project=CWD, protected=kept, catalog=catalog()
    )  # fmt: skip


@pytest.mark.parametrize("name", ["", *FILES])
def test_what_a_glance_rules_out_no_check_says(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each text comes to the same deeds where every check looks for itself."""
    wanted = texts(name)
    glanced = [action(text, PROTECTED) for text in wanted]
    monkeypatch.setattr(script, "Glance", Unsure)
    monkeypatch.setattr(offers, "may_tell", lambda *_given, **_named: True)
    monkeypatch.setattr(shown, "may_show", lambda _command: True)
    monkeypatch.setattr(inner, "may_hold", lambda *_given: True)
    monkeypatch.setattr(unsaid, "may_put_out", lambda _glance: True)
    looked = Protected(paths=PROTECTED.paths)  # another one: nothing is taken from what is kept of the same text
    whole = [action(text, looked) for text in wanted]
    assert [text for text, one, other in zip(wanted, glanced, whole, strict=True) if one != other] == []


@given(st.text(alphabet="ab-/~.=:, x", max_size=12))
def test_a_word_that_does_not_reach_has_no_piece_that_is_a_path(text: str) -> None:
    """`reaching` is asked in the place of all pieces of all words."""
    glance = Glance(Command(words=(known_word("tool"), known_word(text)), cwd=CWD))
    reaches = any(piece[:1] in ("/", "~", ".") for piece in unsaid.pieces(text, known=True))
    assert glance.reaching or not reaches


@given(
    st.lists(
        st.sampled_from(["a", ".", "..", "-", "web4", ".web4", ".claude", "settings.json", "/", "x.py"]), max_size=6
    )
)
def test_words_that_are_far_name_nothing_that_is_kept(parts: list[str]) -> None:
    """Told of all words at once, it is what each of them is asked one by one."""
    text = "".join(parts)
    glance = Glance(Command(words=(known_word("tool"), known_word(text)), cwd=CWD))
    if PROTECTED.around(CWD) == "apart" and PROTECTED.are_far(glance):
        where = locate(text, Scene(cwd=CWD, home=HOME, project=CWD), cwd=CWD)
        assert not PROTECTED.holds(where)
        assert not PROTECTED.directory(where)
        assert not PROTECTED.named_in(text)


@pytest.mark.parametrize(
    ("cwd", "lies"),
    [
        (f"{HOME}/.web4/audit", "inside"),
        ("/somewhere/.web4/x", "near"),
        (f"{HOME}/.claude", "beside"),
        ("/proc/self/cwd", "beside"),
        (CWD, "apart"),
    ],
)
def test_a_directory_lies_in_near_beside_or_apart(cwd: str, lies: str) -> None:
    """What is asked of words depends on where they are seen from."""
    assert PROTECTED.around(cwd) == lies
    assert PROTECTED.around(cwd) == lies  # kept of the last one


def test_a_gate_of_another_name_is_found_by_that_name() -> None:
    """The names of the gate's programs are the caller's to say."""
    kept = Protected(paths=PROTECTED.paths, programs=("web4", "warden"))
    assert Effect.SELF_TAMPER in {deed.effect for deed in action("warden off", kept).deeds}
    assert Effect.SELF_TAMPER not in {deed.effect for deed in action("warden off", PROTECTED).deeds}
