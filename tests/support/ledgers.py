"""Ledgers for tests: entries in the layout that the gate writes, through the real writer."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from web4_governance.core.action import Deed, Effect, Target, TargetKind
from web4_governance.core.digest import sha256
from web4_governance.core.lineage.blame import By
from web4_governance.core.lineage.change import change_of_told
from web4_governance.core.lineage.lines import ABSENT, Keys
from web4_governance.core.lineage.told import told
from web4_governance.core.record.build import deed_detail, digest_key, identity_of, same_action
from web4_governance.core.record.entry import Index, Kind, Sealed, seal
from web4_governance.core.record.keep import Keeper, Privacy
from web4_governance.storage.lineage import Held, Touch
from web4_governance.storage.writer import Writer, open_writer

if TYPE_CHECKING:
    from collections.abc import Callable

    from web4_governance.core.canonical import Json

SESSION = "5cf52332-8a24-495e-b4ea-97f96aede000"
BIRTH_US = 1_795_000_000_000_000


def counted_salts() -> Callable[[], bytes]:
    """Give salts that are the same in every run."""
    n = 0

    def salt() -> bytes:
        nonlocal n
        n += 1
        return sha256(b"salt %d" % n)[:16]

    return salt


class Scribe:
    """Writes entries about made-up calls into one open writer."""

    def __init__(
        self,
        writer: Writer,
        *,
        session: str = SESSION,
        privacy: Privacy = Privacy.STANDARD,
        salt: Callable[[], bytes] = lambda: os.urandom(16),
        start_us: int = BIRTH_US,
    ) -> None:
        self.writer = writer
        self.session = session
        self.privacy = privacy
        self.salt = salt
        self.now = start_us

    def keeper(self) -> Keeper:
        return Keeper(privacy=self.privacy, salt=self.salt)

    def sealed(self, kind: Kind, body: dict[str, Json], keep: Keeper) -> Sealed:
        self.now += 1_000_000
        seq, prev = self.writer.tail(self.session)
        return seal(body, kind=kind, session=self.session, ts=self.now, seq=seq, prev=prev, openings=keep.openings)

    def append(self, kind: Kind, body: dict[str, Json], keep: Keeper, index: Index | None = None) -> str:
        sealed = self.sealed(kind, body, keep)
        self.writer.append(sealed, index or Index())
        return sealed.leaf.hex()

    def prompt(self, text: str) -> str:
        keep = self.keeper()
        body: dict[str, Json] = {
            "agent": "claude-code",
            "event": "UserPromptSubmit",
            "role": {},
            "request": {"text": keep.commit("request.text", text)},
            "reference": {},
        }
        return self.append(Kind.PROMPT, body, keep)

    def words(self, text: str, *, call: str, message: str) -> str:
        keep = self.keeper()
        body: dict[str, Json] = {
            "agent": "claude-code",
            "role": {},
            "request": {"text": keep.commit("request.text", text), "message": message},
            "reference": {"call": call},
        }
        once = digest_key("words", "claude-code", self.session, message)
        return self.append(Kind.WORDS, body, keep, Index(identity=once, call=call))

    def intent(
        self,
        call: str,
        *,
        tool: str = "Read",
        path: str = "/srv/patient/anna.txt",
        effect: Effect = Effect.FILE_READ,
        decision: str = "allow",
        identity: bytes = b"",
        late: bool = False,
        prompt: str = "",
        agent_id: str = "",
        agent_type: str = "",
        project: str = "/srv",
        same: bytes = b"",
        links: dict[str, Json] | None = None,
        categories: tuple[str, ...] = ("file_read",),
    ) -> str:
        keep = self.keeper()
        deed = Deed(effect=effect, target=Target(kind=TargetKind.PATH, given=path, resolved=path))
        role: dict[str, Json] = {"permission_mode": "default"}
        if agent_id:
            role |= {"agent_id": agent_id, "agent_type": agent_type}
        body: dict[str, Json] = {
            "agent": "claude-code",
            "event": "PreToolUse",
            "rules": {
                "policy": "sha256:0",
                "mode": "enforce",
                "decision": decision,
                "answer": decision,
                "matched": ["a-rule"],
                "reasons": keep.commit("rules.reasons", ["because"]),
            },
            "role": role,
            "request": {
                "tool": tool,
                "call": call,
                "categories": list(categories),
                "deeds": [
                    {
                        "detail": keep.commit("request.deeds.0.detail", deed_detail(deed)),
                        "effect": str(effect),
                        "decision": decision,
                        "rules": ["a-rule"],
                    }
                ],
                "input": keep.commit("request.input", {"file_path": path}),
                "project": keep.commit("request.project", project),
            },
            "reference": {**({"prompt": prompt} if prompt else {}), **(links or {})},
            "resource": {"input_bytes": 321},
        }
        if late:
            body["late"] = True
        shown = bool(keep.openings)
        same = same or same_action(self.writer.secret, tool, {"file_path": path})
        identity = identity or (b"" if late else self.once("PreToolUse", call, agent_id))
        index = Index(
            identity=identity,
            call=call,
            tool=tool,
            agent_id=agent_id,
            agent_type=agent_type,
            decision=decision,
            project=project if shown else "",
            categories=categories,
            effects=(str(effect),),
            targets=((str(effect), path),) if shown else (),
            same=same,
        )
        return self.append(Kind.INTENT, body, keep, index)

    def once(self, name: str, call: str, agent_id: str = "") -> bytes:
        return identity_of(agent="claude-code", session=self.session, name=name, call=call, agent_id=agent_id)

    def outcome(
        self,
        call: str,
        intent: str,
        *,
        status: str = "succeeded",
        result: dict[str, Json] | None = None,
        message: str = "",
        agent_id: str = "",
        agent_type: str = "",
        keep: Keeper | None = None,
    ) -> str:
        names = ("PostToolUse", "PostToolBatch", "UserPromptSubmit")  # one event closes a call once
        event = next(name for name in names if self.writer.by_identity(self.once(name, call, agent_id)) is None)
        keep = keep or self.keeper()
        resource: dict[str, Json] = {"output_bytes": 5}
        if message:
            resource |= {"message": message, "model": "m-1", "tokens": {"input": 10}, "measured": True}
        body: dict[str, Json] = {
            "agent": "claude-code",
            "event": event,
            "role": {"agent_id": agent_id, "agent_type": agent_type} if agent_id else {},
            "request": {"tool": "Read", "call": call},
            "reference": {"intent": intent},
            "resource": resource,
            "result": {
                "status": status,
                "duration_us": 1500,
                "output": keep.commit_output("result.output", "hello"),
                **(result or {}),
            },
        }
        index = Index(
            identity=self.once(event, call, agent_id),
            call=call,
            tool="Read",
            agent_id=agent_id,
            agent_type=agent_type,
            status=status,
        )
        return self.append(Kind.OUTCOME, body, keep, index)

    def wrote(self, call: str, intent: str, path: str, before: str | None, after: str) -> None:
        """Record that a call wrote a file, with what is noted of its lines."""
        lineage, keys = self.writer.lineage, Keys(self.writer.secret)
        here, key = self.writer.head().size, keys.path(path)
        held = lineage.held(key)
        told_ = told("Write", {}, {"filePath": path, "content": after, "originalFile": before})
        assert told_ is not None
        change, lines = change_of_told(
            told_, held.lines if held else None, keys, here=here, gap=lambda: (By.OUTSIDE, -1)
        )
        assert lines is not None
        keep = self.keeper()
        self.outcome(call, intent, keep=keep, result={"files": keep.commit("result.files", [change.to_json()])})
        was = ABSENT if before is None else keys.content(str(change.before))
        lineage.changed(Touch(path=key, idx=here, n=0, before=was, after=lines.content))
        lineage.hold(Held(path=key, idx=here, ts=self.now, name=path, mark="", lines=lines))
        self.writer.saw(key, self.session, "", here, lines.content)

    def told(self, key: bytes, via: str = "settings") -> None:
        """Record an event without a call id, as the first delivery of it."""
        n = self.writer.deliver(key, via)
        keep = self.keeper()
        links: dict[str, Json] = {"delivery": keep.commit("reference.delivery", [key.hex(), n])}
        body: dict[str, Json] = {"agent": "claude-code", "event": "Stop", "role": {}, "request": {}, "reference": links}
        self.writer.delivered(key, self.writer.append(self.sealed(Kind.EVENT, body, keep), Index()))

    def policy(self, digest: str) -> None:
        """Record what came into force."""
        self.append(Kind.POLICY, {"rules": {"policy": digest}}, self.keeper())
        self.writer.set_meta("policy", digest)

    def call(self, call: str, *, status: str = "succeeded", **intent: Any) -> tuple[str, str]:
        leaf = self.intent(call, **intent)
        agent_id, agent_type = str(intent.get("agent_id", "")), str(intent.get("agent_type", ""))
        return leaf, self.outcome(call, leaf, status=status, agent_id=agent_id, agent_type=agent_type)


def fill(home: str, *, sessions: int = 2, calls: int = 3, tag: str = "") -> None:
    """Write a small ledger: some sessions, each a prompt and some calls, interleaved; the last call stays open."""
    for n in range(calls):
        with open_writer(home, deadline=None) as writer:
            for s in range(sessions):
                scribe = Scribe(writer, session=f"session-{s}", start_us=BIRTH_US + n * 60_000_000)
                prompt = scribe.prompt(f"do thing {n}")
                leaf = scribe.intent(f"call-{tag}{s}-{n}", prompt=prompt)
                if n < calls - 1:
                    scribe.outcome(f"call-{tag}{s}-{n}", leaf)
            writer.commit()
