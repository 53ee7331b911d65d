"""Closed sets of words: what `enum.StrEnum` is, at a tenth of its price.

Every hook is a fresh interpreter, and `enum` with what it imports (`functools`, `collections` ...) and the sets it builds
cost more there than all parsing and judging of a call. A `Closed` class has its string attributes as members, in order; a
member is a `str` with `name` and `value`, `Set("word")` finds one or raises ValueError, and nothing can be added later.
To a type checker it is a `StrEnum`, so `match` and `assert_never` are checked as ever.
"""

from __future__ import annotations

__all__ = ["Closed"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from enum import StrEnum as Closed
else:
    # ruff: noqa: ANN001, ANN204  # to a checker this branch is not there: the set is a `StrEnum`

    class _ClosedType(type):
        """Makes the members, and finds them."""

        def __new__(cls, name, bases, body):
            words = {key: word for key, word in body.items() if isinstance(word, str) and key[:2] != "__"}
            made = super().__new__(cls, name, bases, {key: item for key, item in body.items() if key not in words})
            members = {}
            for key, word in words.items():
                member = str.__new__(made, word)
                member.__dict__.update(name=key, value=str(word))
                type.__setattr__(made, key, member)
                members[word] = member
            type.__setattr__(made, "_members", members)
            return made

        def __call__(cls, word):
            try:
                return cls._members[word]
            except (KeyError, TypeError):
                raise ValueError(f"{word!r} is not a valid {cls.__name__}") from None

        def __iter__(cls):
            return iter(cls._members.values())

        def __len__(cls):
            return len(cls._members)

        def __contains__(cls, word):
            return isinstance(word, str) and word in cls._members

        def __setattr__(cls, name, _to):
            raise AttributeError(f"{cls.__name__} is closed: `{name}` cannot be set")

        def __delattr__(cls, name):
            raise AttributeError(f"{cls.__name__} is closed: `{name}` cannot be taken away")

    class Closed(str, metaclass=_ClosedType):  # noqa: SLOT000  # members carry their name and value
        """A closed set of words; see the module."""

        __hash__ = str.__hash__

        def __str__(self):
            return self.value

        def __repr__(self):
            return f"<{type(self).__name__}.{self.name}: {self.value!r}>"

        def __setattr__(self, name, _to):
            raise AttributeError(f"a word of {type(self).__name__} does not change: `{name}` cannot be set")

        def __reduce__(self):
            return type(self), (self.value,)

        def __deepcopy__(self, _memo):
            return self

        def __copy__(self):
            return self
