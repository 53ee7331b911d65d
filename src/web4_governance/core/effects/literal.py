"""Secrets that stand in a text by their shape: a token's prefix and letters, or a URL's parameter with a value of its own."""

from __future__ import annotations

from web4_governance.core.effects.names import names
from web4_governance.core.secret_formats import TOKENS

# A token in what is sent may be shorter than one that is cut out of a text which is kept.
MIN_TOKEN, MIN_PARAMETER = 12, 10
PARAMETERS = names("api_key apikey api-key access_token auth_token client_secret secret password")


def secret_in(text: str) -> str:
    """Give the name of a secret that stands in a text; empty where none does."""
    if len(text) < MIN_PARAMETER:
        return ""
    for prefix, alphabet, least, name, inside in TOKENS:
        at = text.find(prefix)
        if at < 0 or not (inside or at == 0 or not text[at - 1].isalnum()):
            continue
        behind = text[at + len(prefix) :]
        length = len(behind) - len(behind.lstrip(alphabet))
        if length >= min(least, MIN_TOKEN):
            return name
    if "=" in text and any(_is_given(text, sign + name + "=") for name in PARAMETERS for sign in "?&"):
        return "a parameter"
    return ""


def _is_given(text: str, parameter: str) -> bool:
    """Say whether a URL gives a parameter a value of its own, not one that is put in when it runs."""
    _, found, rest = text.partition(parameter)
    value = rest.partition("&")[0]
    return (
        bool(found)
        and len(value) >= MIN_PARAMETER
        and value.isascii()
        and value.replace("-", "").replace("_", "").isalnum()
    )
