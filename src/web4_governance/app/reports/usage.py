"""What it cost, as far as the ledger has it: tokens by session and agent, and the host's own count of a session's money."""

from __future__ import annotations

from web4_governance.storage.figures import TOKENS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.app.reports.asked import Period
    from web4_governance.core.canonical import Json

MOST = 200


def usage(period: Period) -> dict[str, Json]:
    """Give tokens and cost of a period."""
    reader, asked = period.reader, period.asked
    spent = reader.figures.spent(asked.since_us, asked.until_us, limit=MOST)
    costs = reader.figures.costs(asked.since_us, asked.until_us)
    rows: list[Json] = [
        {
            "session": one.session,
            "agent": one.agent or "main",
            "model": one.model,
            "messages": one.messages,
            **dict(zip(TOKENS, one.tokens, strict=True)),
        }
        for one in spent
    ]
    return {
        "tokens": rows,
        "costs": [{"session": session, "micro_usd": micro} for session, micro in costs[:MOST]],
        "micro_usd": sum(micro for _, micro in costs),
        "sessions_with_cost": len(costs),
    }
