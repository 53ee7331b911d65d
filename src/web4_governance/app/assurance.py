"""Looks at what the assurance properties rest on, now, and says which hold (docs/spec/assurance.md A1-A10).

Only looking: each fact is a file, a setting or an entry as it is at this moment; what follows from facts is
core.ledger.assurance's. Whoever has verified the ledger or asked its anchors hands in what was found.
"""

from __future__ import annotations

import os
import stat
from urllib.parse import urlsplit

from web4_governance.app import log_keys, receipts, signing
from web4_governance.app.anchors.ask import log_policy
from web4_governance.app.anchors.git import is_elsewhere
from web4_governance.app.anchors.http import is_here
from web4_governance.app.atomic import read_bytes
from web4_governance.app.checks.policy import in_force
from web4_governance.app.checks.sandbox import gaps_of
from web4_governance.app.hosts import claude_code, claude_settings, entries
from web4_governance.app.hosts.json_text import JsonFault, to_text
from web4_governance.app.reconcile_record import EVENT
from web4_governance.app.settings import settings
from web4_governance.core.errors import LedgerError, PolicyError, UsageError, Web4Error
from web4_governance.core.ledger.assurance import (
    AnchoredAt,
    Chain,
    Committed,
    Keys,
    Observed,
    Owner,
    Reconciled,
    Sandbox,
    Took,
    beside,
    evaluate,
    of_report,
)
from web4_governance.core.ledger.log_policy import NONE
from web4_governance.core.record.entry import NO_SESSION, Kind, at
from web4_governance.core.value import replace
from web4_governance.storage.filters import Filters
from web4_governance.storage.home import Home
from web4_governance.storage.reader import open_reader

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.app.hosts.entries import Found
    from web4_governance.app.surroundings import Surroundings
    from web4_governance.core.canonical import Json
    from web4_governance.core.ledger.assurance import Assurance
    from web4_governance.core.ledger.verdict import Report
    from web4_governance.storage.reader import Reader

MOST_EVENTS = 256
JOURNALS = ("/var/log/journal", "/run/log/journal")
QUICK = "the heads count what is there; `web4 verify` reads everything"


def assurance(
    around: Surroundings, *, now_us: int, report: Report | None = None, anchored: tuple[AnchoredAt, ...] | None = None
) -> Assurance:
    """Give what can be claimed at this moment, of a ledger that was verified just now (`report`) or only looked at.

    `anchored` is what the anchors were found to hold just now; None where none was asked.
    """
    return evaluate(observe(around, now_us=now_us, report=report, anchored=anchored))


def observe(
    around: Surroundings, *, now_us: int, report: Report | None = None, anchored: tuple[AnchoredAt, ...] | None = None
) -> Observed:
    """Look."""
    asked, anchored = anchored is not None, anchored or ()
    seen = Observed(
        now_us=now_us,
        keys=_keys(around),
        sandbox=_sandbox(around),
        owner=_other_gate(around) or _owner(around.home),
        asked=asked,
        anchored=anchored,
        committed=_committed(around),
    )
    try:
        with open_reader(around.home) as reader:
            size = reader.head().size
            chain = of_report(report) if report is not None else _looked(reader)
            newest = max((head.size for head in anchored if head.stateful and head.size <= size), default=0)
            after = reader.entry(newest)
            return replace(
                seen,
                size=size,
                chain=chain,
                tail_us=after.ts if after is not None else 0,
                took=_took(around.home, reader),
                reconciled=_reconciled(reader),
            )
    except LedgerError as error:
        return replace(seen, chain=Chain(fault=error.message), took=_took(around.home, None))


def with_assurance(report: Report, around: Surroundings, *, now_us: int, asked: bool = True) -> Report:
    """Give a verification's report with the properties that hold, and those that do not, beside what its steps say.

    `asked` says whether the verification asked the anchors.
    """
    anchored = anchored_by(around.home, report) if asked else None
    return beside(report, assurance(around, now_us=now_us, report=report, anchored=anchored))


def for_export(around: Surroundings, *, now_us: int, report: Report | None = None) -> dict[str, Json]:
    """Give what an export says of the moment it was made at: when, what holds, and what is not covered."""
    anchored = anchored_by(around.home, report) if report is not None else None
    found = assurance(around, now_us=now_us, report=report, anchored=anchored)
    return {"observed_us": now_us, "holds": dict(found.holds), "not_covered": list(found.not_covered)}


def anchored_by(home: str, report: Report) -> tuple[AnchoredAt, ...]:
    """Give the heads that a verification found at anchors, each with whether who asks could take it back.

    Witnesses and remotes on this machine's loopback or file system count only where the asking user cannot write them; of a
    server on loopback that cannot be seen, so it does not count. Timestamp authorities keep nothing.
    """
    tables = _tables(home)
    found = []
    for head in report.anchored:
        name = head.anchor or _witness_called(head.by, tables)
        stateful = _keeps_state(tables.get(name, {}))
        found.append(AnchoredAt(anchor=name or head.by, size=head.size, stateful=stateful))
    return tuple(found)


def _took(home: str, reader: Reader | None) -> tuple[Took, ...]:
    """Give the newest receipt of each anchor of the settings; none where the settings are broken."""
    try:
        tables = _tables(home)
    except UsageError:
        return ()
    found = []
    for name, fields in sorted(tables.items()):
        last = reader.last_anchoring(name) if reader is not None else None
        size, ts = (last.size, last.ts) if last is not None else (0, 0)
        found.append(Took(anchor=name, size=size, ts=ts, stateful=_keeps_state(fields)))
    return tuple(found)


def _tables(home: str) -> dict[str, dict[str, str]]:
    """Give the settings of the anchors, by name."""
    held = settings(home).anchors
    tables = held.items() if isinstance(held, dict) else ()
    return {
        name: {str(key): str(text) for key, text in table.items()} for name, table in tables if isinstance(table, dict)
    }


def _witness_called(name: str, tables: dict[str, dict[str, str]]) -> str:
    """Give a witness's name in the settings by the name of its key, which is what its cosignatures say."""
    return next((own for own, table in tables.items() if table.get("key", "").partition("+")[0] == name), "")


def _keeps_state(fields: dict[str, str]) -> bool:
    match fields.get("kind"):
        case "journald":
            return not _can_write(JOURNALS)
        case "file" | "syslog":
            place = fields.get("path") or fields.get("read") or ""
            return bool(place) and not _can_write((os.path.expanduser(place),))
        case "git":
            return is_elsewhere(fields.get("remote", ""))
        case "witness":
            return not is_here(urlsplit(fields.get("url", "")).hostname or "")
        case _:
            return False


def _can_write(paths: tuple[str, ...]) -> bool:
    return any(os.access(path, os.W_OK) for path in paths)


def _looked(reader: Reader) -> Chain:
    """Compare the heads with what is there, without reading it: an edit is not seen by this, a cut is."""
    sizes = {session: size for session, size, _first, _last in reader.sessions()}
    heads = {chain.session: chain.size for chain in reader.chains()}
    if heads != sizes or reader.head().size != sum(sizes.values()):
        return Chain(fault="a stored head counts other entries than there are")
    return Chain(checked=True, cause=QUICK)


def _keys(around: Surroundings) -> Keys:
    try:
        found = signing.read(around.home)
    except UsageError:
        return Keys()
    place = log_keys.file_of(around.organisation)
    return Keys(
        epochs=found.epoch + 1,
        left=signing.left_over(around.home),
        pinned_at=place if _is_pinned(found.first.to_text(), around.organisation) else "",
    )


def _is_pinned(key: str, organisation: str) -> bool:
    """Say whether a key is a line of a file that who asks can neither change nor replace."""
    return key in log_keys.lines_of(organisation) and not _can_write((log_keys.file_of(organisation), organisation))


def _sandbox(around: Surroundings) -> Sandbox:
    paths = [receipt.path for receipt in receipts.all_of(around.home)[0]]
    path = paths[0] if paths else claude_code.settings_path(claude_code.Scope.USER, around)
    return Sandbox(gaps=gaps_of(around, path))


def _other_gate(around: Surroundings) -> Owner | None:
    """Look at the gate of another user that the hook lines name (daemon.md U1); None where they name none, or it is not there.

    The home is then that user's alone and cannot be looked at; the socket tells whose gate it is.
    """
    for _scope, path in claude_code.all_settings(around):
        for line in _lines(path):
            name, place = line.option("--gate-user"), line.option("--gate")
            if line.event == claude_code.GATE and name and place:
                return _gate_of(name, place)
    return None


def _gate_of(name: str, place: str) -> Owner | None:
    import pwd  # noqa: PLC0415  # not on every system; lines that name a user are

    try:
        uid, found = pwd.getpwnam(name).pw_uid, os.stat(place)
    except (KeyError, OSError):
        return None
    if not stat.S_ISSOCK(found.st_mode) or found.st_uid != uid:
        return None
    directory = os.path.dirname(place)
    can_write = any(os.access(one, os.W_OK) for one in (directory, os.path.dirname(directory)))
    return Owner(ledger_uid=uid, asking_uid=os.getuid(), can_write=can_write, can_read_key=False)


def _lines(path: str) -> tuple[Found, ...]:
    try:
        return entries.find(_text(path) or "{}", in_force=True)
    except JsonFault:
        return ()


def _owner(home: str) -> Owner:
    if not hasattr(os, "getuid"):
        return Owner()
    place = Home(home)
    try:
        uid = os.stat(place.ledger).st_uid
    except OSError:
        return Owner(asking_uid=os.getuid())
    writes = [path for path in (place.path, place.ledger, place.lock) if os.access(path, os.W_OK)]
    keys = place.at("keys")
    return Owner(
        ledger_uid=uid,
        asking_uid=os.getuid(),
        can_write=bool(writes),
        can_read_key=os.path.isdir(keys) and os.access(keys, os.R_OK | os.X_OK),
    )


def _committed(around: Surroundings) -> Committed:
    try:
        document = in_force(around).policy.as_json()
    except PolicyError:
        return Committed()
    try:
        asked = log_policy(around.home)
    except Web4Error:  # no such call is let through then
        asked = None
    return Committed(
        rules=_count(document),
        managed_only=_managed_only(around),
        asked=asked.anchors if asked else (),
        quorum=asked is not None and asked.quorum != NONE,
    )


def _count(found: object) -> int:
    if isinstance(found, dict):
        return (found.get("commitBeforeAct") is True) + sum(map(_count, found.values()))
    return sum(map(_count, found)) if isinstance(found, list) else 0


def _managed_only(around: Surroundings) -> bool:
    """Say whether only managed hooks run, ours among them, in a file that who asks cannot write."""
    path = claude_code.settings_path(claude_code.Scope.MANAGED, around)
    text = _text(path)
    ours = any(line.event == claude_code.GATE for line in _lines(path))
    only = claude_settings.switch(text, "allowManagedHooksOnly")
    return ours and only and not os.access(path, os.W_OK) and not os.access(os.path.dirname(path), os.W_OK)


def _reconciled(reader: Reader) -> Reconciled:
    """Find the last reconciliation on record, and count the calls that came after what it compared."""
    found = reader.last(NO_SESSION, str(Kind.EVENT))
    for _ in range(MOST_EVENTS):
        if found is None:
            break
        body = found.body()
        exit_code, by = at(body, "reconcile.exit"), at(body, "reconcile.by")
        if body.get("event") == EVENT and isinstance(exit_code, int) and isinstance(by, list):
            since = len(reader.find(Filters(), after=found.idx, limit=MOST_EVENTS))
            return Reconciled(ts=found.ts, exit_code=exit_code, by=tuple(map(str, by)), since=since)
        found = reader.before(NO_SESSION, str(Kind.EVENT), found.idx)
    return Reconciled()


def _text(path: str) -> str:
    try:
        return to_text(read_bytes(path) or b"")
    except UsageError:
        return ""
