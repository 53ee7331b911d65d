"""`web4 completion SHELL`: what a shell has to read once so that it completes `web4`'s commands and options.

The completions themselves come from the parsers, by `argcomplete`; nothing is kept that could be out of date.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

HELP = "print the completion of a shell"
SHELLS = ("bash", "zsh", "fish", "tcsh", "powershell")


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("shell", choices=SHELLS, metavar="SHELL", help=f"one of {', '.join(SHELLS)}")


def run(arguments: argparse.Namespace) -> int:
    """Print it."""
    from argcomplete.shell_integration import shellcode  # noqa: PLC0415  # third-party: for this command alone

    print(shellcode(["web4"], shell=arguments.shell))
    return 0
