"""What a pattern probably does not mean: words that no call has, or that are spelled as something else is.

For `web4 policy check`. Of each field only what surely never holds, or holds for much less than it looks like, is named.
"""

from __future__ import annotations

from web4_governance.core.action import Effect, TargetKind
from web4_governance.core.policy.command import split_words
from web4_governance.core.policy.glob import is_glob
from web4_governance.core.policy.pattern import PatternKind, classify_pattern
from web4_governance.core.policy.spelling import PROGRAMS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from web4_governance.core.policy.rule import Condition, Part, Rule

MODES = ("default", "manual", "acceptEdits", "bypassPermissions", "plan", "dontAsk", "auto")
# As the host writes them; a rule on another spelling speaks of no call of its.
TOOLS = (
    "Bash", "Read", "Write", "Edit", "MultiEdit", "NotebookEdit", "NotebookRead", "Grep", "Glob", "WebFetch", "WebSearch",
    "Agent", "Task", "TodoWrite",
)  # fmt: skip  # one name a line says no more
_SPELLED = {name.lower(): name for name in TOOLS}
# Deeds whose target is never a path.
PATHLESS = frozenset((Effect.MCP_CALL, Effect.DELEGATE, Effect.STATE))
ABOUT_PATHS = ("paths", "places")
_DRIVE = 3
JOINTS = ("|", "||", "&&", ";", "&", "|&")


def never(rule: Rule) -> str:
    """Say which field of a rule's `match` no deed can meet; empty where there is none."""
    parts = {part.field: part for part in rule.match.parts}
    effects = parts.get("effects")
    if effects is not None and set(effects.ready) <= PATHLESS and parts.keys() & set(ABOUT_PATHS):
        return f"none of its effects has a {TargetKind.PATH} for a target"
    for field, why in _NEVER.items():
        said = [why(text) for text in _texts(parts.get(field))]
        if said and all(said):
            return said[0]
    return ""


def misread(rule: Rule) -> Iterator[str]:
    """Say of each pattern in a rule what it is not read as."""
    for condition in (rule.match, rule.exception):
        for field, text in _all_texts(condition):
            said = _MISREAD[field](text) or (_NEVER[field](text) if field in _NEVER else "")
            if said:
                yield said
    if rule.match.rate is not None and rule.match.rate.most == 0:
        yield "a `rateLimit` of 0 holds for the first call already, as without it"


def _all_texts(condition: Condition | None) -> Iterator[tuple[str, str]]:
    for part in condition.parts if condition is not None else ():
        if part.field in _MISREAD:
            yield from ((part.field, text) for text in _texts(part))


def _texts(part: Part | None) -> list[str]:
    given = part.given if part is not None else []
    return [text for text in given if isinstance(text, str)] if isinstance(given, list) else []


def _host_is_none(text: str) -> str:
    host = text.partition("://")[2] or text
    name = host.partition("/")[0]
    if "://" in text or "/" in text:
        return f"`{text}` is no host, which has no scheme and no path: say `{name.rpartition('@')[2] or 'HOST'}`"
    bare, colon, port = text.rpartition(":")
    if colon and ":" not in bare and port.isdigit():
        return f"`{text}` is no host, which is told without its port: say `{bare}`"
    return ""


def _mode_is_none(text: str) -> str:
    if is_glob(text) or text in MODES:
        return ""
    return f"`{text}` is no permission mode: they are {', '.join(MODES)}"


def _tool_is_none(text: str) -> str:
    proper = _SPELLED.get(text.lower())
    if proper is not None and text != proper:
        return f"`{text}` is no tool: it is spelled `{proper}`"
    if text.startswith("mcp_") and not text.startswith("mcp__"):
        return f"`{text}` is no tool: those of MCP servers are spelled `mcp__SERVER__TOOL`"
    return ""


def _path_is_another(text: str) -> str:
    if text.endswith("/") and text.strip("./"):
        return f"`{text}` is only the path spelled so: say `{text}**` for the directory and all in it"
    if text.startswith(("$", "%")):
        return f"`{text}` is not expanded: say `~/…` for the home, `./…` for the project"
    if "://" in text:
        return f"`{text}` is no path: `hosts` speaks of what lies elsewhere"
    if text[1:_DRIVE] == ":\\" or ("\\" in text and "/" not in text):
        return f"`{text}` is spelled with `\\`: paths are told with `/`"
    return ""


def _tool_pattern(text: str) -> str:
    if text.startswith("mcp__"):
        return f"`{text}` is looked for in targets and texts: `tools` speaks of tools"
    kind = classify_pattern(text)
    if kind is PatternKind.SUBSTRING:
        return _text_pattern(text)
    return ""


def _text_pattern(text: str) -> str:
    """Say what a pattern is that reads like a command and is only a text to look for."""
    words = text.split()
    first = words[0] if words else ""
    if first.startswith((">", "<")):
        return f"`{text}` is looked for as it stands: a redirection is `paths` with the effect `file.write`"
    name, sign, _ = first.partition("=")
    if sign and name.isidentifier() and len(words) > 1:
        return f"`{text}` is looked for as it stands: a command is told without what is set before it"
    if first.lower() in PROGRAMS:
        return f"`{text}` is looked for as it stands, in any case: the command is spelled `{first.lower()}`"
    return ""


def _is_joined(text: str) -> str:
    """Say of a command pattern with a pipe, or with two commands, that no command is that."""
    if classify_pattern(text) is not PatternKind.COMMAND:
        return ""
    plain = text.split()  # what stands in quotes joins nothing
    joint = next((word for word in split_words(text) if word in JOINTS and word in plain), "")
    if not joint:
        return ""
    return f"`{text}` is one command, of which `{joint}` is no word: what goes from one to another is told by `effects`"


def _nothing(_text: str) -> str:
    return ""


_NEVER: dict[str, Callable[[str], str]] = {
    "hosts": _host_is_none,
    "permissionModes": _mode_is_none,
    "targetPatterns": _is_joined,
    "tools": _tool_is_none,
}
_MISREAD: dict[str, Callable[[str], str]] = {
    **dict.fromkeys(_NEVER, _nothing),
    "paths": _path_is_another,
    "targetPatterns": _tool_pattern,
}
