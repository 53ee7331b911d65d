"""CEF: read by a parser that is not ours, and by the format's own rules; nothing in a value begins another field or event."""

from __future__ import annotations

import re

import pycef
import pytest
from hypothesis import given

from support.records import HOSTILE, record, texts
from web4_governance.app.exports import cef
from web4_governance.app.exports.cef import escaped, line
from web4_governance.app.exports.shown import shown
from web4_governance.core.value import replace

UNESCAPED = {"\\\\": "\\", "\\=": "=", "\\n": "\n", "\\r": "\r"}
HEADER = re.compile(r"CEF:0\|([^|\\]*)\|([^|\\]*)\|([^|\\]*)\|([^|\\]*)\|([^|\\]*)\|(\d+)\|(.*)")


def fields(text: str) -> dict[str, str]:
    """Read an extension by the rules of the format: a key, `=`, and all up to the next key; then the escapes."""
    begins = list(re.finditer(r"(?:^|(?<= ))([A-Za-z0-9]+)=", text))
    ends = [found.start() - 1 for found in begins[1:]] + [len(text)]
    raw = {found[1]: text[found.end() : end] for found, end in zip(begins, ends, strict=True)}
    return {
        key: re.sub(r"\\(.)", lambda found: UNESCAPED[found[0]], found, flags=re.DOTALL) for key, found in raw.items()
    }


def seen(text: str) -> str:
    """A value as a reader has it: ends of lines are the format's own, all else that steers is shown."""
    return "".join(char if char in "\n\r" else f"\\u{ord(char):04x}" if shown(char) != char else char for char in text)


@given(texts)
def test_each_value_reads_back(text: str) -> None:
    """By the rules of the format, to the letter."""
    whole = line(record(text))
    assert len(whole.splitlines()) == 1
    assert shown(whole) == whole
    found = HEADER.fullmatch(whole)
    assert found
    assert found.groups()[:2] == ("web4-governance", "web4-governance")
    assert found.groups()[3:6] == ("deny", "Tool call deny", "7")
    values = fields(found[7])
    wanted = {"cs1": text, "cs2": text, "cs3": text, "filePath": text, "msg": text, "reason": text}
    assert {key: values.get(key, "") for key in wanted} == {key: seen(cut) for key, cut in wanted.items()}
    assert (values["act"], values["outcome"], values["cn1"], values["cn1Label"]) == ("deny", "succeeded", "7", "place")


@given(texts)
def test_another_parser_reads_the_same_fields(text: str) -> None:
    """pycef takes no escape away, and gives a custom field by its label."""
    found = pycef.parse(line(record(text)))
    assert (found["CEFVersion"], found["DeviceEventClassID"], found["Severity"]) == ("0", "deny", "7")
    assert (found["act"], found["place"], found["leaf"]) == ("deny", "7", "ab" * 32)
    if text.strip():
        assert found["command"] == escaped(text, 4000)
        assert found["tool"] == escaped(text, 4000)


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_adds_a_field(text: str) -> None:
    """The keys are the same as those of a harmless one."""
    hostile, harmless = (HEADER.fullmatch(line(record(one))) for one in (text, "x"))
    assert hostile
    assert harmless
    assert fields(hostile[7]).keys() == fields(harmless[7]).keys()


def test_values_are_cut_to_what_their_field_may_have() -> None:
    """Before their escapes, so that no escape is cut in two."""
    assert escaped("=" * 100, 63) == "\\=" * 63
    assert len(fields(line(record("x" * 5000)).partition("|7|")[2])["msg"]) == 1023


@pytest.mark.parametrize(
    ("decision", "header"), [("", "|other|Tool call other|3|"), ("warn", "|warn|Tool call warn|4|")]
)
def test_the_header_is_made_of_words_of_ours(decision: str, header: str) -> None:
    """A decision that is none of them is `other`."""
    plain = record("x")
    odd = replace(plain, rules=replace(plain.rules, decision=decision), resource=type(plain.resource)())
    assert header in line(odd)
    assert "cn2" not in line(odd)


def test_a_batch_is_a_line_each() -> None:
    """In order."""
    data = cef.lines([record("a", place=1), record("b", place=2)]).decode()
    assert [fields(one.split("|7|")[1])["cn1"] for one in data.splitlines()] == ["1", "2"]
