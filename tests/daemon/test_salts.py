"""Salts that a resident gate takes many at a time."""

from __future__ import annotations

from threading import Barrier, Thread

from web4_governance.daemon.server import SALTS, fresh_salts


def test_each_salt_is_given_once_whoever_asks() -> None:
    """Of full length, and no two alike, also where threads find none left at the same moment."""
    salt, given, start = fresh_salts(), list[bytes](), Barrier(8)

    def take() -> None:
        start.wait(10)
        for _ in range(20 * SALTS):
            given.append(salt())

    threads = [Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(given) == 8 * 20 * SALTS == len(set(given))
    assert {len(one) for one in given} == {16}
