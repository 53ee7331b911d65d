"""What inline code, patches and fed programs put into files is read where the same call runs it."""

from __future__ import annotations

import pytest

from unit.effects.scenes import bash, deeds, effects
from web4_governance.core.effects import literals, patches

WRITES = "python3 -c \"open('x.sh','w').write('rm /opt/a')\"; "
GAP = "${_}"


@pytest.mark.parametrize(
    "command",
    [
        WRITES + "sh x.sh",
        WRITES + ". ./x.sh",
        WRITES + "chmod +x x.sh; ./x.sh",
        WRITES + "mv x.sh y; sh y",
        "python3 -c \"open('x.sh','w').write('rm ')\"; echo '/opt/a' >> x.sh; sh x.sh",
        WRITES + "bash < x.sh",
        WRITES + "find . -name 'x*' -exec sh {} \\;",
        "python3 -c \"open('a','w').write('#!/usr/bin/python3\\nimport os; os.remove(\\\"/opt/a\\\")')\"; ./a",
        "python3 -c \"import os; open('x.sh','w').write('rm /opt/a'); os.system('sh x.sh')\"",
        "python3 -c \"open('m.py','w').write('import os; os.remove(\\\"/opt/a\\\")')\"; python3 -c 'import m'",
        "git apply <<'E'\n--- /dev/null\n+++ b/x.sh\n@@ -0,0 +1 @@\n+rm /opt/a\nE\nsh x.sh",
        "patch -p1 <<'E'\n--- a/Makefile\n+++ b/Makefile\n@@ -1 +1,2 @@\n all:\n+\trm /opt/a\nE\nmake all",
        "cat > p <<'E'\n--- a/x.sh\n+++ b/x.sh\n@@ -1 +1 @@\n+rm /opt/a\nE\ngit apply p; sh x.sh",
        "sponge x.sh <<< 'rm /opt/a'; sh x.sh",
    ],
)
def test_what_is_written_by_code_a_patch_or_a_fed_program_is_read_where_it_is_run(command: str) -> None:
    """The deed is the one that the text says, whoever wrote it."""
    assert "file.delete /opt/a" in deeds(bash(command))


@pytest.mark.parametrize(
    "code",
    [
        "import base64; open('x.sh','w').write(base64.b64decode('bHM=').decode())",
        "import sys; open('x.sh','w').write(sys.stdin.read())",
        "open('x.sh','w').write(''.join(map(chr, [108, 115])))",
        "open('x.sh','w').write(made())",
    ],
)
def test_a_text_that_code_makes_of_what_cannot_be_seen_is_opaque_where_it_is_run(code: str) -> None:
    """Decoded, spelled in numbers, read from the input, or of no literal at all."""
    assert "opaque" in effects(f'python3 -c "{code}"; sh x.sh')
    assert "opaque" not in effects(f'python3 -c "{code}"; cat x.sh')


@pytest.mark.parametrize(
    "command",
    [
        "python3 -c \"p='a.py'; s=open(p).read(); open(p,'w').write(s.replace('if x', 'if y'))\"; python3 a.py",
        "patch -p0 <<'E'\n--- run.sh\n+++ run.sh\n@@ -3,3 +3,4 @@\n if x; then\n+  echo hi; else\n fi\nE\nsh run.sh",
        "python3 -c \"open('x.txt','w').write('rm /opt/a')\"; cat x.txt; sh y.sh",
        "python3 -c \"open('x.sh','w').write('rm /opt/a')\"; chmod +x x.sh; cat x.sh",
    ],
)
def test_a_changed_file_and_one_that_is_not_run_say_nothing(command: str) -> None:
    """A part of a file need not parse, and of the rest as little is known as of any other file."""
    assert not {"opaque", "file.delete"} & effects(command)


def test_a_text_that_runs_its_own_file_is_read_once() -> None:
    """So that it ends."""
    assert "file.delete /opt/a" in deeds(bash("python3 -c \"open('x.sh','w').write('rm /opt/a; sh x.sh')\"; sh x.sh"))


@pytest.mark.parametrize(
    ("code", "language", "texts"),
    [
        (r"""f('a\n\x62') ; g("c'd")""", "python", ["a\n\x62", "c'd"]),
        ("f('''a\nb''') # don't", "python", ["a\nb"]),
        ("f('rm ' + '-r ' + d + '/x')", "python", [f"rm -r {GAP}/x"]),
        ("f(f'a {b} c', r'\\d')", "python", [f"a {GAP} c", "\\d"]),
        ("f(['rm', '-r', 'x'])", "python", ["rm", "-r", "x", "rm -r x"]),
        ("f(`a ${b}`) // it's", "javascript", [f"a {GAP}"]),
        ("print F q{rm x}; qq(y)", "perl", ["rm x", "y"]),
        ("f(<<~END)\nrm x\nEND\n", "ruby", ["rm x"]),
        ("f('a' 'b')", "python", ["ab"]),
        ("'never closed", "python", []),
    ],
)
def test_the_literals_of_code_are_read_as_the_language_has_them(code: str, language: str, texts: list[str]) -> None:
    """Escapes, joined parts, parts that are put in, here-documents; nothing from comments."""
    assert literals.texts(code, language, frozenset()) == texts


def test_a_patch_says_which_lines_it_adds_and_whether_they_are_the_whole_file() -> None:
    """In the formats of diff and of `apply_patch`; what it takes away is nothing to it."""
    patch = "--- /dev/null\n+++ b/a\n@@ -0,0 +1 @@\n+x\n--- b/c\n+++ b/c\n@@ @@\n-y\n+z\n w\n--- d\n+++ /dev/null\n-v\n"
    assert list(patches.added(patch)) == [("a", ["x"], True), ("c", ["z"], False)]
    own = "*** Begin Patch\n*** Add File: a\n+x\n+y\n*** Update File: c\n@@\n+z\n*** Delete File: d\n*** End Patch"
    assert list(patches.added(own)) == [("a", ["x", "y"], True), ("c", ["z"], False)]
