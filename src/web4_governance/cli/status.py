"""`web4 status`: what holds, and what does not."""

from __future__ import annotations

from web4_governance.app.status import status
from web4_governance.app.times import iso
from web4_governance.cli import render
from web4_governance.cli.here import here, now_us
from web4_governance.cli.text import safe

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from typing import Any

HELP = "what holds, and what does not"
MODES = {
    "enforce": "enforced: decisions bind",
    "dry-run": "observed: decisions are recorded, and bind nothing",
    "unknown": "unknown: a policy does not load",
}


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    render.add_formats(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print it; 0 if something is installed, runs, and agrees with its policy, else 1."""
    found = status(here(arguments), now_us=now_us())
    if not render.one(arguments, found):
        _print(found)
    governed = bool(found["forms"]) or _plugin_runs(found)
    return 0 if governed and not found["disagreements"] and not found["silenced"] else 1


def _print(found: dict[str, Any]) -> None:
    rows = [("home", found["home"])]
    rows += [("hooks", _form(form)) for form in found["forms"]]
    if found["plugin"]["enabled_in"]:
        rows.append(("hooks", _plugin(found)))
    if len(rows) == 1:
        rows.append(("hooks", "none: no session started here is governed (`web4 init`)"))
    rows += [("SILENT", f"{text}, so nothing binds and nothing is recorded") for text in found["silenced"]]
    rows += _policy(found["policy"])
    if found["off_until_us"]:
        rows.append(("OFF", f"every call goes through until {iso(found['off_until_us'])} (`web4 off --on`)"))
    rows += [
        ("ledger", _ledger(found["ledger"])),
        ("head", _head(found["ledger"])),
        ("sqlite", _sqlite(found["sqlite"])),
    ]
    rows += _anchors(found["anchors"])
    rows += [("kept", str(found["settings"].get("privacy", found["settings"].get("broken"))))]
    rows += [("holds", f"{name}: {text}") for name, text in found["assurance"]["holds"].items()]
    rows += [("not", text) for text in found["assurance"]["not_covered"]]
    rows += [("DIFFERS", f"{text} (`web4 doctor --fix`)") for text in found["disagreements"]]
    for name, text in rows:
        render.say(f"{name:<9}{safe(text)}", hang=9)


def _anchors(anchors: list[dict[str, Any]]) -> list[tuple[str, str]]:
    names = ", ".join(f"{anchor['name']} ({anchor['kind']})" for anchor in anchors if anchor["name"])
    rows = [("anchors", names)] if names else []
    for anchor in anchors:
        if not anchor["name"]:
            rows.append(("BROKEN", anchor["why"]))
        elif anchor["lags_since_us"]:
            what = "REFUSED" if anchor["refused"] else "LAGS"
            rows.append((what, f"{anchor['name']} since {iso(anchor['lags_since_us'])}: {anchor['why']}"))
    return rows


def _form(form: dict[str, Any]) -> str:
    other = "" if form["ours"] else f", runs another installation: {form['script']}"
    return f"{form['scope']} settings, {form['events']} events, on failure {form['on_failure']}: {form['file']}{other}"


def _plugin_runs(found: dict[str, Any]) -> bool:
    return bool(found["plugin"]["enabled_in"]) and bool(found["plugin"]["launcher"])


def _plugin(found: dict[str, Any]) -> str:
    state = f"on failure {found['plugin']['on_failure']}" if _plugin_runs(found) else "NOT set up (`web4 doctor --fix`)"
    return f"plugin, {state}: {found['plugin']['enabled_in'][0]}"


def _policy(policy: dict[str, Any]) -> list[tuple[str, str]]:
    rows = [("policy", f"{MODES[policy['mode']]} ({policy['digest'][:19]})")]
    rows += [("", f"{layer['layer']}: {layer['file']}") for layer in policy["layers"]]
    rows += [("", f"NOT counted, because it is not trusted: {path}") for path in policy["untrusted"]]
    rows += [("", f"BROKEN, its last good copy counts: {text}") for text in policy["broken"]]
    return rows


def _ledger(ledger: dict[str, Any]) -> str:
    if ledger["fault"]:
        return str(ledger["fault"])
    last = f", the last at {iso(ledger['last_us'])}" if ledger["last_us"] else ""
    large = "; LARGE: `web4 retain` prunes what need not be kept" if ledger["large"] else ""
    return (
        f"{ledger['entries']} entries in {ledger['sessions']} chains, {ledger['bytes']} bytes{last}: {ledger['file']}"
        f"{large}"
    )


def _head(ledger: dict[str, Any]) -> str:
    if not ledger["head_us"]:
        return "none was ever signed"
    age = max(now_us() - ledger["head_us"], 0) // 1_000_000
    behind = ledger["entries"] - ledger["head_size"]
    return f"signed {age} s ago over {ledger['head_size']} entries" + (f", {behind} since" if behind else "")


def _sqlite(sqlite: dict[str, Any]) -> str:
    defect = "has the WAL defect; the ledger's own lock keeps to one writer" if sqlite["wal_defect"] else "fine"
    return f"{sqlite['version']}, {defect}"
