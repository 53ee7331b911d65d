"""The fields that a word becomes while it is expanded: pieces of text, known or not, split where the shell splits.

Knows nothing of shell syntax: `words` reads that and adds the pieces.
"""

from __future__ import annotations

from web4_governance.core.shell.command import Word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

LONGEST = 65536
UNKNOWN_PART = "${_}"
_PATTERN = frozenset("*?[]\\")
_BLANK = " \t\n"


class Fields:
    """Collects the fields of one word.

    `raw` is the source that an unknown field shows. In a `pattern`, quoted text is kept apart from the pattern's own
    characters by backslashes.
    """

    def __init__(self, raw: str, separators: str | None, *, pattern: bool = False) -> None:
        self.raw = raw
        self.pattern = pattern
        self.words: list[Word] = []
        self._known = True
        self._separators = separators  # IFS; None where it is not known
        self._reset()

    def add(self, text: str, *, active: bool = False) -> None:
        """Add known text; `active` text is unquoted, so a glob in it counts."""
        self._open = True
        if self._length + len(text) > LONGEST:
            self.add_unknown()
            return
        if active:
            self._find_globs(text)
        elif self.pattern:
            text = "".join("\\" + char if char in _PATTERN else char for char in text)
        self._text.append(text)
        self._length += len(text)

    def add_unknown(self, prefix: str = "", shape: str = "") -> None:
        """Add a part that cannot be known beyond its certain prefix."""
        if self._known:
            self._prefix = "".join(self._text) + prefix
        self._known, self._open = False, True
        part = shape if shape and self._length + len(shape) <= LONGEST else UNKNOWN_PART
        if self._text[-1:] != [UNKNOWN_PART] or part != UNKNOWN_PART:
            self._text.append(part)
            self._length += len(part)

    def add_word(self, word: Word, *, active: bool) -> None:
        """Add a word from elsewhere whole, without splitting it."""
        self._handed_on(word)
        if word.known:
            self.add(word.text, active=active)
            if word.glob and not active:
                self._globs.append(self._length - len(word.text) + len(word.literal))
        else:
            self.add_unknown(word.literal, word.shape)

    def _handed_on(self, word: Word) -> None:
        """A `<(…)` in a variable or a parameter is still that stream, where nothing stands beside it."""
        self._stream = word.text if not word.known and not self._text and word.text.startswith("<(") else ""

    def keep(self) -> None:
        """A quote was here: the field stands even if it stays empty."""
        self._open = True

    def add_split(self, word: Word) -> None:
        """Add the result of an unquoted expansion: it is split at the separators."""
        self._handed_on(word)
        if not word.known or self._separators is None:
            certain = self._separators is not None
            self.add_unknown(word.literal if certain else "", word.shape if certain else "")
            return
        text, size, at = word.text, len(word.text), 0
        while at < size:
            end = at
            while end < size and text[end] not in self._separators:
                end += 1
            if end > at:
                self.add(text[at:end], active=True)
            at, hard = self._delimiter(text, end)
            if at > end:
                self.end(always=hard)

    def _delimiter(self, text: str, at: int) -> tuple[int, bool]:
        """Skip one separator: blanks, at most one other character of IFS, blanks; tell whether there was another."""
        separators = self._separators or ""
        hard = False
        while at < len(text) and text[at] in separators:
            if text[at] not in _BLANK:
                if hard:
                    break
                hard = True
            at += 1
        return at, hard

    def add_all(self, words: Iterable[Word], *, split: bool) -> None:
        """Add a list (`$@`, an array): a field for each item."""
        for place, word in enumerate(words):
            if place:
                self.end()
            if split:
                self.add_split(word)
            else:
                self.add_word(word, active=False)

    def end(self, *, always: bool = False) -> None:
        """End the current field."""
        if self._open or always:
            self.words.append(self.word())
        self._reset()

    def _reset(self) -> None:
        self._text: list[str] = []
        self._length = 0
        self._stream = ""
        self._known = True
        self._open = False  # the field stands, though it may be empty
        self._globs: list[int] = []  # where active globs are
        self._bracket = -1  # where a `[` waits for its `]`
        self._prefix = ""  # the certain text before the first unknown part

    def word(self) -> Word:
        """Give the current field as a word."""
        text = "".join(self._text)
        glob = bool(self._globs)
        if not self._known:
            cut = min(self._globs, default=len(self._prefix))
            shown = self._stream if self._text == [UNKNOWN_PART] and self._stream else self.raw
            return Word(text=shown, known=False, glob=glob, literal=self._prefix[: min(cut, LONGEST)], shape=text)
        return Word(text=text, glob=glob, literal=text[: min(self._globs)] if glob else text)

    def _find_globs(self, text: str) -> None:
        for place, char in enumerate(text):
            if char in "*?(":
                self._globs.append(self._length + place)
            elif char == "[" and self._bracket < 0:
                self._bracket = self._length + place
            elif char == "]" and 0 <= self._bracket < self._length + place - 1:
                self._globs.append(self._bracket)
                self._bracket = -1
