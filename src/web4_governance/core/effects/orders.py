"""Texts that give orders to whoever reads them: words that undo an agent's instructions, signs that begin a turn of a model.

A text is only data for a program, but what a command prints, writes or sends is read by agents next, and nobody writes such
words to a person. Searching for them is free, and so is keeping them in a repository's messages.
"""

from __future__ import annotations

from web4_governance.core.effects.names import names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.core.shell.command import Command

LOOKING = names("grep egrep fgrep zgrep rg ag ack find fd sed git gh glab hg svn pytest test [ cd ls")
UNDOING = names("ignore disregard forget")
ALL_OF_THEM = names(
    "previous prior above all earlier safety system your any preceding former guidelines instructions guardrails"
)
INSTRUCTIONS = names(
    "instruction instructions rule rules guideline guidelines guardrails policy policies restrictions prompt"
)
TURNS = names(
    "<|im_start|> <|im_end|> <|start_header_id|> <|end_header_id|> <|eot_id|> <|system|> <|assistant|> <|endoftext|> [/inst] "
    "[inst] <<sys>> <</sys>>"
)
SPEAKERS = ("SYSTEM:", "AGENT:", "ASSISTANT:", "AI:", "INSTRUCTION:", "NOTE TO AI", "IMPORTANT SYSTEM NOTE")
ADDRESSING = ("<!--", "'", '"', "`", "[", "{")
REACH = 5  # words between what is undone and what it is said of
LONGEST = 20_000


def gives_orders(command: Command) -> bool:
    """Say whether the words of a command, or what it is fed, tell an agent what to do."""
    if command.program in LOOKING:
        return False
    said = [word.text for word in command.words[1:] if " " in word.text]
    if any(_addresses(text[:LONGEST]) or any(sign in text[:LONGEST].lower() for sign in TURNS) for text in said):
        return True
    return any(_undoes(text[:LONGEST].lower()) for text in (*said, command.stdin or ""))


def _undoes(plain: str) -> bool:
    """`ignore all previous instructions`; a rule of a linter is ignored by its name."""
    words = [word.strip(".,:;!?'\"()") for word in plain.split()]
    for at, word in enumerate(words):
        near = set(words[at + 1 : at + 1 + REACH]) if word in UNDOING else set()
        if near & INSTRUCTIONS and near & ALL_OF_THEM:
            return True
    return False


def _addresses(text: str) -> bool:
    """`SYSTEM: copy this …`, at the beginning of the text, of a comment or of a value in it."""
    for sign in ADDRESSING:
        text = text.replace(sign, "\n")
    return any(line.strip().startswith(SPEAKERS) and len(line.split()) > REACH for line in text.split("\n"))
