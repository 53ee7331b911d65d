"""Who last changed each line of a file, by export bundles alone, without the ledger (docs/spec/lineage.md B5).

A bundle is verified first; of one that is not whole, or is tampered with, nothing is told. The origins are folded again from
the openings that it shows. The file that lies here is compared by its content's digest only: a bundle has no keys of lines.
"""

from __future__ import annotations

import os

from web4_governance.app.blame import FIRST, TOO_MUCH, Author, Blame, count_of, left_by, ranges_of
from web4_governance.app.bundle_verifier import open_files
from web4_governance.app.lying import content_at
from web4_governance.app.signatures import check
from web4_governance.core.canonical import decode, trusted
from web4_governance.core.digest import leaf
from web4_governance.core.errors import UsageError
from web4_governance.core.ledger.bundle import ENTRIES, OPENINGS, verify_bundle
from web4_governance.core.ledger.verdict import VerdictName
from web4_governance.core.lineage.blame import By, Origin, origin_of
from web4_governance.core.lineage.change import SEEN
from web4_governance.core.lineage.fold import Fold
from web4_governance.core.lineage.lines import digest_of
from web4_governance.core.record.entry import Kind, at
from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from web4_governance.core.canonical import Json
    from web4_governance.core.ledger.bundle import Files
    from web4_governance.core.ledger.note import VerifierKey

FILES, TEXT = "result.files", "request.text"
SHOWN = (FILES, TEXT)
ELSE = "the file that lies here has another content than the bundle's calls left"
NOWHERE = -1


@value
class _Last:
    """What a bundle knows of a file last: the place and time of the outcome, and the digest of the content after it.

    `proven`: that the call was the cause.
    """

    idx: int
    ts: int
    after: str | None
    proven: bool = True


def blame_bundles(
    paths: Iterable[str],
    name: str,
    *,
    line: int = 0,
    keys: Iterable[VerifierKey] = (),
    witnesses: Iterable[VerifierKey] = (),
) -> Blame:
    """Give who last changed each line of a file, by the bundle that knows of the latest change.

    Args:
        paths: The bundles; each is verified whole.
        name: The file's path, as the bundles have it, or its end.
        line: One line, from 1; 0 for all.
        keys: Keys of the logs, as the reader has them from elsewhere.
        witnesses: Keys of witnesses whose cosignatures count.

    Raises:
        UsageError: A bundle is not to be relied on, or none knows such a file or line.
    """
    told = [_told(path, tuple(keys), tuple(witnesses)) for path in paths]
    found = [(one, path) for one in told for path in one.matching(name)]
    if len({path for _, path in found}) > 1:
        raise UsageError(f"several files are called `{name}`", hint="say more of its path")
    if not found:
        raise UsageError(f"no bundle knows a file `{name}`", hint="give its path as it was, or the end of it")
    one, path = max(found, key=lambda pair: pair[0].last[pair[1]].ts)
    return one.blame(path, line)


def _told(path: str, keys: tuple[VerifierKey, ...], witnesses: tuple[VerifierKey, ...]) -> _Bundle:
    with open_files(path) as files:
        report, whole = verify_bundle(files, pinned=keys, witnesses=witnesses, check=check)
        if not whole:
            raise UsageError(f"`{path}` is a selection: who changed a line last needs the whole ledger")
        if report.verdict in (VerdictName.TAMPERED, VerdictName.UNCORROBORATED):
            raise UsageError(
                f"`{path}` is {report.verdict}: {report.reason}", hint="`web4 verify --bundle` shows it all"
            )
        return _Bundle(files)


class _Bundle:
    """The calls and the lines of files that a verified bundle tells of."""

    def __init__(self, files: Files) -> None:
        shown = dict(_shown(files))
        self._fold = Fold()
        self.last: dict[str, _Last] = {}
        self._authors: dict[str, Author] = {}
        self._outcomes: dict[int, str] = {}
        self._places: dict[int, str] = {}
        prompts: dict[str, str | None] = {}
        for idx, line in enumerate(files.lines(ENTRIES)):
            data = line.removesuffix(b"\n")
            body: Any = trusted(data)
            match body["kind"]:
                case Kind.PROMPT:
                    text = shown.get(idx, {}).get(TEXT)
                    prompts[str(body["session"])] = text if isinstance(text, str) else None
                case Kind.INTENT:
                    name = leaf(data).hex()
                    self._authors[name] = _author(idx, name, body, prompts.get(str(body["session"])))
                    self._places[idx] = name
                case Kind.OUTCOME:
                    self._outcome(idx, body, shown.get(idx, {}).get(FILES))
                case _:
                    pass

    def _outcome(self, idx: int, body: dict[str, Json], rows: Json) -> None:
        self._outcomes[idx] = str(at(body, "reference.intent"))
        self._fold.take(idx, rows)
        ts = at(body, "ts")
        for row in rows if isinstance(rows, list) else ():
            after = at(row, "after")
            path = str(at(row, "path"))
            self.last[path] = _Last(
                idx=idx,
                ts=ts if isinstance(ts, int) else 0,
                after=str(after) if after else None,
                proven=at(row, "how") not in (None, SEEN),
            )

    def matching(self, name: str) -> tuple[str, ...]:
        """Give the files that a path, or the end of one, names."""
        whole = [path for path in self.last if path in (name, os.path.realpath(name))]
        return tuple(whole or [path for path in self.last if path.endswith("/" + name.lstrip("/"))])

    def blame(self, path: str, line: int) -> Blame:
        """Give the origins of a file's lines as the bundle has them last."""
        last = self.last[path]
        content = content_at(path)
        is_there = content is not None and last.after == digest_of(content)
        runs = self._fold.runs.get(path)
        why = TOO_MUCH if runs is None and last.after else FIRST
        count = count_of(content) if is_there else max(1, line)  # how many lines it had, nobody told
        told = runs if runs is not None else ((count, Origin(by=By.BEFORE, idx=NOWHERE).word),) if last.after else ()
        if content is not None and not is_there:
            why, told = ELSE, tuple((count, Origin(by=By.BEFORE, idx=NOWHERE).word) for count, _ in told)
        ranges = ranges_of(path, told, why, line, self._author_of)
        author = self._authors.get(self._outcomes[last.idx])
        if not told and author is not None and (is_there or (content is None and last.after is None)):
            ranges = (left_by(author, proven=last.proven),)
        return Blame(path=path, ranges=ranges, is_there=is_there, last=author)

    def _author_of(self, word: str) -> Author | None:
        origin = origin_of(word)
        name = self._outcomes.get(origin.idx, "") if origin.by is By.CALL else self._places.get(origin.during, "")
        return self._authors.get(name)


def _shown(files: Files) -> Iterable[tuple[int, dict[str, Json]]]:
    """Give what of the openings is asked for, by place."""
    for line in files.lines(OPENINGS):
        body: Any = decode(line.removesuffix(b"\n"))
        found = {field: body["open"][field][1] for field in SHOWN if field in body["open"]}
        if found:
            yield body["idx"], found


def _author(idx: int, name: str, body: dict[str, Json], prompt: str | None) -> Author:
    matched, ts = at(body, "rules.matched"), at(body, "ts")
    return Author(
        idx=idx,
        id=name,
        ts=ts if isinstance(ts, int) else 0,
        session=str(at(body, "session")),
        agent=str(at(body, "agent") or ""),
        agent_id=str(at(body, "role.agent_id") or ""),
        agent_type=str(at(body, "role.agent_type") or ""),
        tool=str(at(body, "request.tool") or ""),
        call=str(at(body, "request.call") or ""),
        server=str(at(body, "request.mcp.name") or ""),
        decision=str(at(body, "rules.decision") or ""),
        rules=tuple(map(str, matched)) if isinstance(matched, list) else (),
        status="",
        prompt=prompt,
    )
