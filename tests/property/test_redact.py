"""What is looked for only where it can stand is found as if all of it were looked for everywhere."""

from __future__ import annotations

from unittest import mock

from hypothesis import example, given, settings
from hypothesis import strategies as st

from web4_governance.core import secrets
from web4_governance.core.secret_formats import ALNUM, FLAGS, HEADERS, HEX, NAMES, SHORT, TOKENS, VARIABLES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


def body(alphabet: str, length: int) -> str:
    """A made-up run of an alphabet: no real credential stands in this file."""
    return "".join(alphabet[(7 * n + 3) % len(alphabet)] for n in range(length))


def url_passwords(text: str) -> Iterator[secrets.Span]:
    """Passwords in URLs, with every `://` looked at to its end."""
    for at in secrets._finds(text, "://"):
        authority = text[at + 3 : at + 3 + secrets.MAX_AUTHORITY]
        for stop in "/?# \t\r\n\"'<>`\\":
            authority = authority.partition(stop)[0]
        userinfo, found, _ = authority.rpartition("@")
        user, colon, _ = userinfo.replace(secrets.MARKER, "[secret;").partition(":")
        password = userinfo[len(user) + 1 :]
        if found and colon and password and password[0] not in secrets.REFERENCES and not secrets._is_marker(password):
            start = at + 3 + len(user) + 1
            yield start, start + len(password), "url-password"


def plain(text: str) -> tuple[str, tuple[str, ...]]:
    """Redact with every format, name and option looked for everywhere."""
    finders = tuple(url_passwords if find is secrets._url_passwords else find for find in secrets._FINDERS)
    with (
        mock.patch.object(secrets, "_FINDERS", finders),
        mock.patch.object(secrets, "_tokens_in", return_value=TOKENS),
        mock.patch.object(secrets, "_names_in", return_value=NAMES),
        mock.patch.object(secrets, "_flags_in", return_value=FLAGS),
        mock.patch.object(secrets, "_options_in", return_value={row[1] for row in SHORT}),
    ):
        return secrets.redact(text)


formats = st.sampled_from(TOKENS)
tokens = st.builds(lambda row, more: row[0] + body(row[1], row[2] + more), formats, st.integers(-2, 3))
runs = st.builds(body, st.sampled_from([ALNUM, HEX, ALNUM + "_-", "a.b-"]), st.integers(1, 45))
names = st.builds(
    lambda name, how: getattr(secrets, how)(name) if how == "_camel" else getattr(name, how)(),
    st.sampled_from([*NAMES, *HEADERS, "key", "token"]),
    st.sampled_from(["lower", "upper", "capitalize", "title", "_camel"]),
)
signs = st.sampled_from(
    [
        "=",
        ":",
        " = ",
        ": ",
        '": "',
        '\\": \\"',
        "'",
        '"',
        "`",
        "\n",
        " ",
        "\\n",
        "\t",
        ",",
        "://",
        "@",
        "/",
        "user:",
        "é",
        "İ",
        "{",
        ";",
        "-",
        "_",
        ".",
        "%",
        "$",
    ]
)
options = st.builds(
    str.__add__,
    st.sampled_from([*FLAGS, *(f"{row[0]} x {row[1]}" for row in SHORT), "x --", " -"]),
    st.sampled_from([" ", "=", ""]),
)
assigned = st.builds(lambda name, sign, run: name + sign + run, names, st.sampled_from(["=", ': "', "='", " = "]), runs)
variables = st.builds(lambda name: "SHOP" + name + "=", st.sampled_from(VARIABLES))
texts = st.lists(st.one_of(tokens, runs, assigned, names, signs, signs, options, variables), max_size=14).map("".join)


@settings(max_examples=600, deadline=None)
@given(texts)
@example("https://a:b3c@" + "x" * 2000)
@example("FlyV1 fm2_" + body(ALNUM, 60))
@example('password" : "a b c"')
@example("İ api_key=abcdefgh")
def test_looking_only_where_it_can_stand_finds_the_same(text: str) -> None:
    """Texts from the pieces of secrets and what stands around them: same text, same names."""
    assert secrets.redact(text) == plain(text)
