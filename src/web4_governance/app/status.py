"""What holds: forms, policy, ledger, switches, and which properties of the record can be claimed right now."""

from __future__ import annotations

import os

from web4_governance.app import install, launcher, off
from web4_governance.app.anchors.configured import configured
from web4_governance.app.anchors.submit import lags
from web4_governance.app.assurance import assurance
from web4_governance.app.checks import lines, plugin
from web4_governance.app.checks import settings as silence
from web4_governance.app.checks.policy import in_force
from web4_governance.app.hosts import claude_code
from web4_governance.app.retain import LARGE
from web4_governance.app.settings import settings
from web4_governance.core.errors import InputError, LedgerError, PolicyError, UsageError
from web4_governance.storage import Home, defect, open_reader

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.app.surroundings import Surroundings
    from web4_governance.core.canonical import Json

    Part = dict[str, Json]


def status(around: Surroundings, *, now_us: int) -> Part:
    """Give everything as one JSON object."""
    return {
        "home": around.home,
        "project": around.project,
        "forms": [_form(form) for form in lines.forms(around)],
        "plugin": _plugin(around),
        "policy": _policy(around),
        "off_until_us": off.until(around.home) if off.in_force(around.home, now_us) else 0,
        "settings": _settings(around.home),
        "ledger": _ledger(around.home),
        "anchors": _anchors(around.home),
        "sqlite": _sqlite(),
        "assurance": _assurance(around, now_us),
        "disagreements": _disagreements(around),
        "silenced": list(silence.silent(around)),
    }


def _assurance(around: Surroundings, now_us: int) -> Part:
    """Say what holds without asking any anchor: that needs the network, and `web4 verify` does it (assurance.md A11)."""
    found = assurance(around, now_us=now_us)
    return {"holds": dict(found.holds), "not_covered": list(found.not_covered)}


def _anchors(home: str) -> list[Json]:
    """Give each configured anchor, and since when it lags; one row with the reason where the settings are broken."""
    try:
        anchors = configured(home)
    except InputError as error:
        return [{"name": "", "kind": "", "lags_since_us": 0, "why": error.message, "refused": False}]
    behind = {lag.anchor: lag for lag in lags(home)}
    rows: list[Json] = []
    for anchor in anchors:
        lag = behind.get(anchor.name)
        since, why, refused = (lag.since_us, lag.why, lag.refused) if lag else (0, "", False)
        rows.append({"name": anchor.name, "kind": anchor.kind, "lags_since_us": since, "why": why, "refused": refused})
    return rows


def _form(form: lines.Form) -> Part:
    gate = next((line for line in form.lines if line.event == claude_code.GATE), form.lines[0])
    return {
        "scope": form.scope,
        "file": form.path,
        "events": len(form.lines),
        "on_failure": form.mode,
        "interpreter": gate.python(),
        "client": form.client,
        "script": gate.script(),
        "ours": os.path.realpath(gate.script()) == os.path.realpath(install.SCRIPT),
    }


def _plugin(around: Surroundings) -> Part:
    try:
        named = launcher.read(around.home)
    except UsageError:
        named = None
    return {
        "enabled_in": list(plugin.enabled_in(around)),
        "launcher": named is not None,
        "on_failure": named.on_failure if named is not None else "",
    }


def _policy(around: Surroundings) -> Part:
    try:
        loaded = in_force(around)
    except PolicyError as error:
        return {"digest": "", "mode": "unknown", "layers": [], "broken": [error.message], "untrusted": []}
    layers: list[Json] = [{"layer": str(source.layer), "file": source.path} for source in loaded.sources]
    return {
        "digest": loaded.policy.digest,
        "mode": "enforce" if loaded.policy.enforcing else "dry-run",
        "layers": layers,
        "broken": list(loaded.broken),
        "untrusted": list(loaded.untrusted),
    }


def _settings(home: str) -> Part:
    try:
        held = settings(home)
    except UsageError as error:
        return {"broken": error.message}
    return {"privacy": str(held.privacy), "words": held.words, "session_notice": held.session_notice}


def _ledger(path: str) -> Part:
    home = Home(path)
    part: Part = {
        "file": home.ledger,
        "bytes": 0,
        "large": False,
        "entries": 0,
        "sessions": 0,
        "last_us": 0,
        "head_us": 0,
        "head_size": 0,
        "fault": "",
    }
    try:
        with open_reader(home) as ledger:
            sessions = ledger.sessions()
            head = ledger.last_head()
    except LedgerError as error:
        part["fault"] = error.message
        return part
    size = sum(os.path.getsize(home.ledger + end) for end in ("", "-wal") if os.path.exists(home.ledger + end))
    part["bytes"], part["large"] = size, size >= LARGE
    part["entries"] = sum(size for _session, size, _first, _last in sessions)
    part["sessions"] = len(sessions)
    if head is not None:
        part["head_us"], part["head_size"] = head.ts, head.size
    part["last_us"] = max((last for _session, _size, _first, last in sessions), default=0)
    return part


def _sqlite() -> Part:
    version = defect.sqlite_version()
    return {"version": ".".join(map(str, version)), "wal_defect": defect.sqlite_wal_defect(version)}


def _disagreements(around: Surroundings) -> list[Json]:
    wanted = {"mode-disagrees", "launcher-mode"}
    found = (*lines.check(around), *plugin.check(around))
    return [finding.what for finding in found if finding.id in wanted]
