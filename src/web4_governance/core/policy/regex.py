"""Regular expressions in linear time, by RE2; the engine is loaded only when a policy has one.

Look-around and back-references are not regular and are refused at load. There is no falling back on a backtracking
engine: where RE2 is missing the policy does not load, and a rule whose search fails while judging is an error of that
rule, which makes it speak as if it had matched where it tightens.
"""

from __future__ import annotations

from web4_governance.core.errors import PolicyError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

_known: dict[str, Any] = {}


def compile_regex(pattern: str) -> str:
    """Check that a pattern is one for RE2 and give it back; PolicyError says what is wrong with it."""
    engine = _engine()
    try:
        _known[pattern] = engine.compile(pattern, options=_options(engine))
    except engine.error as error:
        message = f"not a regular expression for RE2: {_said(error)}"
        raise PolicyError(message, hint="look-around and back-references do not exist in RE2") from None
    return pattern


def found(pattern: str, texts: Iterable[str]) -> bool:
    """Say whether the pattern is found somewhere in one of the texts; PolicyError where the engine cannot tell."""
    if pattern not in _known:
        compile_regex(pattern)
    regex = _known[pattern]
    try:
        # RE2 reads UTF-8: what is not Unicode is read as the replacement character, as the record keeps it.
        return any(regex.search(text.encode("utf-8", "replace").decode("utf-8")) is not None for text in texts)
    except (_engine().error, UnicodeError, ValueError, OverflowError) as error:
        message = f"the regular expression `{pattern}` could not be searched for: {error}"
        raise PolicyError(message) from None


def _engine() -> Any:  # noqa: ANN401  the package carries no types
    try:
        import re2  # noqa: PLC0415  third party, and only for policies with regexes
    except ImportError:
        message = "regular expressions need the RE2 engine, which is not installed"
        raise PolicyError(message, hint="install the package `google-re2`, or use globs") from None
    return re2


def _options(engine: Any) -> Any:  # noqa: ANN401  the package carries no types
    options = engine.Options()
    # The engine would write to standard error, which hosts show to people.
    options.log_errors = False
    return options


def _said(error: Exception) -> str:
    said = error.args[0] if error.args else error
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
