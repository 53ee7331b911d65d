"""`web4 init`: govern an agent here, and show by canaries that it is."""

from __future__ import annotations

import os
import sys

from web4_governance.app import policies
from web4_governance.app.hosts import HOSTS
from web4_governance.app.hosts.claude_code import LEFT_OUT, Scope
from web4_governance.app.init import Wish, initialise
from web4_governance.cli import render
from web4_governance.cli.here import here, now_us
from web4_governance.cli.text import safe, shorten
from web4_governance.core.record.keep import Privacy

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from web4_governance.app.canary import Song
    from web4_governance.app.init import Governed

MOST_SAID = 400  # columns of what a hook answered
SILENT = "no hook of the client runs here: see below"
ENFORCES = "enforces: decisions bind"
OBSERVES = "observes: everything is recorded, nothing is blocked"
HELP = "govern an agent here: home, policy, hooks, and a canary through them"
KEPT = {
    Privacy.METADATA: "names, times, decisions and sizes; no commands, paths, prompts or outputs",
    Privacy.STANDARD: "commands, paths, prompts, the agent's words and diffs, with secrets taken out; of outputs an excerpt",
    Privacy.FULL: "everything, outputs too, with secrets taken out",
}


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "--agent", default="claude-code", choices=tuple(HOSTS), help="which agent (default: claude-code)"
    )
    parser.add_argument(
        "--scope",
        default=str(Scope.USER),
        choices=[str(scope) for scope in Scope],
        help="user: all your sessions; project: this one; managed: everybody on this machine; plugin: what it needs",
    )
    parser.add_argument(
        "--preset", default="", choices=("", *policies.presets()), metavar="PRESET", help="what is judged"
    )
    parser.add_argument("--enforce", action="store_true", help="decisions bind (without it they are recorded only)")
    parser.add_argument(
        "--session-policy", default="", metavar="FILE", help="a policy that tightens these sessions only"
    )
    parser.add_argument("--privacy", default="", choices=("", *map(str, Privacy)), metavar="LEVEL", help="what is kept")
    parser.add_argument(
        "--sandbox", action="store_true", help="the client's sandbox is to deny its commands the home and the hooks"
    )


def run(arguments: argparse.Namespace) -> int:
    """Do it; 0 if every canary was answered as it must be, else 1."""
    around = here(arguments)
    wish = Wish(
        agent=arguments.agent,
        scope=Scope(arguments.scope),
        preset=arguments.preset,
        enforce=arguments.enforce,
        session_policy=arguments.session_policy,
        privacy=arguments.privacy,
        sandbox=arguments.sandbox,
    )
    governed = initialise(around, wish, cwd=os.getcwd(), now_us=now_us())
    _print(governed, around.home)
    if arguments.sandbox:
        _print_sandbox(governed)
    return _verdict(governed)


def _print(governed: Governed, home: str) -> None:
    installed, level = governed.installed, governed.settings.privacy
    state = "written" if installed.changed else "unchanged"
    print(f"hooks    {safe(installed.path)} ({state})" if installed.path else "hooks    those of the plugin")
    print(f"policy   {safe(governed.policy.path)}" + (" (written)" if governed.policy.written else " (as it was)"))
    if governed.policy.backup:
        print(f"         the policy before it: {safe(governed.policy.backup)}")
    mode = ENFORCES if governed.enforcing else OBSERVES
    print(f"mode     {SILENT if governed.silenced else mode}")
    print(f"ledger   {safe(home)}/ledger.db, readable copies in {safe(home)}/audit/")
    print(f"key      {governed.first_key}")
    print("         the first public key: keep a copy where this user cannot write; `web4 verify --key` takes it")
    print(f"kept     {level}: {KEPT[level]}")
    print(f"not seen {', '.join(LEFT_OUT)} (see docs/spec/claude-code.md)")
    for song in governed.songs:
        _print_song(song)
    print("out      `web4 off --for 10m` (for a while), `web4 uninstall` (for good)")


def _print_sandbox(governed: Governed) -> None:
    print("sandbox  its rules deny commands the home and the hooks" + ("" if not governed.open_sandbox else ", but:"))
    for gap in governed.open_sandbox:
        print(f"         NOT in force: {safe(gap)}")


def _print_song(song: Song) -> None:
    print(
        f"canary   `{song.command}`: {song.answer} (exit {song.exit_code}){'' if song.recorded else ', NOT recorded'}"
    )
    if song.said:
        render.say(f"         {shorten(safe(song.said), MOST_SAID)}", hang=9)


def _verdict(governed: Governed) -> int:
    if governed.holds:
        return 0
    for text in governed.silenced:
        print(f"web4: {safe(text)}, so nothing binds and nothing is recorded", file=sys.stderr)
    for song in governed.songs:
        if not song.as_expected:
            wanted = "denied" if governed.binding else "let through"
            print(f"web4: the canary `{song.command}` was {song.answer}, not {wanted} and recorded", file=sys.stderr)
            print(f"  it ran: {safe(' '.join(song.argv))}", file=sys.stderr)
    print("  this session would NOT be governed; run `web4 doctor`", file=sys.stderr)
    return 1
