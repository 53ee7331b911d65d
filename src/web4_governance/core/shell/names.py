"""Names that people trust to be the program they know: putting something else behind one is a hijack of every later call."""

from __future__ import annotations

from web4_governance.core.shell.operands import names

TRUSTED = names(
    "sudo su doas ssh scp sftp rsync git gh glab curl wget kubectl helm docker podman aws gcloud az terraform tofu pulumi "
    "ansible npm npx pnpm yarn bun node deno pip pip3 pipx uv poetry python python2 python3 ruby gem perl php go cargo rustc "
    "java mvn gradle make gcc cc clang ld gpg gpg2 pass openssl ssh-add ssh-agent ssh-keygen rm ls cat cd cp mv ps kill top "
    "find grep sed awk chmod chown mount passwd login psql mysql mongosh redis-cli vault brew apt apt-get yum dnf pacman "
    "systemctl crontab claude codex code vim vi nano less more man which command type exit builtin source eval exec history"
)
_GUARDED = names("sudo su doas passwd login ssh gpg")  # what is typed there is a secret, or given rights
_RUNS_OTHERS = names("command builtin exec eval sudo doas env nohup sh bash zsh source . function xargs")


def replaces(name: str, text: str) -> bool:
    """Say whether an alias puts something else behind a trusted name: `ls='ls -l'` and `cat=bat` do not."""
    if name not in TRUSTED or not text.strip():
        return False
    words = text.split()
    first, rest = words[0], words[1:]
    if name in _GUARDED and first != name:
        return True
    plain = all(char.isalnum() or char in "-_.=/:,+@% " for char in text)
    if first == name and plain:
        return False
    if not plain or "/" in first or "=" in first or first in _RUNS_OTHERS:
        return True
    return any(not word.startswith("-") for word in rest)
