"""Policies in YAML: the safe subset that says the same as JSON, with the places of its marks.

Text, numbers, truth values, lists and mappings with text keys; no tags of other kinds, no merge keys. Aliases are followed
up to a bound. A time such as `17:00` is text, though YAML 1.1 would make it a number of base sixty.
"""

from __future__ import annotations

from web4_governance.core.errors import PolicyError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from web4_governance.core.canonical import Json
    from web4_governance.core.policy.document import Locate
    from web4_governance.core.policy.read import Path

MAX_NODES = 20_000
MAX_DEPTH = 64
_TAG = "tag:yaml.org,2002:"


def parse_yaml(text: str, file: str) -> tuple[Json, str, Locate]:
    """Parse YAML text; PolicyError says where it is broken."""
    try:
        import yaml  # noqa: PLC0415  third party, and only for policies in YAML
    except ImportError:
        message = "a policy in YAML needs the package `PyYAML`, which is not installed"
        raise PolicyError(message, file=file, hint="install it, or write the policy in JSON or TOML") from None
    try:
        # Not the loader in C, whose recursion is not counted: a deep enough text would end the process.
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise _broken(error, file) from None
    except RecursionError:
        message = "nested too deeply"
        raise PolicyError(message, file=file, line=1, column=1) from None
    if node is None:  # nothing but comments and white space
        message = "the policy is empty"
        raise PolicyError(message, file=file, line=1, column=1)
    reading = _Reading(file)
    values = reading.value(node, ())
    return values, file, reading.locate


def _broken(error: Any, file: str) -> PolicyError:  # noqa: ANN401  one of several kinds, all with a mark or none
    mark = getattr(error, "problem_mark", None)
    message = f"not YAML: {getattr(error, 'problem', None) or getattr(error, 'reason', None) or 'it cannot be read'}"
    if mark is None:
        return PolicyError(message, file=file, line=1, column=1)
    return PolicyError(message, file=file, line=mark.line + 1, column=mark.column + 1)


class _Reading:
    """Turns nodes into values and keeps where each stood."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.count = 0
        self.values: dict[Path, tuple[int, int]] = {}
        self.keys: dict[Path, tuple[int, int]] = {}

    def locate(self, path: Path, on_key: bool) -> tuple[int, int]:
        known = self.keys if on_key and path in self.keys else self.values
        while path not in known:
            path, known = path[:-1], self.values
        return known[path]

    def value(self, node: Any, path: Path) -> Json:  # noqa: ANN401  the library's nodes carry no types here
        self.count += 1
        if self.count > MAX_NODES or len(path) > MAX_DEPTH:
            raise self._wrong("too large or nested too deeply", node)
        self.values[path] = _place(node)
        match node.id:
            case "mapping":
                return self._mapping(node, path)
            case "sequence" if node.tag == _TAG + "seq":
                return [self.value(item, (*path, n)) for n, item in enumerate(node.value)]
            case "scalar":
                return self._scalar(node)
            case _:
                raise self._wrong(f"`{node.tag}` has no place in a policy", node)

    def _mapping(self, node: Any, path: Path) -> Json:  # noqa: ANN401
        if node.tag != _TAG + "map":
            raise self._wrong(f"`{node.tag}` has no place in a policy", node)
        found: dict[str, Json] = {}
        for key_node, value_node in node.value:
            # `on` and `yes` are truth values to YAML 1.1; no field is called so, and the reader will say it.
            if key_node.id != "scalar" or key_node.tag == _TAG + "merge":
                raise self._wrong("a key must be text", key_node)
            key = str(key_node.value)
            if key in found:
                raise self._wrong(f"the key `{key}` is given twice", key_node)
            self.keys[(*path, key)] = _place(key_node)
            found[key] = self.value(value_node, (*path, key))
        return found

    def _scalar(self, node: Any) -> Json:  # noqa: ANN401
        text = str(node.value)
        match node.tag.removeprefix(_TAG):
            case "str":
                return text
            case "null":
                return None
            case "bool":
                return text.lower() in ("true", "yes", "on")
            case "int":
                return _whole(text)
            case "float" | "timestamp":
                # A fraction or a date has no place in any field: its reader names the field.
                return text if ":" in text else 0.5  # type: ignore[return-value]  # outside the profile, on purpose
            case _:
                raise self._wrong(f"`{node.tag}` has no place in a policy", node)

    def _wrong(self, message: str, node: Any) -> PolicyError:  # noqa: ANN401
        line, column = _place(node)
        return PolicyError(message, file=self.file, line=line, column=column)


def _place(node: Any) -> tuple[int, int]:  # noqa: ANN401
    return node.start_mark.line + 1, node.start_mark.column + 1


def _whole(text: str) -> Json:
    plain = text.replace("_", "")
    try:
        return int(plain, 10)
    except ValueError:
        return text
