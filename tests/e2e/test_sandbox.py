"""What the real client makes of the deny rules that `web4 init --sandbox` writes."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from support.model_server import call, play, turn

if TYPE_CHECKING:
    from collections.abc import Callable

    from e2e.conftest import Governed

    Make = Callable[..., Governed]

HAVE = shutil.which("bwrap") is not None and shutil.which("socat") is not None


def test_the_client_takes_the_rules_or_says_that_it_has_no_sandbox(workplace: Make) -> None:
    """Where the sandbox can start, the home cannot be written; where not, the client says so, and so do we."""
    here = workplace(turn("Hello.", call("Bash", command='true > "$HOME"/.web4-probe/x', description="d")))
    probe = here.home / ".web4-probe"
    probe.mkdir()
    said = here.web4("init", "--agent", "claude-code", "--sandbox")
    settings = here.config / "settings.json"
    settings.write_text(settings.read_text().replace('"denyWrite": [', f'"denyWrite": [\n"{probe}",'))
    run = here.run(play())
    assert run.code == 0
    assert "toolu_main_0_0" in here.web4("log", "--json"), "the settings were kept: our hooks ran"
    if HAVE:  # pragma: no cover  # only where bubblewrap can be had
        assert not (probe / "x").exists()
    else:
        assert "bubblewrap (bwrap) not installed" in run.stderr or "socat not installed" in run.stderr
        assert "Commands will run WITHOUT sandboxing" in run.stderr
        assert "NOT in force" in said
        assert "G2: " in here.web4("status")


def test_what_the_sandbox_says_is_taken_out_again(workplace: Make) -> None:
    """Byte for byte."""
    here = workplace(turn("Hello."))
    settings = here.config / "settings.json"
    before = '{\n  "sandbox": {"filesystem": {"denyWrite": ["/x"]}}\n}\n'
    settings.write_text(before)
    here.web4("init", "--agent", "claude-code", "--sandbox")
    assert settings.read_text() != before
    here.web4("uninstall")
    assert settings.read_text() == before
