"""What a piece of shell comes down to: resolved commands, in order, with what flows between them.

Values only; `parse` makes them. A word that cannot be known has `known` false and keeps the text that is certain, so a
reader can still see a prefix. A `Command` is what would be exec'ed: wrappers are stripped and named in `via`, and the
commands inside `bash -c`, `eval`, `find -exec`, `xargs`, substitutions and heredocs fed to a shell stand beside it.
"""

from __future__ import annotations

from web4_governance.core.value import derived, value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.core.shell.written import Written

_ADDING = (("xargs",), ("fd -x",), ("parallel",))
STARTS_ITSELF = "a function that starts itself again and again"


@value
class Word:
    """One word after quote removal and the expansions that can be known.

    `text` is the resolved text; where `known` is false it is the raw source of the word. `glob` is true when an unquoted
    `*`, `?` or `[` is left in it. `literal` is the known prefix before the first unknown or glob part (equal to `text`
    when the word is known and no glob). `shape`, for a word that is not known, is its text with `${_}` for each unknown part.
    """

    text: str
    known: bool = True
    glob: bool = False
    literal: str = ""
    shape: str = ""


def known_word(text: str) -> Word:
    """Give the word of a text that is known and has no glob."""
    return Word(text=text, literal=text)


@value
class Redirect:
    """One redirection: `op` as written (`>`, `>>`, `<`, `&>`, `<<`, `<<<`, `>&` ...), `fd` (-1 for the default), and its word.

    For a heredoc or here-string `target` holds the text itself.
    """

    op: str
    target: Word
    fd: int = -1


@value
class Command:
    """One resolved simple command.

    `words[0]` is the program as written (its last path part is `program`); empty for a bare assignment or redirection.
    `via` names the wrappers and carriers outside in, e.g. ("sudo", "env") or ("find -exec",). `cwd` is the directory it
    runs in, or None where a `cd` to something unknown came before. `pipe_from` is the index (into `Script.commands`) of
    the command whose output is its standard input, -1 if none; `feeds` are all whose output may be in it.
    `substitutions` are the indices of commands whose output becomes part of its words. `stdin` is the literal text fed to
    it by a heredoc or here-string, None if not so. `unsure` is true where it runs only perhaps with other words added
    (`xargs`, `find -exec`): more operands may follow. `handed` are the words that its wrappers keep for themselves (a lock, a
    log). `texts` are those of the files it names which the same script has written before,
    each with the name. `source` is the text it came from.
    """

    words: tuple[Word, ...] = ()
    assignments: tuple[tuple[str, Word], ...] = ()
    redirects: tuple[Redirect, ...] = ()
    via: tuple[str, ...] = ()
    cwd: str | None = None
    pipe_from: int = -1
    feeds: tuple[int, ...] = ()
    substitutions: tuple[int, ...] = ()
    stdin: str | None = None
    unsure: bool = False
    background: bool = False
    handed: tuple[Word, ...] = ()
    texts: tuple[tuple[str, Word], ...] = ()
    source: str = ""

    @derived
    def program(self) -> str:
        """The last path part of the program's name, or the empty string where it is unknown or absent."""
        words = self.words
        if not words:
            return ""
        first = words[0]
        if not first.known:
            return ""
        text = first.text
        return text if "/" not in text else text.rsplit("/", 1)[-1]

    @property
    def adds(self) -> bool:
        """Whether words that nobody knows are put behind these: a text that a carrier runs gets them as parameters."""
        return self.unsure and self.via[-1:] in _ADDING

    @derived
    def argv(self) -> tuple[str | None, ...]:
        """The words' texts, None for a word that cannot be known."""
        return tuple([word.text if word.known else None for word in self.words])


@value
class Script:
    """A whole piece of shell: its commands in order, and what could not be seen, each as a short reason.

    `endless` are the loops whose own test never ends them, each as the first of its commands and the one behind the last.
    `hijacked` are trusted names that an alias or a function of the text stands behind from then on. `written` is what it
    has put into files, None where that is nothing.
    """

    commands: tuple[Command, ...] = ()
    opaque: tuple[str, ...] = ()
    endless: tuple[tuple[int, int], ...] = ()
    hijacked: tuple[str, ...] = ()
    written: Written | None = None
