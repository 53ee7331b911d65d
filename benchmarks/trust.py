"""What the arithmetic of trust does with agents whose true rates are known: seeded, and with the rows that it loses.

Each row prints what was asked of it and what came out. `oracle` columns belong to somebody who knows what nobody knows: the
true rate, or for falls the rate before and after. Other models stand beside ours where a row compares.

    python benchmarks/trust.py [--seed N] [--part NAME ...] [--plot FILE.svg]
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import sys
import tempfile
import time
from math import log2
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from support.ledgers import Scribe
from web4_governance.app.folding import Folding
from web4_governance.app.trust import catch_up
from web4_governance.core.trust.beta import below
from web4_governance.core.trust.bounds import LOW, bounds, interval
from web4_governance.core.trust.fixed import ONE
from web4_governance.core.trust.posterior import NOTHING, Posterior, observe
from web4_governance.core.trust.witnessed import EACH, Witnessing, witnessed
from web4_governance.storage.writer import open_writer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Update = Callable[[object, bool], object]

GATE = 0.7
RATES = (0.98, 0.95, 0.9, 0.8)
WANTED = "wanted"


def main() -> int:
    """Print every part, or those that were named; the plot only where a file is named."""
    parser = argparse.ArgumentParser(description=str(__doc__).split("\n", 1)[0])
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--part", nargs="*", choices=sorted(PARTS), default=list(PARTS))
    parser.add_argument("--plot", type=Path)
    options = parser.parse_args()
    print(f"seed {options.seed}; an observation is one call of weight 1 unless a row says otherwise")
    for name in options.part:
        print(f"\n{name}: {str(PARTS[name].__doc__).splitlines()[0]}")
        PARTS[name](random.Random(options.seed))
    if options.plot:
        options.plot.write_text(plot(random.Random(options.seed)))
        print(f"\nplot: {options.plot}")
    return 0


def row(name: str, found: str, wanted: str = "", *, held: bool | None = None) -> None:
    """Print one row: what, the figure, what was wanted of it, and whether it holds."""
    verdict = "" if held is None else "yes" if held else "NO"
    print(f"  {name:<52} {found:<34} {wanted:<26} {verdict}".rstrip())


def flips(chance: random.Random, rate: float, count: int) -> Iterator[bool]:
    """Give independent successes at a rate."""
    return (chance.random() < rate for _ in range(count))


def after(outcomes: Iterator[bool], start: Posterior = NOTHING, weight: int = 1000) -> Posterior:
    """Fold outcomes."""
    for good in outcomes:
        start = observe(start, good=good, weight=weight)
    return start


def passes(of: Posterior, gate: float = GATE) -> bool:
    """Say whether the 5 % bound is over a gate, without looking for where it lies."""
    return below(1 + of.good / ONE, 1 + of.bad / ONE, gate) < LOW


# Other models, each an update of one number from a start: what the table of losers is made of.


def average(rate: float) -> Callable[[float, bool], float]:
    """Give the exponential moving average."""
    return lambda held, good: held + rate * (good - held)


def proposal(held: float, good: bool) -> float:
    """Give the update of the published Web4 specification, 0.02 * (quality - 0.5), clamped."""
    return min(1.0, max(0.0, held + 0.02 * ((0.9 if good else 0.1) - 0.5)))


def prediction(chance: random.Random) -> None:
    """How well the mean predicts the next call: Brier score and calibration error, rates drawn from Beta(8, 2)."""
    agents = [(chance.betavariate(8, 2), chance.getrandbits(32)) for _ in range(600)]
    models: dict[str, tuple[object, Callable[..., object], Callable[..., float]]] = {
        "ours": (NOTHING, lambda held, good: observe(held, good=good), lambda held: held.mean / ONE),
        "Beta without forgetting": ((1, 1), lambda h, g: (h[0] + g, h[1] + 1 - g), lambda h: h[0] / (h[0] + h[1])),
        "moving average, 0.05": (0.5, average(0.05), float),
        "Web4 specification's update": (0.5, proposal, float),
    }
    truth = [(rate, good) for rate, seed in agents for good in flips(random.Random(seed), rate, 300)]
    oracle = statistics.fmean((rate - good) ** 2 for rate, good in truth)
    row("oracle that knows each rate", f"Brier {oracle:.4f}")
    for name, (start, update, mean) in models.items():
        told = []
        for rate, seed in agents:
            held = start
            for good in flips(random.Random(seed), rate, 300):
                told.append((mean(held), good))
                held = update(held, good)
        brier, error = _scores(told)
        held_it = error <= 0.02 if name == "ours" else None
        row(
            name,
            f"Brier {brier:.4f}  calibration {error:.3f}",
            "calibration <= 0.02" if name == "ours" else "",
            held=held_it,
        )


def _scores(told: list[tuple[float, bool]]) -> tuple[float, float]:
    bins: dict[int, list[tuple[float, bool]]] = {}
    for mean, good in told:
        bins.setdefault(min(9, int(mean * 10)), []).append((mean, good))
    error = sum(abs(sum(m - g for m, g in inside)) for inside in bins.values()) / len(told)
    return statistics.fmean((mean - good) ** 2 for mean, good in told), error


def coverage(chance: random.Random) -> None:
    """How often the 90 % interval holds the true rate after 300 calls."""
    for rate in (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98):
        ends = [after(flips(chance, rate, 300)) for _ in range(1200)]
        found = statistics.fmean(_inside(interval(end), rate) for end in ends)
        uncorrected = statistics.fmean(_inside((bounds(end).low, bounds(end).high), rate) for end in ends[:300])
        told = f"{found:.1%}  (rule bounds {uncorrected:.1%})"
        row(f"stationary, p = {rate}", told, "87 to 93 %", held=0.87 <= found <= 0.93)


def _inside(ends: tuple[int, int], rate: float) -> bool:
    return ends[0] <= rate * 1000 <= ends[1]


def falls(chance: random.Random) -> None:
    """A sudden fall of 0.4 after 300 calls: calls until the alarm, and false alarms in 300 calls without a fall.

    The oracle is a cumulative sum that knows the rate before and after, with its limit set for 2 % false alarms.
    """
    for rate in RATES:
        false = sum(after(flips(chance, rate, 300)).alarms > 0 for _ in range(1500)) / 1500
        delays = sorted(_noticed(chance, rate) for _ in range(500))
        best = _oracle(chance, rate)
        middle = delays[len(delays) // 2]
        told = f"median {middle}, nine in ten {delays[len(delays) * 9 // 10]}; false {false:.1%}; oracle {best}"
        row(f"p = {rate} to {rate - 0.4:.2f}", told, "<= 12, false <= 2 %", held=middle <= 12 and false <= 0.02)


def _noticed(chance: random.Random, rate: float) -> int:
    while True:
        held = after(flips(chance, rate, 300))
        if not held.alarms:
            break
    for count in range(1, 400):
        held = observe(held, good=chance.random() < rate - 0.4)
        if held.alarms:
            return count
    return 400


def _oracle(chance: random.Random, rate: float) -> int:
    """Give the median delay of the oracle, at the lowest limit that keeps its false alarms within 2 %."""
    steps = (log2((rate - 0.4) / rate), log2((1.4 - rate) / (1 - rate)))
    peaks = sorted(_peak(flips(chance, rate, 300), steps) for _ in range(2000))
    limit = peaks[len(peaks) * 98 // 100]
    return sorted(_crossed(chance, rate, steps, limit) for _ in range(500))[250]


def _crossed(chance: random.Random, rate: float, steps: tuple[float, float], limit: float) -> int:
    """The sum stands somewhere when the fall comes: it has run for 300 calls, as ours has."""
    held = 0.0
    for good in flips(chance, rate, 300):
        held = max(0.0, held + steps[not good])
    for count in range(1, 400):
        held = max(0.0, held + steps[chance.random() >= rate - 0.4])
        if held > limit:
            return count
    return 400


def _peak(outcomes: Iterator[bool], steps: tuple[float, float]) -> float:
    held = most = 0.0
    for good in outcomes:
        held = max(0.0, held + steps[not good])
        most = max(most, held)
    return most


def gate(chance: random.Random) -> None:
    """Who passes `reliability > 0.7`, by the 5 % bound and, as a loser, by the mean."""
    runs = [_ever(chance, 0.6, 100) for _ in range(1500)]
    by_bound, by_mean = (statistics.fmean(one[n] for one in runs) for n in (0, 1))
    row(
        "p = 0.6 passes at some time in 100 calls",
        f"{by_bound:.1%}  (by the mean {by_mean:.1%})",
        "<= 4 %",
        held=by_bound <= 0.04,
    )
    near = [_ever(chance, 0.69, 100) for _ in range(800)]
    told = (
        f"{statistics.fmean(one[0] for one in near):.1%}  (by the mean {statistics.fmean(one[1] for one in near):.1%})"
    )
    row("p = 0.69 passes at some time in 100 calls", told)
    for rate, wanted in ((0.85, ">= 90 %"), (0.8, ""), (0.75, "")):
        share = statistics.fmean(_share(chance, rate) for _ in range(250))
        row(
            f"p = {rate} passes, of the calls 300 to 400", f"{share:.1%}", wanted, held=share >= 0.9 if wanted else None
        )
    opens = next(n for n in range(1, 30) if passes(after(iter([True] * n))))
    row("successes that open it for a newcomer", str(opens))


def _ever(chance: random.Random, rate: float, calls: int) -> tuple[bool, bool]:
    held, bound, mean = NOTHING, False, False
    for good in flips(chance, rate, calls):
        held = observe(held, good=good)
        bound = bound or passes(held)
        mean = mean or held.mean > GATE * ONE
    return bound, mean


def _share(chance: random.Random, rate: float) -> float:
    held, open_for = after(flips(chance, rate, 300)), 0
    for good in flips(chance, rate, 100):
        open_for += passes(held)
        held = observe(held, good=good)
    return open_for / 100


def drift(chance: random.Random) -> None:
    """A slow fall from 0.95 to 0.5 over 300 calls: how far the mean lags, and when the gate closes."""
    lags, closed = [], []
    for _ in range(300):
        held, shut = after(flips(chance, 0.95, 300)), 400
        for count in range(400):
            rate = max(0.5, 0.95 - 0.45 * count / 300)
            held = observe(held, good=chance.random() < rate)
            lags.append(held.mean / ONE - rate)
            if shut == 400 and not passes(held):
                shut = count
        closed.append(shut)
    crossing = int((0.95 - GATE) / 0.45 * 300)
    row("mean above the true rate, on average", f"{statistics.fmean(lags):.3f}")
    row(f"gate 0.7 closes (true rate crosses at {crossing})", f"call {statistics.median(closed):.0f} (median)")


def on_off(chance: random.Random) -> None:
    """An attacker who behaves for 100 calls at 0.99 and then fails 10 of 10, for ever: what it gets through a 0.7 gate."""
    harm = closed = 0
    for _ in range(100):
        held = NOTHING
        for _ in range(10):
            held = after(flips(chance, 0.99, 100), held)
            for _ in range(10):
                through = passes(held)
                harm += through
                closed += not through
                held = observe(held, good=False)
    row(
        "harmful calls that pass, of all that it makes",
        f"{harm / (harm + closed):.1%}  ({harm / 1000:.1f} of 10 a round)",
    )


def farmer(_chance: random.Random) -> None:
    """A farmer of trivial successes: the same harmless call a thousand times, then what it wants."""
    naive = after(iter([True] * 1000))
    held = NOTHING
    for count in range(1000):
        held = observe(held, good=True, weight=max(100, int(1000 * 0.8**count)))
    half = NOTHING
    for _ in range(1000):
        half = observe(half, good=True, weight=100)
    row("bound after 1000 equal successes, each of weight 1", f"{bounds(naive).low / 1000:.3f}")
    row("bound with weights of novelty, 0.8^(n-1) >= 0.1", f"{bounds(held).low / 1000:.3f}")
    cheap = NOTHING
    needed = 0
    while not passes(cheap):
        cheap = observe(cheap, good=True, weight=max(100, int(1000 * 0.8**needed)))
        needed += 1
    row("equal successes that open a 0.7 gate", f"{needed}  (different ones: 8)")


def whitewasher(chance: random.Random) -> None:
    """What a bad record gains by a new identity: it starts below every gate, as anybody does."""
    for rate in (0.3, 0.6):
        old = bounds(after(flips(chance, rate, 200)))
        row(f"p = {rate}: bound before, and as a newcomer", f"{old.low / 1000:.3f}, {bounds(NOTHING).low / 1000:.3f}")
    runs = [_ever(chance, 0.6, 20)[0] for _ in range(3000)]
    share = statistics.fmean(runs)
    tries = "never" if not share else f"{20 / share:.0f} calls"
    row("p = 0.6 with a new identity each 20 calls passes in", f"{share:.1%} of identities ({tries} each)")
    row(
        "p = 0.6 that keeps its identity passes, in 100 calls",
        f"{statistics.fmean(_ever(chance, 0.6, 100)[0] for _ in range(1000)):.1%}",
    )


def ring(chance: random.Random) -> None:
    """A ring of 100 that praise one another: own evidence 0.6 over 100 calls, 100 praises of each."""
    own = after(flips(chance, 0.6, 100))
    praise = [Witnessing(witness=f"w{n}", domain=f"d{n}", good=100 * ONE, bad=0, low=1000) for n in range(100)]
    inside = [Witnessing(witness=f"w{n}", domain="here", good=100 * ONE, bad=0, low=1000) for n in range(100)]
    naive = (own.good + 10_000 * ONE) / (own.mass + 10_000 * ONE)
    row("mean without witnesses", f"{own.mean / ONE:.3f}")
    row("mean if all were believed", f"{naive:.3f}")
    row("mean if each has perfect trust, capped", f"{witnessed(own, 'here', praise).mean / ONE:.3f}")
    young = [
        Witnessing(witness=t.witness, domain=t.domain, good=t.good, bad=0, low=bounds(NOTHING).low) for t in praise
    ]
    row("mean if all are newcomers (bound 0.05)", f"{witnessed(own, 'here', young).mean / ONE:.3f}")
    row(
        "mean if all are of the same trust domain",
        f"{witnessed(own, 'here', inside).mean / ONE:.3f}",
        "unchanged",
        held=witnessed(own, "here", inside) == own,
    )
    for count in (1, 3, 10, 100):
        moved = witnessed(own, "here", praise[:count])
        row(
            f"most that {count} witnesses move the mean",
            f"{(moved.mean - own.mean) / ONE:+.3f}  ({(moved.mass - own.mass) / ONE:.0f} units)",
        )
    most = max(own.mass // 2, EACH)
    row(
        "units of all together",
        f"{(witnessed(own, 'here', praise).mass - own.mass) / ONE:.1f}",
        f"<= {most / ONE:.1f}",
        held=witnessed(own, "here", praise).mass - own.mass <= most,
    )


def cost(chance: random.Random) -> None:
    """What one observation, and reading the bounds, cost."""
    outcomes = list(flips(chance, 0.95, 20_000))
    begun = time.perf_counter()
    held = after(iter(outcomes))
    row("one observation", f"{(time.perf_counter() - begun) / len(outcomes) * 1e6:.1f} us")
    begun = time.perf_counter()
    for _ in range(200):
        bounds(held)
    row("the bounds of one dimension", f"{(time.perf_counter() - begun) / 200 * 1e6:.0f} us")


def ledger(_chance: random.Random) -> None:
    """What bringing trust forward costs an entry: two at a time, as calls do, and a whole ledger at once."""
    with tempfile.TemporaryDirectory() as home:
        os.chmod(home, 0o700)
        with open_writer(home, deadline=None) as writer:
            scribe = Scribe(writer)
            for n in range(1500):
                scribe.call(f"call-{n}", path=f"/srv/{n}.txt")
            begun = time.process_time()
            size = catch_up(writer, at_most=10**9).size
            row("a whole ledger, an entry", f"{(time.process_time() - begun) / size * 1e6:.0f} us of CPU")
            taken = []
            for n in range(300):
                scribe.call(f"more-{n}", path=f"/srv/more-{n}.txt")
                begun = time.process_time()
                catch_up(writer)
                taken.append((time.process_time() - begun) / 2 * 1e6)
            middle = statistics.median(taken)
            row("two entries at a time, an entry, a process a call", f"{middle:.0f} us of CPU (median)")
            folding, taken = Folding(), []
            for n in range(640):
                scribe.call(f"again-{n}", path=f"/srv/again-{n}.txt")
                begun = time.process_time()
                folding.forward(writer)
                taken.append((time.process_time() - begun) / 2 * 1e6)
            mean = statistics.mean(taken)  # with the rows that are written every 64 entries
            row("the same in the resident gate", f"{mean:.0f} us of CPU (mean)", "<= 100 us", held=mean <= 100)


PARTS: dict[str, Callable[[random.Random], None]] = {
    one.__name__: one
    for one in (prediction, coverage, falls, gate, drift, on_off, farmer, whitewasher, ring, cost, ledger)
}

WIDE, HIGH_, LEFT, TOP = 720, 300, 48, 24


def plot(chance: random.Random) -> str:
    """Give an SVG of one agent's life: a newcomer at 0.95, a fall to 0.5 after 250 calls, and mended 100 calls later."""
    held, points, alarms = NOTHING, [], []
    rates = [0.95] * 250 + [0.5] * 100 + [0.95] * 150
    for count, rate in enumerate(rates):
        before = held.alarms
        held = observe(held, good=chance.random() < rate)
        if held.alarms > before:
            alarms.append(count)
        found = bounds(held)
        points.append((found.low / 1000, found.mean / 1000, found.high / 1000))
    return _svg(rates, points, alarms)


def _svg(rates: list[float], points: list[tuple[float, float, float]], alarms: list[int]) -> str:
    def x(count: float) -> float:
        return round(LEFT + count * (WIDE - LEFT - 16) / len(rates), 1)

    def y(share: float) -> float:
        return round(TOP + (1 - share) * (HIGH_ - TOP - 40), 1)

    def line(of: list[float], style: str) -> str:
        return f'<polyline fill="none" {style} points="{" ".join(f"{x(n)},{y(s)}" for n, s in enumerate(of))}"/>'

    band = [f"{x(n)},{y(p[2])}" for n, p in enumerate(points)] + [
        f"{x(n)},{y(p[0])}" for n, p in reversed(list(enumerate(points)))
    ]
    grid = "".join(
        f'<line x1="{LEFT}" x2="{WIDE - 16}" y1="{y(s)}" y2="{y(s)}" stroke="#ddd"/>'
        f'<text x="{LEFT - 8}" y="{y(s) + 4}" text-anchor="end">{s:.1f}</text>'
        for s in (0, 0.2, 0.4, 0.6, 0.8, 1)
    )
    bells = "".join(
        f'<line x1="{x(n)}" x2="{x(n)}" y1="{TOP}" y2="{y(0)}" stroke="#c0392b" stroke-dasharray="3 3"/>'
        f'<text x="{x(n) + 4}" y="{TOP + 12}" fill="#c0392b">alarm</text>'
        for n in alarms
    )
    drawn = (
        line(rates, 'stroke="#777" stroke-dasharray="6 4"')
        + line([p[1] for p in points], 'stroke="#1f6fb2"')
        + line([p[0] for p in points], 'stroke="#0b3d66" stroke-width="2"')
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {HIGH_}" font-family="sans-serif" font-size="12">'
        f'<rect width="{WIDE}" height="{HIGH_}" fill="#fff"/>{grid}'
        f'<polygon fill="#cfe3f5" points="{" ".join(band)}"/>'
        f"{drawn}"
        f'<line x1="{LEFT}" x2="{WIDE - 16}" y1="{y(GATE)}" y2="{y(GATE)}" stroke="#e67e22"/>'
        f'<text x="{WIDE - 20}" y="{y(GATE) - 5}" text-anchor="end" fill="#e67e22">a rule asks &gt; 0.7</text>{bells}'
        f'<text x="{LEFT}" y="{HIGH_ - 8}">calls seen: 0 to {len(rates)}. Dashed: the true rate. Band: the two bounds. '
        f"Dark line: the lower bound, which rules compare.</text></svg>\n"
    )


if __name__ == "__main__":
    sys.exit(main())
