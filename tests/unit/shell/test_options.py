"""Options come out the same whatever way they were spelled."""

from __future__ import annotations

import pytest

from web4_governance.core.shell.options import Options, split_options

RM = {
    "--recursive": "-r",
    "-R": "-r",
    "--force": "-f",
    "--interactive": "-i",
    "--verbose": "-v",
    "--no-preserve-root": "--no-preserve-root",
}
HEAD = frozenset({"-n", "--lines", "-c"})


def rm(*argv: str | None) -> Options:
    return split_options(("rm", *argv), takes_value=frozenset(), synonyms=RM)


@pytest.mark.parametrize(
    "argv",
    [
        ("-rf", "x"),
        ("-fr", "x"),
        ("-Rf", "x"),
        ("-r", "-f", "x"),
        ("-r", "x", "-f"),
        ("x", "-rf"),
        ("--recursive", "--force", "x"),
        ("--recurs", "--forc", "x"),
        ("-rf", "--", "x"),
        ("-rrff", "x"),
    ],
)
def test_every_spelling_of_recursive_and_force_gives_the_same_flags(argv: tuple[str, ...]) -> None:
    """Clusters, long names, shortened long names and order make no difference."""
    options = rm(*argv)
    assert options.flags == {"-r", "-f"}
    assert [argv[i - 1] for i in options.operands] == ["x"]


def test_words_after_the_double_dash_are_operands() -> None:
    """A file called `-rf` is not an option."""
    assert rm("--", "-rf", "--", "y") == Options(operands=(2, 3, 4))


def test_an_unknown_word_a_lone_dash_and_the_empty_word_are_operands() -> None:
    """What cannot be known is never read as an option."""
    assert rm(None, "-", "", "-f") == Options(flags=frozenset({"-f"}), options=(4,), operands=(1, 2, 3))


def test_an_ambiguous_prefix_stays_as_it_is() -> None:
    """`--no` could be several options, so it is not completed."""
    synonyms = {"--no-a": "-a", "--no-b": "-b"}
    assert split_options(("p", "--no"), takes_value=frozenset(), synonyms=synonyms).flags == {"--no"}


def test_a_prefix_of_two_spellings_of_one_option_is_that_option() -> None:
    """Two long names with one canonical spelling are not ambiguous."""
    synonyms = {"--colour": "-c", "--color": "-c"}
    assert split_options(("p", "--colo"), takes_value=frozenset(), synonyms=synonyms).flags == {"-c"}


@pytest.mark.parametrize(
    "argv",
    [
        ("-n", "5", "f"),
        ("-n5", "f"),
        ("--lines=5", "f"),
        ("--lines", "5", "f"),
        ("--li=5", "f"),
        ("--lin", "5", "f"),
        ("-qn5", "f"),
        ("-qn", "5", "f"),
    ],
)
def test_a_value_is_found_joined_or_apart(argv: tuple[str, ...]) -> None:
    """The value is not taken for an operand."""
    options = split_options(("head", *argv), takes_value=HEAD, synonyms={"--lines": "-n"})
    assert options.values == (("-n", "5"),)
    assert "-n" in options.flags
    assert options.operands == (len(argv),)


def test_a_value_that_is_unknown_or_missing_is_empty() -> None:
    """An option at the end still counts as given."""
    options = split_options(("head", "-n", None, "-c"), takes_value=HEAD, synonyms={})
    assert options.values == (("-n", ""), ("-c", ""))
    assert options.operands == ()


def test_a_canonical_spelling_that_takes_a_value_speaks_for_its_synonyms() -> None:
    """A table may name only the canonical spelling."""
    options = split_options(("x", "--lines", "5"), takes_value=frozenset({"-n"}), synonyms={"--lines": "-n"})
    assert options.values == (("-n", "5"),)


def test_long_names_after_one_dash_are_read_whole_when_the_table_has_them() -> None:
    """`-name x` and `-auto-approve` are not clusters."""
    options = split_options(
        ("find", "-name", "x", "-auto-approve=true", "-delete"),
        takes_value=frozenset({"-name"}),
        synonyms={"-delete": "-delete", "-auto-approve": "-auto-approve"},
    )
    assert options.flags == {"-name", "-auto-approve", "-delete"}
    assert options.values == (("-name", "x"), ("-auto-approve", "true"))


def test_leading_options_end_at_the_first_operand() -> None:
    """`nice -n 5 rm -rf x` gives `-rf` to rm."""
    options = split_options(("nice", "-n", "5", "rm", "-rf"), takes_value=frozenset({"-n"}), synonyms={}, leading=True)
    assert options == Options(
        flags=frozenset({"-n"}), values=(("-n", "5"),), places=(2,), options=(1,), operands=(3, 4)
    )


def test_where_options_of_one_dash_are_words_no_letter_of_them_is_an_option() -> None:
    """`gcc -fno-inline -static -ofile`: only a letter that takes a value has it glued on."""
    argv = ("gcc", "-fno-inline", "-static", "-ofile", "-I", "inc", "x.c")
    found = split_options(argv, takes_value=frozenset(("-o", "-I")), synonyms={}, whole=True)
    assert found.flags == {"-fno-inline", "-static", "-o", "-I"}
    assert found.values == (("-o", "file"), ("-I", "inc"))
    assert found.operands == (6,)
