"""Two questions to the ledger: who read patients' files, and what did one session write?

    python examples/query.py SESSION [HOME]

Prints a line a call. What the ledger does not keep, or no longer, is None.
"""

from __future__ import annotations

import sys
from datetime import datetime

from web4_governance import Ledger


def main(session: str, home: str | None = None) -> int:
    """Ask both questions."""
    with Ledger.open(home) as ledger:
        print("Who read patients' files?")
        for record in ledger.query_audit(tool="Read", targetPattern="*/patient/*"):
            when = datetime.fromtimestamp(record.ts / 1_000_000).astimezone()
            print(f"  {when:%Y-%m-%d %H:%M}  {record.session}  {record.targets[0]}  {record.status}")

        print(f"What did session {session} write?")
        for record in ledger.query_audit(session_id=session, tool="Write"):
            print(
                f"  {', '.join(record.targets)}: {record.decision}, {record.status}; asked for by {record.request.prompt!r}"
            )

        report = ledger.verify()
        print(f"Did anybody rewrite this? {report.verdict}")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]) if len(sys.argv) > 1 else "which session? see `web4 sessions`")
