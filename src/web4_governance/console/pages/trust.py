"""Trust: what is known of each agent, server and session, as bands between the bounds that rules compare; by which entries."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Any

from starlette.routing import Route

from web4_governance.app import trust
from web4_governance.app.trust_course import Course
from web4_governance.console.desk import words_of
from web4_governance.core.errors import UsageError
from web4_governance.core.trust.bounds import bounds
from web4_governance.core.trust.fixed import ONE
from web4_governance.core.trust.tensor import Dimension, roots

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request
    from starlette.responses import Response

    from web4_governance.app.trust import Known
    from web4_governance.console.desk import Desk
    from web4_governance.core.evidence.fold import Moved
    from web4_governance.core.trust.posterior import Posterior

EVIDENCE = 60
POINTS = 48  # of a line of history
MOST_COURSES = 4  # some megabytes each


def routes(desk: Desk) -> list[Route]:
    """Give the page of all, and of one."""
    courses = _Courses()

    def every(_request: Request) -> Response:
        answer = desk.work.ask("trust", lambda: _known(desk), size=_size(desk))
        found = _entities(answer.given or ())
        return desk.paper.page(
            "trust.html",
            title="Trust",
            here="trust",
            answer=answer,
            entities=found,
            dimensions=tuple(map(str, Dimension)),
        )

    def one(request: Request) -> Response:
        name = words_of(request, ("name",))["name"]
        answer = desk.work.ask(("trust", name), lambda: _evidence(desk, courses, name), size=_size(desk))
        return desk.paper.page(
            "entity.html", title=f"Trust in {name}", here="trust", name=name, answer=answer, most=EVIDENCE
        )

    return [Route("/trust", every), Route("/trust/of", one)]


def _size(desk: Desk) -> int:
    with desk.ledger() as ledger:
        return ledger.reader.head().size


def _known(desk: Desk) -> tuple[Known, ...]:
    with desk.ledger() as ledger:
        return trust.known(ledger.reader)[0]


def _entities(found: Sequence[Known]) -> list[dict[str, Any]]:
    """Give one row an entity and role, with a band for each dimension."""
    return [
        {
            "entity": one.entity,
            "role": one.role,
            "seen": max((held.mass for held in one.tensor.values()), default=0) / ONE,
            "bands": {str(name): band(one.tensor.get(name)) for name in Dimension},
            "roots": {str(root): mean for root, mean in roots(one.tensor).items()},
            "witnesses": one.witnesses,
        }
        for one in found
    ]


def band(held: Posterior | None) -> dict[str, Any] | None:
    """Give the bounds and the mean in thousandths, and how much evidence they rest on; None where nothing is known."""
    if held is None:
        return None
    found = bounds(held)
    return {
        "low": found.low,
        "high": found.high,
        "mean": found.mean,
        "alarm": found.alarm,
        "evidence": held.mass / ONE,
    }


class _Courses:
    """The courses that were looked at last: who looks again goes on where the last look stopped."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Course] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, name: str) -> Course:
        """Give the course of an entity as far as it was followed; it is the caller's until it is put back."""
        with self._lock:
            found = self._kept.pop(name, None)
        return Course(name, newest=EVIDENCE, points=POINTS) if found is None else found

    def put(self, course: Course) -> None:
        """Keep a course, and let go of the one that was looked at longest ago."""
        with self._lock:
            self._kept[course.entity] = course
            self._kept.move_to_end(course.entity)
            if len(self._kept) > MOST_COURSES:
                self._kept.popitem(last=False)


def _evidence(desk: Desk, courses: _Courses, name: str) -> dict[str, Any]:
    """Give what is known of one entity, and the observations that made it, the newest first."""
    with desk.ledger() as ledger:
        known = [one for one in trust.known(ledger.reader)[0] if one.entity == name]
        if not known:
            raise UsageError(f"nothing is known of `{name}`", hint="the page of trust lists all")
        course = courses.take(name)
        course.follow(ledger.reader)
        latest = [*course.newest][::-1]
        stored = {one.idx: ledger.reader.entry(one.idx) for one in latest}
    found = {
        "known": _entities(known),
        "moves": [_move(one, stored[one.idx]) for one in latest],
        "count": course.count,
        "history": history(course),
    }
    courses.put(course)
    return found


def _move(one: Moved, stored: Any) -> dict[str, Any]:  # noqa: ANN401  # an entry, or nothing
    return {
        "idx": one.idx,
        "ts": stored.ts if stored is not None else 0,
        "kind": stored.kind if stored is not None else "",
        "role": one.role,
        "dimension": str(one.seen.dimension),
        "good": one.seen.good,
        "weight": one.seen.weight / 1000,
        "before": bounds(one.before),
        "after": bounds(one.after),
        "alarm": one.after.alarms > one.before.alarms,
    }


def history(course: Course) -> list[dict[str, Any]]:
    """Give, for each role and dimension, how its bounds went: at up to `POINTS` places evenly apart in observations."""
    return [
        {"role": role, "dimension": dimension, "count": line.count, "points": _points(line.points())}
        for (role, dimension), line in sorted(course.lines.items())
    ]


def _points(line: Sequence[Posterior]) -> list[tuple[int, int]]:
    """Give (low, high) in thousandths along a line."""
    return [(found.low, found.high) for found in map(bounds, line)]
