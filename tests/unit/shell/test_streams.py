"""A process substitution is a pipe: what a shell reads from `<(…)`, or is written by `>(…)`, it runs."""

from __future__ import annotations

import pytest

from unit.shell.reading import lines, read

PIPED = "piped text is executed"


@pytest.mark.parametrize(
    ("text", "run"),
    [
        ("bash <(echo 'a b')", "a b"),
        ("bash -e <(echo a) x", "a"),
        ("bash <(cat <<'E'\na b\nE\n)", "a b"),
        ("bash --rcfile <(echo a) -i", "a"),
        ("bash -c b --rcfile <(echo a)", "b"),
        ("source <(echo 'X=1'); p $X", "p 1"),
        (". <(printf 'a %s' b) c", "a b"),
        ("bash < <(echo a)", "a"),
        ("{ bash; } < <(echo a)", "a"),
        ("env < <(echo b) bash", "b"),
        ("echo a > >(bash)", "a"),
        ("tee >(bash) <<< a", "a"),
        ("tee f >(cat | sh) <<< a", "a"),
        ("echo a | tee >(bash)", "a"),
        ("f() { source $1; }; f <(echo a)", "a"),
        ('f() { bash "$1"; }; f <(echo a)', "a"),
        ("{ echo 'a b'; printf c; } | sh", "a b"),
        ("(echo a; echo b) | xargs p", "p a b"),
        ("xargs p < <(echo a b)", "p a b"),
        ("eval < <(echo a)", "a"),
    ],
)
def test_what_a_shell_reads_from_a_stream_is_followed(text: str, run: str) -> None:
    """What comes out of it is known, so it is listed and nothing is unseen."""
    assert run in lines(text)
    assert read(text).opaque == ()


@pytest.mark.parametrize(
    ("text", "reasons"),
    [
        ("bash <(a)", [PIPED]),
        ("bash < <(a)", [PIPED]),
        ("a | bash < <(b; echo c)", [PIPED]),
        ("echo a | bash -c 'bash' < <(b; echo c)", [PIPED]),
        ("source <(a)", [PIPED]),
        ("source <(kubectl completion bash; a)", [PIPED]),
        ("a | source /dev/stdin", [PIPED]),
        ("f() { bash $1; }; f <(a)", [PIPED]),
        ("bash <(echo YQ== | base64 -d; b)", [PIPED]),
        ("bash <(base64 -d f)", ["decoded text is executed"]),
        ("{ echo a; $X; } | sh", [PIPED]),
        ("{ echo a; if b; then echo c; fi; } | sh", [PIPED]),
        ("xargs env < f", ["the program that `env` runs is not known"]),
        ("xargs timeout 3 < f", ["the program that `timeout` runs is not known"]),
    ],
)
def test_a_stream_that_cannot_be_known_is_a_reason(text: str, reasons: list[str]) -> None:
    """What nobody sees beforehand is said to be so."""
    assert list(read(text).opaque) == reasons


@pytest.mark.parametrize(
    "text",
    [
        "source <(kubectl completion bash)",
        ". <(helm completion bash)",
        "kubectl completion bash | source /dev/stdin",
        "diff <(a) <(b)",
        "bash run.sh <(a)",
        "bash -n <(a)",
        "bash -s <(a) < f",
        "while read x; do p $x; done < <(a)",
        "make > >(tee log) 2> >(tee err >&2)",
        "X=<(a); p b$X",
        "a < <()",
        "bash <()",
        "for i in >(a); do b; done",
        "xargs command -v < f",
    ],
)
def test_streams_that_no_shell_runs_and_setups_of_known_tools_stay_free(text: str) -> None:
    """Data in a stream is data; completions of a known tool are as good as the tool."""
    assert read(text).opaque == ()


def test_what_is_written_on_the_error_stream_is_not_what_is_printed() -> None:
    """`2> >(bash)` is fed another text than the one that is printed."""
    assert "a" not in lines("echo a 2> >(bash)")
