"""GNU `parallel`: a template, and the items that it is run for.

The manual has the joined words read by a shell again; many take them for the words of one command. Both readings are looked
at, so that neither spelling hides what the other would show.
"""

from __future__ import annotations

from web4_governance.core.shell.command import Word, known_word
from web4_governance.core.shell.fields import UNKNOWN_PART
from web4_governance.core.shell.operands import names, read_options
from web4_governance.core.shell.shells import carried, inside, run_words, spoken
from web4_governance.core.shell.source import Source
from web4_governance.core.shell.spans import SPECIAL
from web4_governance.core.value import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.core.shell.command import Command
    from web4_governance.core.shell.context import Context
    from web4_governance.core.shell.environment import State
    from web4_governance.core.shell.walk import Outcome, Shell

MOST_ITEMS = 64
TAKES = names(
    "-j --jobs -a --arg-file -N --max-replace-args -n --max-args -I -i --colsep -C -S --sshlogin --delay --timeout --retries "
    "--joblog --results --tmpdir --workdir --wd -L --max-lines -s --max-chars --halt --env --basefile --bf --return --trc -d "
    "--delimiter --rpl --tagstring --load --memfree --nice --block --recstart --recend --profile -J --semaphorename --id"
)
_IDLE = names("--version --help --citation --number-of-cpus --number-of-cores")


def parallel(shell: Shell, command: Command, state: State, context: Context) -> Outcome:
    """`parallel cmd ::: a b`."""
    shell.emit(command)
    options = read_options(command, TAKES)
    if options.flags & _IDLE:
        return state, state
    words = [command.words[place] for place in options.operands]
    words = words[1:] if words and words[0].text == "--" else words
    end = next((i for i, word in enumerate(words) if word.text.startswith(":::")), len(words))
    template, given = tuple(words[:end]), words[end:]
    mark = dict(options.values).get("-I", "{}") or "{}"
    inner = carried(replace(command, stdin=None), template, "parallel")
    if not given and not template:
        shell.complain("the commands that `parallel` reads are not known")
        return state, state
    for item in _items(given):
        made = _filled(template or (known_word(mark),), mark, item)
        _both(shell, replace(inner, words=made, unsure=item is None), template, state, context)
    return state, state


def _items(given: list[Word]) -> list[tuple[Word, ...] | None]:
    """Give the combinations of the items; None for those that cannot be known."""
    lists: list[list[Word]] = []
    for word in given:
        if word.text.startswith(":::"):
            if word.text not in (":::", ":::+"):
                return [None]
            lists.append([])
        elif not word.known:
            return [None]
        else:
            lists[-1].append(word)
    made: list[tuple[Word, ...]] = [()]
    for items in filter(None, lists):  # an empty list names the command all the same
        made = [(*before, item) for before in made for item in items]
        if len(made) > MOST_ITEMS:
            return [None]
    return [*made] if lists else [None]


def _filled(template: tuple[Word, ...], mark: str, items: tuple[Word, ...] | None) -> tuple[Word, ...]:
    """Give the words with the items in the place of their marks, or behind the last word."""
    marks = {mark: 0, **dict.fromkeys(("{.}", "{/}", "{//}", "{/.}"), 0)}
    marks |= {f"{{{at + 1}{rest}}}": at for at in range(len(items or (0,))) for rest in ("", ".", "/", "//", "/.")}
    out = [_replaced(word, marks, items) for word in template]
    if all(word is before for word, before in zip(out, template, strict=True)):
        out += [Word(text=mark, known=False, shape=UNKNOWN_PART)] if items is None else items
    return tuple(out)


def _replaced(word: Word, marks: dict[str, int], items: tuple[Word, ...] | None) -> Word:
    found = [mark for mark in marks if mark in word.text]
    for mark in found:
        if items is None:
            certain, _, after = word.literal.partition(mark)
            shape = (word.text if word.known else word.shape).replace(mark, UNKNOWN_PART)
            reached = word.known or bool(after) or mark in word.literal
            word = Word(text=shape, known=False, literal=certain if reached else word.literal, shape=shape)
        else:
            text = _part(mark, items[marks[mark]].text) if items else ""
            word = replace(
                word,
                text=word.text.replace(mark, text),
                literal=word.literal.replace(mark, text),
                shape=word.shape.replace(mark, text),
            )
    return word


def _part(mark: str, item: str) -> str:
    """Give what a mark takes of an item: all, without its ending, its last part, its directory."""
    form = mark.strip("{}0123456789")
    if form.startswith("//"):
        return item.rpartition("/")[0] or "."
    if form.startswith("/"):
        item = item.rstrip("/").rpartition("/")[2] or item
    if form.endswith(".") and "." in item.rpartition("/")[2]:
        item = item.rpartition(".")[0]
    return item


def _both(shell: Shell, inner: Command, template: tuple[Word, ...], state: State, context: Context) -> None:
    """Run the words as one command, and as a text where that is another reading; an item in it is quoted."""
    if len(inner.words) > 1:
        shell.invoke(inner, state.child(), context)
    elif not all(word.known for word in template):
        run_words(shell, inner, state.child(), context)
        return
    active = all(word.known for word in template) and any(not SPECIAL.isdisjoint(word.text) for word in template)
    text = spoken(inner.words)[0]
    if len(inner.words) == 1 or (active and not Source(text).problems):
        shell.script(text, state.child(), inside(inner, context))
