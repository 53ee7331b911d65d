"""A closed set of names, written down as one text: what is compared here are dozens of short words."""

from __future__ import annotations


def names(text: str) -> frozenset[str]:
    """Give the words of a text as a set."""
    return frozenset(text.split())
