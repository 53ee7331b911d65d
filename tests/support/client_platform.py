"""Prints which platform package of the client has the native binary for this machine: `linux-x64`, `darwin-arm64` ...

Run by `make client` with whatever Python is there, before anything is installed: standard library only.
"""

from __future__ import annotations

import glob
import platform
import sys

MACHINES = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}


def client_platform(system: str, machine: str, *, musl: bool = False) -> str:
    """Give the package's suffix; an empty text where the client has no native binary."""
    processor = MACHINES.get(machine.lower(), "")
    if not processor or system not in ("linux", "darwin", "win32"):
        return ""
    return f"{system}-{processor}{'-musl' if musl and system == 'linux' else ''}"


def main() -> int:
    """Print it; 1 where there is none."""
    musl = platform.libc_ver()[0] != "glibc" and bool(glob.glob("/lib/ld-musl-*"))
    found = client_platform(sys.platform, platform.machine(), musl=musl)
    print(
        found or f"no native client for {sys.platform} {platform.machine()}", file=sys.stdout if found else sys.stderr
    )
    return 0 if found else 1


if __name__ == "__main__":
    sys.exit(main())
