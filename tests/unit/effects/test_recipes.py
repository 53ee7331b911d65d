"""A written file is read in the language of the program that runs it; of a build's file, what the words ask for."""

from __future__ import annotations

import pytest

from unit.effects.scenes import bash, deeds, effects

PY = """echo 'import shutil; shutil.rmtree("/opt/a")' > """
JS = """echo 'require("fs").rmSync("/opt/a")' > """
MAKE = "printf 'X = rm\\nall: b\\n\\techo hi\\nb c:\\n\\t@$(X) /opt/a\\n.PHONY: all\\nd: ; -rm /opt/$@\\ne:\\n\\trm $(dir /opt/b)\\n' > Makefile; "
NPM = """echo '{"scripts": {"test": "rm /opt/a", "prepare": "rm /opt/b", "precheck": "rm /opt/c", "n": 1}}' > package.json; """


@pytest.mark.parametrize(
    "command",
    [
        PY + "a.py; python3 a.py",
        PY + "a.py; python3 -m a",
        PY + "a.py; python3 -c 'import a'",
        PY + "a.py; echo 'from a import x' > b.py; python3 b.py",
        PY + "test_a.py; pytest test_a.py",
        PY + "test_a.py; python3 -m pytest test_a.py",
        "printf '#!/usr/bin/env python3\\nimport shutil; shutil.rmtree(\"/opt/a\")' > a; ./a",
        JS + "a.js; node a.js",
        JS + "a.js; node -r ./a.js b.js",
        JS + "a.js; node -e 'require(\"./a.js\")'",
        JS + "a.js; node --test a.js",
        "echo 'rm /opt/a' > a.sh; python3 -c 'import os; os.system(\"sh a.sh\")'",
        "echo 'rm /opt/a' > a.csh; csh a.csh",
        "echo 'FileUtils.rm_rf(\"/opt/a\")' > Rakefile; rake",
        "echo 'FileUtils.rm_rf(\"/opt/a\")' > a.rb; ruby a.rb",
        MAKE + "make",
        MAKE + "make c",
        MAKE + "gmake -C . all",
        MAKE + "mv Makefile m.mk; make -f m.mk",
        "echo 'A := $(shell rm /opt/a)' > Makefile; make",
        "echo 'A := $(shell rm /opt/a' > Makefile; make",
        "printf 'all:\\n\\t$(A) /opt/a\\n' > Makefile; make A=rm",
        "printf 'all:\\n  rm /opt/a\\n' > justfile; just",
        NPM + "npm test",
        NPM + "npm run test",
    ],
)
def test_what_a_written_file_does_is_done_where_it_is_run(command: str) -> None:
    """By an interpreter, as a module, as a test, as a recipe, as a script of a package."""
    assert "file.delete /opt/a" in deeds(bash(command))


def test_only_what_is_asked_for_is_run() -> None:
    """Other recipes and scripts are text."""
    assert "file.delete" not in effects(MAKE.replace("all: b", "all:") + "make all")
    assert "file.delete" not in effects(NPM + "npm run lint")
    assert "file.delete" not in effects(PY + "a.py; python3 b.py")
    assert "file.delete" not in effects(PY + "a.py; grep import a.py")
    assert "file.delete" not in effects(PY + "a.py; python3 -c 'import b'")
    assert "file.delete" not in effects("echo 'rm /opt/a' > a.txt; pytest a.txt")


def test_installing_runs_what_is_hooked_to_it() -> None:
    """So do the hooks before and behind a script."""
    assert "file.delete /opt/b" in deeds(bash(NPM + "npm install"))
    assert "file.delete /opt/c" in deeds(bash(NPM + "npm run check"))


def test_a_recipe_is_read_as_the_shell_gets_it() -> None:
    """A rule on one line, without its dash; what make alone knows stays open."""
    assert "file.delete" in effects(MAKE + "make d")
    assert "file.delete" in effects(MAKE + "make e")
    assert "file.delete /opt/x" in deeds(bash("printf 'a:\\n\\tX=/opt/x; rm $$X\\nb: a a\\n' > Makefile; make b"))
    assert "file.delete /opt/y" in deeds(bash("printf 'a:\\n\\trm $(shell echo /opt/y)\\n' > Makefile; make"))


def test_a_package_that_cannot_be_read_is_not_taken_for_an_empty_one() -> None:
    """Its scripts may be anything; what is no package runs nothing."""
    assert "opaque" in effects("echo '{\"scripts\": {' > package.json; npm test")
    assert "opaque" not in effects("echo '[]' > package.json; npm test")
    assert "opaque" not in effects("echo 'x' > package.json; npm test")


def test_code_that_runs_itself_is_followed_for_a_while() -> None:
    """However it starts itself, through however many texts; then it is said that not all was followed."""
    again = "import os; os.system('python3 a.py')\n" * 20
    assert "opaque" in effects(f"cat > a.py <<'E'\n{again}E\npython3 a.py")
    modules = "".join(f"echo 'import m{n + 1}' > m{n}.py; " for n in range(150))
    assert "opaque" in effects(modules + "python3 m0.py")


def test_statements_in_a_written_file_are_read() -> None:
    """By the client that runs them."""
    assert "db.drop users" in deeds(bash("echo 'drop table users;' > a.sql; psql -f a.sql"))
    assert "db.drop users" in deeds(bash("echo 'drop table users;' > a.sql; psql < a.sql"))
    assert "db.drop" not in effects("echo 'drop table users;' > a.sql; cat a.sql")
