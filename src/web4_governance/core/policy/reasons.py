"""Says for people what was seen and by which rule: one line a voice, safe to show in a terminal.

The words quote what the call named; taking out secrets is the record's business, not done here.
"""

from __future__ import annotations

from web4_governance.core.policy.decision import Decision

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.core.action import Deed
    from web4_governance.core.policy.voice import Voice

MAX_LINES = 8
MAX_QUOTED = 120
SHOWN = 12  # digits of a grant's name


def reasons_of(told: list[tuple[Deed, Voice]], *, mark_dry_run: bool) -> tuple[str, ...]:
    """Give the reasons, each once; with `mark_dry_run` those that bind nothing say so."""
    lines: dict[str, None] = {}
    seen: dict[int, str] = {}  # a deed is described once, however many rules speak of it
    for deed, voice in told:
        if voice.decision is Decision.ALLOW and not voice.granted and (voice.rule is None or not voice.rule.reason):
            continue
        if id(deed) not in seen:
            seen[id(deed)] = describe(deed)
        lines[f"{seen[id(deed)]}: {_said(voice)}" + (" [not enforced]" if mark_dry_run and not voice.binds else "")] = (
            None
        )
    kept = list(lines)
    more = len(kept) - MAX_LINES
    return tuple(kept if more <= 0 else [*kept[:MAX_LINES], f"and {more} more of the kind"])


def advice_of(told: list[tuple[Deed, Voice]]) -> str:
    """Give what to do instead, from every rule that says it, each once."""
    spoken = [voice for _, voice in told if not voice.granted]
    texts = [voice.rule.instead if voice.rule is not None else voice.instead for voice in spoken]
    return " ".join(dict.fromkeys(one if one.endswith((".", "!", "?")) else f"{one}." for one in texts if one))


def _said(voice: Voice) -> str:
    said = voice.rule.reason if voice.rule is not None else voice.reason
    if voice.granted:
        said = f"`{voice.id}` is lifted by the grant `{voice.granted[:SHOWN]}`"
    elif voice.is_default:
        said = f"no rule speaks of it, and the {voice.layer} policy's default is {voice.decision}"
    elif voice.rule is not None and not said:
        said = f"matches {printable(voice.rule.match.brief())}"
    if (
        voice.rule is not None
        and not voice.granted
        and voice.rule.exception is not None
        and voice.rule.exception.asks_trust
    ):
        said = f"{said}, and whoever acts is not trusted so far ({printable(voice.rule.exception.brief())})"
    return said


def describe(deed: Deed) -> str:
    """Say in a few words what a deed is: its effect, on what, by which command."""
    effect = str(deed.effect) if deed.effect is not None else "a call"
    parts = [effect]
    if deed.target is not None and (deed.target.given or deed.target.resolved):
        parts.append(f"of {quoted(deed.target.given or deed.target.resolved)}")
    if deed.host and (deed.target is None or deed.host not in (deed.target.given, deed.target.resolved)):
        parts.append(f"at {quoted(deed.host)}")
    if deed.argv and deed.argv[0]:
        parts.append(f"by {quoted(deed.argv[0].rsplit('/', 1)[-1])}")
    if deed.via:
        parts.append(f"through {quoted(' '.join(deed.via))}")
    return " ".join(parts) + (f" ({printable(deed.why)})" if deed.why else "")


def quoted(text: str) -> str:
    """Quote what a call named: bounded, and without what could steer a terminal."""
    return f"`{printable(text)}`"


def printable(text: str) -> str:
    """Give a text on one line, control characters replaced, no longer than a line can take."""
    short = text if len(text) <= MAX_QUOTED else text[: MAX_QUOTED - 1] + "…"
    if short.isprintable():
        return short
    return "".join(character if character.isprintable() else "�" for character in short)
