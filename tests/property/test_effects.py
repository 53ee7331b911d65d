"""Whatever a host sends, deriving gives an action: bounded, with deeds, without an error."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from unit.effects.scenes import call, catalog
from web4_governance.core.action import Category, Effect
from web4_governance.core.effects.gathering import MAX_DEEDS
from web4_governance.core.effects.places import locate, scene
from web4_governance.core.effects.sql import statements
from web4_governance.core.effects.wildcard import matches, meets

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

WORDS = st.sampled_from(
    [
        *sorted(catalog().programs),
        "-c", "-e", "-f", "-rf", "--force", "-C", "-", "--", "-exec", "{}", "+", ";", "|", "&&", ">", "<", "<<E", "\nE\n", "$X", "$(", ")", "`",
        "'", '"', "~", "~/.web4", "/", "*", ".env", "..", "a=b", "of=/dev/sda", "https://u:p@h:1/x", "DROP TABLE t", "os.system('rm x')", "@", "[", "\\",
        "push", "delete", "reset", "--hard", "run", "web4", "install", "é", "\0",
    ]
)  # fmt: skip  # a bag of words
COMMANDS = st.lists(st.one_of(WORDS, st.text(max_size=6)), max_size=14).map(" ".join)
KEYS = st.one_of(
    st.sampled_from(
        [
            "command",
            "file_path",
            "path",
            "url",
            "pattern",
            "sql",
            "code",
            "patch",
            "glob",
            "cwd",
            "paths",
            "prompt",
            "source",
        ]
    ),
    st.text(max_size=5),
)
JSON: Any = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), COMMANDS),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(KEYS, inner, max_size=4)),
    max_leaves=8,
)
NAMES = (
    "Bash Read Write Edit Grep Glob LS WebFetch WebSearch Agent apply_patch TodoWrite shell mcp__a__run mcp__a__write_file "
    "mcp__ mcp____ nosuch write_stdin"
)
TOOLS = st.one_of(st.sampled_from(NAMES.split()), st.text(max_size=8))


@given(tool=TOOLS, given_=st.dictionaries(KEYS, JSON, max_size=4))
@settings(max_examples=400, deadline=None)
def test_any_call_has_deeds(tool: str, given_: Any) -> None:
    """Any tool name with any input gives between one deed and the limit, each with a category."""
    action = call(tool, given_)
    assert 1 <= len(action.deeds) <= MAX_DEEDS + 2
    assert all(deed.categories and set(deed.categories) <= set(Category) for deed in action.deeds)
    assert action.input == given_


@given(COMMANDS)
@settings(max_examples=400, deadline=None)
def test_any_command_can_be_read(command: str) -> None:
    """No shell text of the catalog's own words breaks the reading."""
    first = call("Bash", {"command": command})
    assert first == call("Bash", {"command": command})


@given(COMMANDS)
@settings(max_examples=150, deadline=None)
def test_the_gate_is_kept_behind_any_other_command(command: str) -> None:
    """Whatever is run before on a line of its own, the change of the gate's files is seen."""
    quiet = "".join(c for c in command if c.isalnum() or c in " -/.")
    found = call("Bash", {"command": f"echo {quiet}\nrm -rf /home/user/.web4"}).deeds
    assert Effect.SELF_TAMPER in [deed.effect for deed in found]


@given(st.text(), st.text(), st.booleans(), st.booleans())
def test_any_word_has_a_place(text: str, cwd: str, known: bool, glob: bool) -> None:
    """No word, however odd, is without a place."""
    target = locate(
        text, scene("/w/p", "/home/u", "/w/p"), cwd=cwd, known=known, glob=glob, literal=text[:3], shape=text
    )
    assert target.place
    assert target.exact is (known and not (glob and any(sign in text for sign in "*?[")))


@given(st.text(alphabet="ab*?", max_size=8), st.text(alphabet="ab", max_size=8))
def test_matching_is_meeting_a_plain_text(pattern: str, text: str) -> None:
    """The quick way and the whole way agree."""
    assert matches(pattern, text) is meets(pattern, text)


@given(st.text())
def test_any_text_can_be_read_as_statements(text: str) -> None:
    """No text breaks the reading of statements."""
    assert all(statement.effect for statement in statements(text))
