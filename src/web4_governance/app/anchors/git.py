"""A git remote as an anchor: each head is one commit on a branch that only ever moves forward.

The remote is asked with the person's own git and credentials. Nothing is ever forced. A branch that no longer holds a
commit which it once had was rewritten; that is noticed here, and is a finding even where the remote allows it.
"""

from __future__ import annotations

import os
import subprocess
from urllib.parse import urlsplit

from web4_governance.app.anchors.anchor import (
    Holdings,
    Receipt,
    holdings_of,
    receipt_bytes,
    receipt_field,
)
from web4_governance.app.anchors.follows import refuse_what_does_not_follow
from web4_governance.app.anchors.http import is_here
from web4_governance.core.digest import sha256_hex
from web4_governance.core.errors import AnchorError, AnchorRefused, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.app.anchors.anchor import Head, Known, Prove

TIMEOUT = 60.0  # seconds for one git command
ATTEMPTS = 4  # other ledgers may push to the same branch between our fetch and our push
SEEN = "refs/seen/tip"
FOLDER = "checkpoints"
MOST_LOGS = 1000  # other logs in a shared branch that are named
WHO = {
    f"GIT_{who}_{what}": text
    for who in ("AUTHOR", "COMMITTER")
    for what, text in (("NAME", "web4-governance"), ("EMAIL", "web4-governance@localhost.invalid"))
}
QUIET = ("-c", "core.hooksPath=/dev/null", "-c", "gc.auto=0", "-c", "maintenance.auto=0", "-c", "core.fsync=all")


class GitAnchor:
    """`kind = "git"`, `remote`: an address or path, `branch`; `directory` is where the fetched copy lies."""

    kind = "git"

    def __init__(self, name: str, *, remote: str, branch: str, directory: str) -> None:
        self.name = name
        if remote.startswith("-") or not remote:
            raise UsageError(f"the anchor `{name}`: `{remote}` is no remote")
        if branch.startswith("-") or not branch.replace("-", "").replace("/", "").replace(".", "").isalnum():
            raise UsageError(f"the anchor `{name}`: `{branch}` is no branch name")
        self._remote = remote
        self._ref = f"refs/heads/{branch}"
        self._directory = directory
        self._last_words = ""

    def submit(self, head: Head, *, prove: Prove, known: Known) -> Receipt:
        """Commit a head on top of the remote's branch and push it, without force; AnchorRefused where it does not follow."""
        data = head.note.to_bytes()
        for _ in range(ATTEMPTS):
            tip = self._fetch()
            self._refuse_rewrite(tip, known)
            refuse_what_does_not_follow(self.name, head, self._holdings(tip, known), prove=prove, known=known)
            commit = self._commit(tip, known.origin, data, head.checkpoint.size)
            # Crash here: a commit that nobody has, or one that was pushed and is in no receipt; the next head follows it.
            pushed = self._try("push", "--porcelain", "--no-verify", "--", self._remote, f"{commit}:{self._ref}")
            if pushed is not None:
                self._git("update-ref", SEEN, commit)
                return Receipt(size=head.checkpoint.size, data=receipt_bytes({"commit": commit}))
        raise AnchorError(f"the anchor `{self.name}`: the remote took no push without force", hint=self._last_words)

    def held(self, known: Known) -> Holdings:
        """Fetch the branch and read every head of this log in its history; missing commits are wrong."""
        tip = self._fetch()
        return self._holdings(tip, known, wrong=self._rewritten(tip, known))

    def _holdings(self, tip: str, known: Known, *, wrong: tuple[str, ...] = ()) -> Holdings:
        if not tip:
            return Holdings(wrong=wrong)
        path = _path(known.origin)
        order = ("--full-history", "--topo-order", "--reverse")
        commits = self._git("log", "--format=%H", *order, tip, "--", path).split()
        mine = [f"{commit}:{path}" for commit in commits]
        now = [f"{tip}:{name}" for name in self._git("ls-tree", "--name-only", tip, f"{FOLDER}/").splitlines()]
        lying = self._blobs(tuple(dict.fromkeys((*mine, *now[:MOST_LOGS]))))
        seen: dict[bytes, str] = {}
        for name, data in lying:
            seen.setdefault(data, name)
        return holdings_of(known.origin, [(data, 0, f"commit {name[:40]}") for data, name in seen.items()], wrong=wrong)

    @property
    def stateful(self) -> bool:
        """Whether this user cannot put another history there, as far as can be seen."""
        return is_elsewhere(self._remote)

    def _fetch(self) -> str:
        """Give the tip of the remote's branch, empty where there is no such branch."""
        if not os.path.isdir(self._directory):
            os.makedirs(os.path.dirname(self._directory), 0o700, exist_ok=True)
            # Crash: a directory that is not whole makes the next command fail; it holds nothing that is not at the remote.
            self._run(["init", "--bare", "--quiet", self._directory])
        listed = self._git("ls-remote", "--", self._remote, self._ref)
        if not listed.strip():
            return ""
        self._git(
            "fetch", "--no-tags", "--quiet", "--no-write-fetch-head", "--", self._remote, f"+{self._ref}:refs/web4/tip"
        )
        return self._git("rev-parse", "refs/web4/tip").strip()

    def _refuse_rewrite(self, tip: str, known: Known) -> None:
        wrong = self._rewritten(tip, known)
        if wrong:
            raise AnchorRefused(wrong[0], hint="somebody forced a push: `web4 verify` says what is missing")

    def _rewritten(self, tip: str, known: Known) -> tuple[str, ...]:
        """Say what the remote's branch once held and no longer does: commits of receipts, and the last tip seen."""
        seen = (self._try("rev-parse", "--verify", "--quiet", SEEN) or "").strip()
        named = [str(receipt_field(receipt, "commit")) for receipt in known.receipts[-1:]]
        gone = [one for one in dict.fromkeys((*named, seen)) if one and not self._holds(tip, one)]
        if not gone:
            return ()
        there = f"no longer holds the commit {gone[0][:40]}" if tip else "is gone"
        return (f"the branch of the anchor `{self.name}` {there}: it was rewritten",)

    def _holds(self, tip: str, commit: str) -> bool:
        known_shape = commit.isalnum() and len(commit) <= 64  # noqa: PLR2004  # a SHA-1 or SHA-256 in hex
        return bool(tip) and known_shape and self._try("merge-base", "--is-ancestor", commit, tip) is not None

    def _commit(self, tip: str, origin: str, data: bytes, size: int) -> str:
        """Give a commit on top of `tip` whose tree is that one's with the head in its place."""
        blob = self._git("hash-object", "-w", "--stdin", given=data).strip()
        index = os.path.join(self._directory, f"web4.index.{os.getpid()}")
        try:
            self._git("read-tree", tip or "--empty", index=index)
            self._git("update-index", "--add", "--cacheinfo", f"100644,{blob},{_path(origin)}", index=index)
            tree = self._git("write-tree", index=index).strip()
        finally:
            if os.path.exists(index):
                os.unlink(index)
        parent = ["-p", tip] if tip else []
        return self._git("commit-tree", tree, *parent, "-m", f"{size} entries of {origin}").strip()

    def _blobs(self, names: tuple[str, ...]) -> list[tuple[str, bytes]]:
        """Give files by `commit:path`, by one process for all."""
        out = self._run(["cat-file", "--batch"], given="".join(f"{name}\n" for name in names).encode(), inside=True)
        found = []
        for name in names:
            header, _, out = out.partition(b"\n")
            if header.endswith(b" missing"):
                continue
            size = int(header.rsplit(b" ", 1)[1])
            found.append((name, out[:size]))
            out = out[size + 1 :]
        return found

    def _git(self, *words: str, given: bytes = b"", index: str = "") -> str:
        try:
            return self._run(list(words), given=given, index=index, inside=True).decode("utf-8", "replace")
        except _GitFailed as failed:
            raise AnchorError(f"the anchor `{self.name}`: git says: {failed.message}") from None

    def _try(self, *words: str) -> str | None:
        """Give what a command says, None where it ends with an error."""
        try:
            return self._run(list(words), inside=True).decode("utf-8", "replace")
        except _GitFailed as failed:
            self._last_words = failed.message
            return None

    def _run(self, words: list[str], *, given: bytes = b"", index: str = "", inside: bool = False) -> bytes:
        clean = {
            name: text for name, text in os.environ.items() if not name.startswith("GIT_") or name.startswith("GIT_SSH")
        }
        clean |= {**WHO, "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
        clean.setdefault("GIT_SSH_COMMAND", "ssh -oBatchMode=yes")
        if index:
            clean["GIT_INDEX_FILE"] = index
        where = ["--git-dir", self._directory] if inside else []
        try:
            done = subprocess.run(  # noqa: S603  # no shell; words of ours, and a remote that cannot be an option
                ["git", *QUIET, *where, *words],  # noqa: S607  # the person's own git
                input=given, capture_output=True, timeout=TIMEOUT, check=False, env=clean,
            )  # fmt: skip
        except FileNotFoundError:
            raise AnchorError(f"the anchor `{self.name}` needs git, which is not here") from None
        except subprocess.TimeoutExpired:
            raise AnchorError(f"the anchor `{self.name}`: git took longer than {TIMEOUT:.0f} seconds") from None
        if done.returncode:
            said = (done.stderr.decode("utf-8", "replace") or done.stdout.decode("utf-8", "replace")).strip()
            raise _GitFailed(" ".join(said.split())[:300].lower())
        return done.stdout


class _GitFailed(AnchorError):
    """A git command ended with an error."""


def is_elsewhere(remote: str) -> bool:
    """Say whether a remote is a repository here that this user cannot write, or at an address of another machine."""
    place = remote.removeprefix("file://")
    if os.path.exists(place):
        return not os.access(place, os.W_OK)
    if "://" in remote:
        return not is_here(urlsplit(remote).hostname or "")
    host = remote.partition(":")[0].rpartition("@")[2] if ":" in remote else ""  # ssh's short form
    return not is_here(host)


def _path(origin: str) -> str:
    """Give the file of a log in the branch: several may share one."""
    return f"{FOLDER}/{sha256_hex(origin.encode())[:32]}"
