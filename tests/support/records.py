"""Records for tests of exports: one that says a text wherever it can, and texts that try to be something else."""

from __future__ import annotations

from hypothesis import strategies as st

from web4_governance.core.record.r6 import DeedRecord, Record, Reference, Request, Resource, Result, Role, Rules

HOSTILE = (
    "<script>alert(1)</script>",
    "\x1b[2J\x1b]0;owned\x07",
    "\x9b31mred",
    "\u202egnp.exe\u202c \u2066a\u2069",
    "one\ntwo\r\nthree\u2028four\u2029five\x85six\x0bseven\x0ceight",
    '=HYPERLINK("http://x","y")',
    " =1+1",
    "+1",
    "-1+cmd|' /C calc'!A0",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\uff1d1",
    "a|b=c\\d\\|e\\=f",
    "x\nCEF:0|a|b|c|d|e|9|act=allow",
    "2026-11-01 root: accepted\n",
    "'; DROP TABLE x; --",
    '","quoted""',
    "\\",
    "trailing \\",
    "\x00nul",
    "\ufeffbom",
    "\U0001f600 \u00e9",
    "%n%s{{7*7}}${jndi:ldap://x}",
)
# Any text that an entry can hold, and the hostile ones more often.
texts = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
    st.builds("".join, st.lists(st.sampled_from([*HOSTILE, "|", "=", "\\", "\n", "\r", " ", '"', ","]), max_size=5)),
)


def record(
    text: str, *, place: int = 7, tool: str = "", effect: str = "file.read", status: str = "succeeded"
) -> Record:
    """Give a record with the text in every field that takes one."""
    deed = DeedRecord(effect=effect, target=text, resolved=text, decision="deny", rules=(text,), argv=(text,), why=text)
    return Record(
        id="ab" * 32,
        ts=1_795_000_000_123_456,
        session=text,
        rules=Rules(
            policy=text,
            mode="enforce",
            decision="deny",
            answer="deny",
            matched=(text,),
            reasons=(text,),
            advice=text,
            errors=(text,),
        ),
        role=Role(agent=text, session=text, agent_id=text, agent_type=text, model=text, permission_mode=text),
        request=Request(
            tool=tool or text,
            call=text,
            categories=("file_read",),
            deeds=(deed,),
            input={"command": text},
            cwd=text,
            project=text,
            prompt=text,
            words=text,
        ),
        reference=Reference(idx=place, seq=3, prev="cd" * 32, intent="ab" * 32, outcome="ef" * 32),
        resource=Resource(input_bytes=1, output_bytes=2, duration_us=1500, model=text, tokens={"input": 3}),
        result=Result(
            status=status, denied_by=text, error_class=text, ts=1_795_000_001_000_000, error=text, output=text
        ),
        erased=(text,),
    )
