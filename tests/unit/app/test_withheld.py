"""What was taken out of a call as a secret stands nowhere in what is kept of that call."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from support.world import World
from web4_governance.core import secrets
from web4_governance.core.secret_formats import HEADERS, NAMES, SHORT, TOKENS

STRONG = "Zq7hTr5kVw9xBn"
WEAK = "zebra"
POLICY: dict[str, Any] = {"extends": ["safety"], "enforce": True}

# Commands in which `PW` is a secret that is known by what stands around it.
COMMANDS = (
    "mysql -u root -pPW app",
    "sudo /usr/bin/mysql -u root -pPW app",
    "mysqldump --password=PW db > /tmp/x.sql",
    "PGPASSWORD=PW psql app -c 'select 1'",
    "psql postgres://u:PW@h/db",
    "redis-cli -a PW ping",
    "sshpass -p PW ssh h ls",
    "curl -u admin:PW https://x.example",
    "curl -uadmin:PW https://x.example",
    "curl --proxy-user a:PW https://x.example",
    "curl -H 'X-Api-Key: PW' https://x.example",
    "wget --password=PW https://x.example",
    "wget --http-password PW https://x.example",
    "docker login -u x -p PW",
    "docker login -u x -p PW r.example",
    "mongosh -u root -p PW app",
    "sqlcmd -S h -U sa -P PW",
    "cqlsh -u c -p PW",
    "ldapsearch -D x -w PW",
    "smbclient //h/s -U u%PW",
    "az login --service-principal -u x -p PW",
    "zip -P PW a.zip x",
    "unzip -P PW a.zip",
    "7z x -pPW a.7z",
    "http -a u:PW x.example",
    "gpg --batch --passphrase PW -c x",
    "export API_KEY=PW; ./deploy",
    "bash -c 'mysql -pPW app'",
    "ssh h 'redis-cli -a PW ping'",
    "for i in 1 2; do redis-cli -a PW ping; done",
    "cat > conf <<E\npassword=PW\nE",
    "python3 -c \"password='PW'; open('x','w')\"",
)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, POLICY)


def kept(world: World) -> bytes:
    """Every byte of the home: ledger, log, mirror and whatever else lies there; in lower case, as a host's name would be."""
    files = [path for path in sorted(world.home.rglob("*")) if path.is_file()]
    assert any(path.name == "ledger.db" for path in files)
    assert any(path.parent.name == "audit" for path in files)
    return b"".join(path.read_bytes() for path in files).lower()


def transcript(world: World, call: str, said: str) -> str:
    """A transcript in which the agent said something just before its call."""
    line = {
        "type": "assistant",
        "message": {
            "id": f"msg_{call}", "role": "assistant", "model": "m", "usage": {"input_tokens": 1, "output_tokens": 1},
            "content": [{"type": "text", "text": said}, {"type": "tool_use", "id": call, "name": "Bash", "input": {}}],
        },
    }  # fmt: skip
    path = world.user_home / ".claude" / "projects" / "p" / "t.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(line) + "\n")
    return str(path)


def run(world: World, call: str, command: str, secret: str) -> None:
    """One call from its beginning to its end, in which everybody speaks of the secret."""
    path = transcript(world, call, f"I go in with {secret} now")
    world.bash(call, command, transcript_path=path)
    given = {"command": command, "description": "d"}
    output = {"stdout": f"denied for {secret}\n", "stderr": f"{secret}?", "interrupted": False}
    world.post(call, "Bash", given, output, transcript_path=path)


def test_no_byte_of_what_is_kept_holds_a_secret_that_a_command_was_given(world: World) -> None:
    """Neither deeds, their targets and lookups, nor the agent's words, nor what the command printed."""
    said = {}
    for n, command in enumerate(COMMANDS):
        secret = f"{STRONG}{n:02}"
        said[command] = secret.lower().encode()
        run(world, f"toolu_{n}", command.replace("PW", secret), secret)
    held = kept(world)
    assert b"denied for [secret:" in held
    assert [command for command, secret in said.items() if secret in held] == []
    assert all(intent.get("secrets_removed") for intent in world.entries("intent"))


def test_a_secret_that_could_be_a_word_goes_out_of_the_deeds(world: World) -> None:
    """Where it stands as a word of the command, the end of a path, or what an option is given."""
    for n, command in enumerate(COMMANDS):
        world.bash(f"toolu_{n}", command.replace("PW", WEAK))
    rows = [row for n in range(8) for row in world.openings(f"request.deeds.{n}.detail")]
    assert len(rows) > len(COMMANDS)
    words = [word for row in rows for word in row["argv"]]
    assert [word for word in words if word.endswith(WEAK) and word in (WEAK, f"-p{WEAK}")] == []
    targets = [row["target"]["given"] for row in rows if row.get("target")]
    hosts = [row["host"] for row in rows]
    assert "x.example" in hosts
    assert WEAK not in targets
    assert WEAK not in hosts
    assert "[secret:password]" not in targets  # the password is none of the call's files and hosts
    assert "[secret:password]" not in hosts


def test_no_token_of_the_table_is_kept_raw(world: World) -> None:
    """However its words are put together: plain, in quotes in the middle, or through a variable."""
    bodies = {}
    for n, (prefix, alphabet, least, _, _) in enumerate(TOKENS):
        letters = [c for c in alphabet if c.isalnum()]
        body = "".join(letters[(7 * at + n) % len(letters)] for at in range(max(least, 16)))
        token = prefix + body
        command = f"./send '{token}' > out; K='{prefix}'; echo ${{K}}{body}; echo \"{prefix}\"{body}"
        run(world, f"toolu_{n}", command, token)
        bodies[prefix] = body.lower().encode()
    held = kept(world)
    assert [prefix for prefix, body in bodies.items() if body in held] == []


def test_a_name_that_is_assigned_a_secret_hides_it_everywhere(world: World) -> None:
    """Each of the names, each header, and each option of the programs."""
    said = []
    given = [f"{name}=@" for name in NAMES] + [f"curl -H '{name}: a=@' h" for name in HEADERS]
    given += [f"{row[0]} x {row[1]}{'' if row[2] == 'joined' else ' '}{'u:' if row[3] else ''}@ y" for row in SHORT]
    for n, text in enumerate(given):
        secret = f"{STRONG}{n:03}"
        said.append((text, secret.lower().encode()))
        run(world, f"toolu_{n}", f"./x; echo {secret}; {text.replace('@', secret)}", secret)
    held = kept(world)
    assert [text for text, secret in said if secret in held] == []


def test_what_the_policy_and_the_chain_say_is_left_alone(world: World) -> None:
    """No secret that a call makes up takes a rule's id, a digest or a decision out of the record."""
    world.bash("toolu_1", "ls")
    (first,) = world.entries("intent")
    digest = first["rules"]["policy"]
    world.bash("toolu_2", f"mysql -p{digest[-40:]} a; redis-cli -a safety/drop-data1 ping; mysql -e 'drop table x'")
    second = world.entries("intent")[1]
    assert second["rules"]["policy"] == digest
    assert second["reference"]["prev"]
    assert "safety/drop-data" in json.dumps(second["rules"]["matched"])
    assert world.openings("rules.document")


def test_a_short_common_word_is_left_where_it_is_part_of_others(world: World) -> None:
    """A bad password is a word of the language, and other words are not broken for it."""
    world.bash("toolu_1", "POSTGRES_PASSWORD=app docker run -v /srv/app/data:/data app/image; cat src/apple.txt")
    (given,) = world.openings("request.input")
    assert given["command"].endswith("docker run -v /srv/app/data:/data app/image; cat src/apple.txt")
    assert not secrets.is_strong("app")
    assert not secrets.is_strong("postgres")
    assert secrets.is_strong(STRONG)


PACK = {
    "family": "acme",
    "secrets": [
        {
            "secret": "acme-token", "prefix": "acme_live_", "alphabet": "alnum", "least": 24, "source": "handbook",
            "yes": ["x acme_live_0123456789abcdefghijklmn"], "no": ["acme_live_short"],
        }
    ],
}  # fmt: skip


def test_a_format_of_a_pack_is_taken_out_like_any_other(world: World) -> None:
    """Of the call and of what it prints, in another project too, and once no pack says so any more."""
    (world.home / "acme.json").write_text(json.dumps(PACK))
    world.policy({"extends": ["audit-only"], "packs": ["./acme.json"]})
    tokens = [f"acme_live_{n}123456789abcdefghijklmnop" for n in range(4)]
    run(world, "toolu_0", f"curl -H 'X: {tokens[0]}' https://api.example/{tokens[0]}", tokens[0])
    world.policy({"extends": ["audit-only"]})
    run(world, "toolu_1", f"cat notes {tokens[1]} > {tokens[1]}.txt", tokens[1])
    world.feed("UserPromptSubmit", prompt=f"use {tokens[2]}", prompt_id="p")
    world.bash("toolu_3", f"ls {tokens[3]}", cwd=str(world.user_home))
    held = kept(world)
    assert [token for token in tokens if token.encode() in held] == []
    assert all("acme-token" in intent["secrets_removed"] for intent in world.entries("intent"))
    assert world.openings("request.input")[0]["command"].startswith("curl -H 'X: [secret:acme-token]' https://")


def test_a_format_that_no_pack_brought_is_kept(world: World) -> None:
    """Nothing is guessed."""
    world.bash("toolu_0", "ls acme_live_0123456789abcdefghijklmn")
    assert world.openings("request.input")[0]["command"].startswith("ls acme_live_0123")
