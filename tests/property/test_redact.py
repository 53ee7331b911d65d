"""What is looked for only where it can stand is found as if all of it were looked for everywhere."""

from __future__ import annotations

from unittest import mock

from hypothesis import example, given, settings
from hypothesis import strategies as st

from web4_governance.core import secret_finders, secrets
from web4_governance.core.secret_formats import ALNUM, FLAGS, HEADERS, HEX, NAMES, SHORT, TOKENS, VARIABLES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


def body(alphabet: str, length: int) -> str:
    """A made-up run of an alphabet: no real credential stands in this file."""
    return "".join(alphabet[(7 * n + 3) % len(alphabet)] for n in range(length))


def url_passwords(text: str) -> Iterator[secret_finders.Span]:
    """Passwords in URLs, with every `://` looked at to its end."""
    for at in secret_finders.finds(text, "://"):
        authority = text[at + 3 : at + 3 + secret_finders.MAX_AUTHORITY]
        for stop in "/?# \t\r\n\"'<>`\\":
            authority = authority.partition(stop)[0]
        userinfo, found, _ = authority.rpartition("@")
        user, colon, _ = userinfo.replace(secret_finders.MARKER, "[secret;").partition(":")
        password = userinfo[len(user) + 1 :]
        if (
            found
            and colon
            and password
            and password[0] not in secret_finders.REFERENCES
            and not secret_finders.is_marker(password)
        ):
            start = at + 3 + len(user) + 1
            yield start, start + len(password), "url-password"


def plain(text: str) -> tuple[str, tuple[str, ...]]:
    """Redact with every format, name and option looked for everywhere."""
    finders = tuple(url_passwords if find is secret_finders._url_passwords else find for find in secrets.FINDERS)
    with (
        mock.patch.object(secrets, "FINDERS", finders),
        mock.patch.object(secret_finders, "_tokens_in", return_value=TOKENS),
        mock.patch.object(secret_finders, "_names_in", return_value=NAMES),
        mock.patch.object(secret_finders, "_flags_in", return_value=FLAGS),
        mock.patch.object(secret_finders, "_options_in", return_value={row[1] for row in SHORT}),
    ):
        return secrets.redact(text)


formats = st.sampled_from(TOKENS)
tokens = st.builds(lambda row, more: row[0] + body(row[1], row[2] + more), formats, st.integers(-2, 3))
runs = st.builds(body, st.sampled_from([ALNUM, HEX, ALNUM + "_-", "a.b-"]), st.integers(1, 45))
names = st.builds(
    lambda name, how: getattr(secret_finders, how)(name) if how == "_camel" else getattr(name, how)(),
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


WORDS = st.sampled_from(
    [
        "a",
        "command",
        "PASSWORD",
        "password",
        "api_key",
        "x-token",
        "--password",
        "--Password",
        "hunter2",
        "ls",
        "",
        "Key",
        "key",
        "1",
    ]
)
CONTENTS = st.recursive(
    WORDS | st.none() | st.booleans() | st.integers(0, 9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=12,
)


def fresh() -> mock._patch_dict:
    """Nothing is known yet."""
    return mock.patch.multiple(secrets, _clean={}, _HARMLESS=set())  # type: ignore[return-value]


@given(before=st.lists(CONTENTS, max_size=6), content=CONTENTS)
@example(before=["hunter2", {"command": 1}, {"password": 1}], content={"password": "hunter2"})
@example(before=["--password", "hunter2"], content=["--password", "hunter2"])
@example(before=["--Password", "hunter2"], content={"a": ["--Password", "hunter2"]})
@settings(deadline=None, max_examples=300)
def test_a_content_that_is_known_to_be_clean_is_what_redacting_leaves_alone(
    before: list[object], content: object
) -> None:
    """Whatever was met before: words that are no secret by themselves may be one under a name, or behind an option."""
    with fresh():
        for one in before:
            secrets.redact_json(one)  # type: ignore[arg-type]
        known = secrets.is_known(content)  # type: ignore[arg-type]
    with fresh():
        clean, names = secrets.redact_json(content)  # type: ignore[arg-type]
    assert not known or (clean is content and names == ())


def test_what_was_met_is_known_the_next_time() -> None:
    """Else it would spare nothing."""
    content = {"command": "ls -la", "where": {"deep": [1, "x", None]}}
    with fresh():
        assert not secrets.is_known(content)  # type: ignore[arg-type]
        secrets.redact_json(content)  # type: ignore[arg-type]
        assert secrets.is_known(content)  # type: ignore[arg-type]
