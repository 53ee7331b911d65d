"""The command line that a tool of an MCP server stands for: `git_push {"force": true}` is `git push --force`.

A server that wraps a program names its tools after the subcommands. What the tool does is then what the program does, and
the catalog knows that. A guess on the careful side, beside what else is read from the arguments, never in their place.
"""

from __future__ import annotations

from web4_governance.core.effects.arguments import COMMAND_KEYS, joined, words_of
from web4_governance.core.effects.names import names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.core.canonical import Json

PROGRAMS = {
    **{name: name for name in names("git kubectl helm terraform pulumi docker podman aws gcloud az flyctl heroku")},
    "kubernetes": "kubectl", "k8s": "kubectl", "redis": "redis-cli", "azure": "az", "tofu": "tofu",
}  # fmt: skip
FILLING = names("run execute exec command cmd call mcp server cli tool use")  # words of a name that are no subcommand
LISTS = names("args arguments argv params parameters")
CHOICES = names("mode type action operation strategy")  # of which the value is the option
TEXTS = names("message body description title comment text content prompt query reason")  # no words of a command
BRANCHES = names("branch branch_name ref")
PLACES = BRANCHES | names("remote repo repository")
MAX_WORDS = 64


def command_of(server: str, tool: str, given: dict[str, Json]) -> str:
    """Give the command line; empty where neither server nor tool is named after a program that is known here."""
    words = words_of(tool)
    program = next((PROGRAMS[word] for word in (*words, *words_of(server)) if word in PROGRAMS), "")
    if not program:
        return ""
    sub = [word for word in words if word not in FILLING and PROGRAMS.get(word) != program]
    said = [program, *sub]
    for name, item in list(given.items())[:MAX_WORDS]:
        key = "_".join(words_of(name))
        if key in COMMAND_KEYS and isinstance(item, str):
            return item if item.split()[:1] == [program] else f"{program} {item}"
        if key in LISTS and isinstance(item, list):
            texts = [word for word in item if isinstance(word, str)]
            return joined(texts) if texts[:1] == [program] else f"{program} {joined([*sub, *texts])}"
        if "push" not in sub or key not in PLACES:
            said += _option(key, item)
        elif isinstance(item, str) and key in BRANCHES:  # a name alone would be another repository's
            said += ["origin", item]
    return joined(said)


def _option(key: str, item: Json) -> list[str]:
    flag = ("--" if len(key) > 1 else "-") + key.replace("_", "-")
    if item is True:
        return [flag]
    if not isinstance(item, str) or not item or key in TEXTS:
        return []
    if key in CHOICES:
        return [f"--{item}"]
    # What is named is an operand of most subcommands; a path to work in is none.
    return [] if "path" in key or "cwd" in key or "dir" in key else [item]
