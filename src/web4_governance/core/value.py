"""The one decorator that makes the core's values: frozen, slotted, keyword-only.

Not a replacement for `dataclasses`: no ordering, no field metadata, no inheritance of fields. It exists because every
hook is a fresh interpreter, and there `dataclasses` (which pulls in `inspect` and compiles source for each class)
costs more than all of the gate's own work. Fields are the class's annotations, in order; a class attribute of the same
name is the default, so defaults must be immutable.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, ParamSpec, Protocol, TypeVar, dataclass_transform

    T = TypeVar("T")
    P = ParamSpec("P")
    derived = property

    class _Makers(Protocol):
        def __getitem__(self, cls: Callable[P, T], /) -> Callable[P, T]: ...

        def __setitem__(self, cls: type, make: Callable[..., object], /) -> None: ...

else:

    def dataclass_transform(**_options: object) -> object:
        """Stand in for `typing.dataclass_transform`, which would import `typing`."""
        return lambda decorator: decorator

    class derived:  # noqa: N801  stands where `property` would
        """What follows from a value's fields, worked out once, when the value is made.

        Asked for often and of more than one: an attribute costs next to nothing. It is no field: not compared, hashed or
        shown. INVARIANT: the method itself reads the fields that it follows from: by these names is known what changes it.
        """

        def __init__(self, make: Callable[[Any], object]) -> None:
            self.make = make


_set = object.__setattr__
_CLASS = object.__dict__["__class__"]
_FIELDS: dict[type, tuple[str, ...]] = {}
_DEFAULTS: dict[type, dict[str, object]] = {}
_DERIVED: dict[type, tuple[tuple[str, Callable[[Any], object], frozenset[str]], ...]] = {}
_MADE: dict[type, int] = {}
_COPIES: dict[type, Any] = {}  # of the classes that are made often: what gives a second value like one
_PARTS: dict[type, Any] = {}  # of these, what gives all of a value's fields
_SETTERS: dict[type, dict[str, Any]] = {}
# `make[Class](…)` gives what `Class(…)` gives, and of a class that is made often in a third of the time.
make: _Makers = {}  # type: ignore[assignment]  # a dictionary, whose types no annotation can say
MANY, FEW = 256, 4  # values of one class, from which on it pays to write its initialiser out; in a process that stays
_from = [MANY]


def fields(of: object) -> tuple[str, ...]:
    """Give the field names of a value or of a value class, in order."""
    return _FIELDS[of if isinstance(of, type) else type(of)]


def replace(of: T, /, **changes: object) -> T:
    """Give a new value like `of` with some fields changed; an unknown field is a TypeError."""
    cls = type(of)
    copy = _COPIES.get(cls)
    if copy is None:
        return cls(**{**{name: getattr(of, name) for name in fields(of)}, **changes})
    made: T = copy(of)
    try:
        setters = _SETTERS[cls]
        for name, to in changes.items():
            setters[name](made, to)
    except KeyError as unknown:
        message = f"{cls.__name__}() has no field {unknown.args[0]}"
        raise TypeError(message) from None
    for name, make_it, of_fields in _DERIVED[cls]:
        if not of_fields.isdisjoint(changes):
            _set(made, name, make_it(made))
    return made


@dataclass_transform(kw_only_default=True, frozen_default=True, eq_default=True)
def value(cls: type[T]) -> type[T]:
    """Rebuild `cls` as a frozen, slotted, keyword-only value over its annotations."""
    names = tuple(cls.__annotations__)
    defaults = {name: cls.__dict__[name] for name in names if name in cls.__dict__}
    more = tuple(
        (name, make_it, frozenset(names).intersection(make_it.__code__.co_names))
        for name, make_it in [(n, one.make) for n, one in cls.__dict__.items() if type(one) is derived]  # type: ignore[attr-defined]
    )
    left = {*defaults, *(name for name, _, _ in more), "__dict__", "__weakref__"}
    body = {k: v for k, v in cls.__dict__.items() if k not in left}
    body.update(
        __slots__=(*names, *(name for name, _, _ in more)),
        __init__=_init,
        __setattr__=_frozen,
        __delattr__=_frozen,
        __reduce__=_reduce,
    )
    plain = {"__eq__": _equal, "__hash__": _hash, "__repr__": _repr}
    body.update({name: method for name, method in plain.items() if name not in cls.__dict__})
    metaclass: Any = type(cls)
    made: type[T] = metaclass(cls.__name__, cls.__bases__, body)
    _FIELDS[made] = names
    _DEFAULTS[made] = defaults
    _DERIVED[made] = more
    _MADE[made] = 0
    make[made] = made
    return made


def _init(self: object, /, **given: object) -> None:
    cls = type(self)
    _MADE[cls] += 1
    if _MADE[cls] >= _from[0]:
        _write_out(cls)
    whole = {**_DEFAULTS[cls], **given}
    names = _FIELDS[cls]
    if len(whole) != len(names):
        raise TypeError(_mismatch(cls, given))
    try:
        for name in names:
            _set(self, name, whole[name])
    except KeyError:
        raise TypeError(_mismatch(cls, given)) from None
    for name, make_it, _ in _DERIVED[cls]:
        _set(self, name, make_it(self))


def stay() -> None:
    """Make ready for a long life: each class has an initialiser of its own, and each that is yet to come gets one soon."""
    _from[0] = FEW
    for cls, often in tuple(_MADE.items()):
        if often < MANY:
            _MADE[cls] = MANY
            _write_out(cls)


def _write_out(cls: type) -> None:
    """Give a class that is made often an initialiser of its own, as source.

    Compiling it costs as much as making fifty values, which is why a process that judges one call does without. A value is
    filled while it is one of a class of the same slots that is not frozen: what an attribute costs is then next to nothing.
    """
    names, defaults, more = _FIELDS[cls], _DEFAULTS[cls], _DERIVED[cls]
    all_names = (*names, *(name for name, _, _ in more))
    given = ", ".join(f"{name}=default_{name}" if name in defaults else name for name in names)
    metaclass: Any = type(cls)
    open_class = metaclass(cls.__name__, cls.__bases__, {"__slots__": all_names})
    scope: dict[str, Any] = {f"default_{name}": default for name, default in defaults.items()}
    scope.update({"_new": object.__new__, "_become": _CLASS.__set__, "_open": open_class, "_class": cls})
    scope.update({f"derive_{name}": make_it for name, make_it, _ in more})
    fill = "".join(f"    _made.{name} = {name}\n" for name in names)
    fill += "".join(f"    _made.{name} = derive_{name}(_made)\n" for name, _, _ in more)
    copied = "".join(f"    _made.{name} = _of.{name}\n" for name in all_names)
    parts = "".join(f"_of.{name}, " for name in names)
    made, done = "    _made = _new(_open)\n", "    _made.__class__ = _class\n"
    source = (
        f"def __init__(_made, /, *, {given}):\n    _become(_made, _open)\n{fill}{done}"
        f"def _make(*, {given}):\n{made}{fill}{done}    return _made\n"
        f"def _copy(_of):\n{made}{copied}{done}    return _made\n"
        f"def _parts(_of):\n    return ({parts})\n"
    )
    exec(source, scope)  # noqa: S102  of nothing but the class's own names
    _SETTERS[cls] = {name: cls.__dict__[name].__set__ for name in names}
    _COPIES[cls], make[cls], _PARTS[cls] = scope["_copy"], scope["_make"], scope["_parts"]
    cls.__init__ = scope["__init__"]  # type: ignore[misc]  # the same, written out


def _mismatch(cls: type, given: dict[str, object]) -> str:
    """Say which field is missing, or which is none."""
    for name in _FIELDS[cls]:
        if name not in given and name not in _DEFAULTS[cls]:
            return f"{cls.__name__}() misses {name}"
    return f"{cls.__name__}() has no field {next(name for name in given if name not in _FIELDS[cls])}"


def _frozen(self: object, name: str, _value: object = None, /) -> None:
    message = f"{type(self).__name__} is frozen: {name}"
    raise AttributeError(message)


def _parts(self: object) -> tuple[object, ...]:
    cls = type(self)
    parts = _PARTS.get(cls)
    found: tuple[object, ...] = parts(self) if parts else tuple([getattr(self, name) for name in _FIELDS[cls]])
    return found


def _equal(self: object, other: object, /) -> object:
    if type(self) is not type(other):
        return NotImplemented
    return _parts(self) == _parts(other)


def _hash(self: object, /) -> int:
    return hash((type(self), _parts(self)))


def _repr(self: object, /) -> str:
    inside = ", ".join(f"{name}={getattr(self, name)!r}" for name in fields(self))
    return f"{type(self).__name__}({inside})"


def _reduce(self: object, /) -> tuple[object, ...]:
    return (_revive, (type(self), dict(zip(fields(self), _parts(self), strict=True))))


def _revive(cls: type[T], given: dict[str, object]) -> T:
    return cls(**given)
