"""What other ledgers say of an entity: bounded, in no order, nothing from one's own side, and nothing of whom nobody saw here."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from web4_governance.core.evidence.fold import HEARD, Fold
from web4_governance.core.evidence.hearsay import LEDGER, ROLE, believed, domains, low_of
from web4_governance.core.evidence.rows import Rows, key_of
from web4_governance.core.trust.bounds import bounds
from web4_governance.core.trust.fixed import ONE
from web4_governance.core.trust.posterior import NOTHING, Posterior, observe
from web4_governance.core.trust.tensor import Dimension
from web4_governance.core.trust.witnessed import EACH

AGENT, NETWORK, HERE = "agent:claude-code/main/m", "network", "here.example/log"
RELIABILITY = Dimension.RELIABILITY

words = st.tuples(st.sampled_from(("there", "elsewhere", HERE, "")), st.integers(0, 10**6), st.integers(0, 10**6))
histories = st.lists(st.booleans(), max_size=60)


def entry(domain: str, good: int, bad: int, **more: Any) -> dict[str, Any]:
    told = [[AGENT, NETWORK, {"reliability": [good, bad]}]]
    said = {"saw": HEARD, "by": LEDGER + domain, "domain": domain, "here": HERE, "told": told, **more}
    return {"session": "-", "kind": "witness", "witness": said}


def folded(history: list[bool], told: list[tuple[str, int, int]], *, trusted: int = 0) -> Rows:
    rows = Rows(lambda _key: None)
    held = NOTHING
    for good in history:
        held = observe(held, good=good)
    if history:
        rows.set_tensor(key_of(AGENT, NETWORK), {RELIABILITY: held})
    word = NOTHING
    for _ in range(trusted):
        word = observe(word, good=True)
    for domain in ("there", "elsewhere"):
        rows.set_tensor(key_of(LEDGER + domain, ROLE), {RELIABILITY: word})
    fold = Fold(rows)
    for idx, one in enumerate(told):
        fold.take(idx, "witness", f"{idx:064x}", entry(*one))
    return rows


def found(rows: Rows) -> Posterior | None:
    return believed(rows, AGENT, NETWORK, RELIABILITY)


@given(histories, st.lists(words, max_size=8), st.integers(0, 40))
def test_what_is_heard_adds_a_bounded_share_to_the_own_evidence(
    history: list[bool], told: list[tuple[str, int, int]], trusted: int
) -> None:
    """At most half of it, five units a trust domain, and by no more than its witness is trusted."""
    rows = folded(history, told, trusted=trusted)
    own, with_it = rows.tensor(AGENT, NETWORK).get(RELIABILITY), found(rows)
    if own is None:
        assert with_it is None, "nobody has seen it here"
        return
    assert with_it is not None
    heard = {domain: (good, bad) for domain, good, bad in told if domain not in ("", HERE)}
    most = sum(min((good + bad) * ONE * low_of(rows, one) // 1_000_000, EACH) for one, (good, bad) in heard.items())
    assert 0 <= with_it.mass - own.mass <= min(own.mass // 2, most)
    assert set(domains(rows, AGENT, NETWORK)) == heard.keys()


@given(histories, st.lists(words, max_size=8))
def test_the_word_of_the_own_domain_adds_nothing(history: list[bool], told: list[tuple[str, int, int]]) -> None:
    """However often it is given."""
    rows = folded(history, [(HERE, good, bad) for _domain, good, bad in told], trusted=40)
    assert found(rows) == rows.tensor(AGENT, NETWORK).get(RELIABILITY)


@given(histories, st.lists(words, max_size=8))
def test_a_domain_counts_once_by_what_it_said_last(history: list[bool], told: list[tuple[str, int, int]]) -> None:
    """Said again, or in parts, nothing is counted twice."""
    last = {domain: (domain, good, bad) for domain, good, bad in told}
    assert found(folded(history, told)) == found(folded(history, list(last.values())))
    assert found(folded(history, told + told)) == found(folded(history, told))


@given(st.integers(1, 30), st.integers(0, 10**6), st.integers(0, 40))
def test_trusting_a_witness_more_never_takes_from_what_it_says_well(count: int, good: int, trusted: int) -> None:
    """Its own lower bound is what its word is multiplied by."""
    less, more = (found(folded([True] * count, [("there", good, 0)], trusted=n)) for n in (trusted, trusted + 1))
    assert less is not None
    assert more is not None
    assert bounds(less).low <= bounds(more).low


@given(st.recursive(st.none() | st.integers() | st.text(max_size=3), lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4), max_leaves=8))  # fmt: skip
def test_words_that_make_no_sense_are_nobodys(told: Any) -> None:
    """Another program's entry stops no fold."""
    rows = Rows(lambda _key: None)
    fold = Fold(rows)
    fold.take(0, "witness", "0" * 64, entry("there", 1, 1, told=told))
    fold.take(1, "witness", "0" * 64, entry("there", 1, 1, told=[[AGENT, NETWORK, told]]))
    fold.take(2, "witness", "0" * 64, {"witness": told})
    assert found(rows) is None
