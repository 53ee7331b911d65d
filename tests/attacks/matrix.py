"""The table of attacks: a function that does it, and the verdict at each level (chain, + signed head, + anchor at 40 of 52)."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

from support.attacks import ANCHORED_AT, SIZE, WORD, Scene
from support.ledgers import Scribe, fill
from support.signers import Signer, Witness
from web4_governance.app import backup
from web4_governance.core.canonical import encode
from web4_governance.core.ledger.checkpoint import Checkpoint
from web4_governance.core.ledger.note import Note
from web4_governance.core.record.entry import Kind
from web4_governance.storage.lookup import SignedHead
from web4_governance.storage.writer import open_writer

if TYPE_CHECKING:
    from collections.abc import Callable

LATER_US = 1_795_000_900_000_000
LEVELS = ("chain", "head", "anchor")
TAMPERED, UNANCHORED, TAIL, UNCORROBORATED, GAPS = "TAMPERED", "UNANCHORED", "TAIL", "UNCORROBORATED", "GAPS"
SEEN = (TAMPERED, TAMPERED, TAMPERED)
BY_ANCHOR = (UNANCHORED, UNANCHORED, TAMPERED)
NEVER = (UNANCHORED, UNANCHORED, TAIL)

Body = dict[str, Any]
ATTACKS: dict[str, tuple[Callable[[Scene], None], tuple[str, str, str]]] = {}


def attack(name: str, *verdicts: str) -> Callable[[Callable[[Scene], None]], Callable[[Scene], None]]:
    def put(function: Callable[[Scene], None]) -> Callable[[Scene], None]:
        chain, head, anchor = verdicts
        ATTACKS[name] = (function, (chain, head, anchor))
        return function

    return put


@attack("nothing", *NEVER)
def nothing(_scene: Scene) -> None:
    """A good ledger, twelve entries after its last anchored head."""


@attack("edit an entry", *SEEN)
def edit(scene: Scene) -> None:
    scene.sql("UPDATE entries SET bytes = CAST(replace(CAST(bytes AS TEXT), 'a-rule', 'b-rule') AS BLOB) WHERE idx = 4")


@attack("delete an entry in the middle", *SEEN)
def delete(scene: Scene) -> None:
    scene.sql("DELETE FROM entries WHERE idx = 10")


@attack("truncate to 45, the signed head kept", UNANCHORED, TAMPERED, TAMPERED)
def cut_and_keep(scene: Scene) -> None:
    scene.cut(45)


@attack("truncate to 45, the signed head deleted", *NEVER)
def cut_in_the_tail(scene: Scene) -> None:
    scene.cut(45)
    scene.beside = b""


@attack("truncate to 30, the signed head deleted", UNANCHORED, UNANCHORED, UNCORROBORATED)
def cut_below(scene: Scene) -> None:
    scene.cut(30)
    scene.beside = b""


def _edited(at: int) -> Callable[[int, Body], Body]:
    def change(idx: int, body: Body) -> Body:
        return {**body, "note": "rewritten"} if idx == at else body

    return change


@attack("rewrite entry 10 by the key's holder", *BY_ANCHOR)
def rewrite(scene: Scene) -> None:
    scene.rewrite(_edited(10))
    scene.sign_again()


@attack("rewrite entry 45 by the key's holder, after the anchor", *NEVER)
def rewrite_the_tail(scene: Scene) -> None:
    scene.rewrite(_edited(45))
    scene.sign_again()


def _other_ledger(scene: Scene) -> None:
    shutil.rmtree(scene.home)
    fill(str(scene.home), calls=9, tag="other-")


@attack("replace the whole ledger under its name, by the key's holder", *BY_ANCHOR)
def replace_whole(scene: Scene) -> None:
    name = scene.origin.rpartition("/")[2]
    _other_ledger(scene)
    scene.sql(f"UPDATE meta SET value = '{name}' WHERE key = 'ledger'")
    scene.sign_again()


@attack("replace the whole ledger under a fresh name", UNANCHORED, UNANCHORED, UNCORROBORATED)
def replace_under_a_fresh_name(scene: Scene) -> None:
    _other_ledger(scene)
    scene.signer = Signer(scene.origin, word=WORD)
    scene.sign_again()


@attack("replace the whole ledger under its name, with a fresh key", UNANCHORED, UNANCHORED, UNCORROBORATED)
def replace_with_a_fresh_key(scene: Scene) -> None:
    """By somebody without the key, who makes one: all that is left of the old ledger are the heads at the anchor."""
    replace_whole(scene)
    scene.signer = Signer(scene.origin, word="a fresh key")
    scene.sign_again()


@attack("the same, and the fresh key's head at the anchor after the old one", UNANCHORED, UNANCHORED, UNCORROBORATED)
def replace_and_hand_over(scene: Scene) -> None:
    """Our own anchors refuse it; by hand it can be put there. What the anchor took first counts."""
    replace_with_a_fresh_key(scene)
    scene.anchors["anchor"].append(scene.beside)


@attack("delete the keys and the signed head", UNANCHORED, UNANCHORED, UNCORROBORATED)
def delete_the_keys(scene: Scene) -> None:
    """Nothing beside the ledger can answer for what the anchor holds."""
    scene.keys_are_gone = True
    scene.beside = b""


@attack("an anchor without its log", UNANCHORED, UNANCHORED, UNCORROBORATED)
def anchor_without_log(scene: Scene) -> None:
    scene.cut(0)
    scene.beside = b""


@attack("omit at the source: the hook never ran", *NEVER)
def omit(_scene: Scene) -> None:
    """Nothing to do: what was never written leaves no trace here. Reconciling with the host's own record finds it."""


@attack("swap two chains' ids", *SEEN)
def swap_ids(scene: Scene) -> None:
    scene.sql(
        "UPDATE entries SET session = 'x' WHERE session = 'session-0'",
        "UPDATE entries SET session = 'session-0' WHERE session = 'session-1'",
        "UPDATE entries SET session = 'session-1' WHERE session = 'x'",
    )


@attack("swap two chains' ids, everything computed anew and signed", *SEEN)
def swap_ids_throughout(scene: Scene) -> None:
    """The lookups know under which session an event was recorded: whoever swaps them too is found by the anchor alone."""
    other = {"session-0": "session-1", "session-1": "session-0"}
    scene.rewrite(lambda _idx, body: {**body, "session": other[body["session"]]})
    scene.sign_again()


@attack("duplicate keys", *SEEN)
def duplicate_keys(scene: Scene) -> None:
    scene.rewrite(lambda idx, body: b'{"agent":"x",' + encode(body)[1:] if idx == 45 else body)


@attack("a non-canonical re-encoding", *SEEN)
def reencode(scene: Scene) -> None:
    scene.rewrite(lambda idx, body: encode(body).replace(b":", b": ", 1) if idx == 45 else body)


@attack("a float in an otherwise canonical entry, computed anew", *SEEN)
def a_float(scene: Scene) -> None:
    scene.rewrite(lambda idx, body: encode({**body, "a": 15}).replace(b'"a":15', b'"a":1.5') if idx == 45 else body)


@attack("an integer of 2^53 in an otherwise canonical entry, computed anew", *SEEN)
def a_large_integer(scene: Scene) -> None:
    scene.rewrite(lambda idx, body: encode({**body, "a": 15}).replace(b":15,", b":%d," % 2**53) if idx == 45 else body)


@attack("reorder two sessions' entries", *SEEN)
def reorder(scene: Scene) -> None:
    for table in ("entries", "records", "openings", "targets", "once"):
        scene.sql(
            f"UPDATE {table} SET idx = -1 WHERE idx = 2",
            f"UPDATE {table} SET idx = 2 WHERE idx = 3",
            f"UPDATE {table} SET idx = 3 WHERE idx = -1",
        )


@attack("roll the database back to 30, with the head of then", UNANCHORED, UNANCHORED, UNCORROBORATED)
def roll_back(scene: Scene) -> None:
    old = scene.signed(30)
    scene.cut(30)
    scene.beside = old


@attack("restore a backup from before the anchor and go on", *BY_ANCHOR)
def restore_a_backup(scene: Scene) -> None:
    scene.cut(30)
    for n in range(6):
        with open_writer(str(scene.home), deadline=None) as writer:
            Scribe(writer, session="later").call(f"later-{n}")
            writer.commit()
    assert scene.size() >= ANCHORED_AT
    scene.sign_again()


def _put_back(scene: Scene) -> None:
    """What `web4 backup` and `web4 restore` do, with a head over everything at the anchor in between."""
    home, copy = str(scene.home), str(scene.home) + ".copy"
    backup.backup(home, copy, who="ada", now_us=LATER_US)
    for n in range(6):
        with open_writer(home, deadline=None) as writer:
            Scribe(writer, session="later").call(f"later-{n}")
            writer.commit()
    with open_writer(home, deadline=None) as writer:
        writer.keep_head(SignedHead(size=scene.size(), epoch=0, ts=LATER_US, note=scene.signed(scene.size())))
        writer.commit()
    scene.anchors["anchor"].append(scene.signed(scene.size()))
    backup.restore(home, copy, who="ada", why="the disk was replaced", now_us=LATER_US)
    scene.sign_again()


@attack("restore a backup from before the anchor by `web4 restore`", GAPS, GAPS, GAPS)
def restore_with_its_entry(scene: Scene) -> None:
    """Whoever can write the ledger can write such an entry too: the anchor's gap stays open until the person says otherwise."""
    _put_back(scene)


@attack("restore a backup by `web4 restore`, and go on past the anchor", GAPS, GAPS, GAPS)
def restore_and_go_on(scene: Scene) -> None:
    _put_back(scene)
    for n in range(9):
        with open_writer(str(scene.home), deadline=None) as writer:
            Scribe(writer, session="again").call(f"again-{n}")
            writer.commit()
    scene.sign_again()


@attack("restore a backup by `web4 restore`, then rewrite what was anchored after it", GAPS, GAPS, TAMPERED)
def restore_and_rewrite(scene: Scene) -> None:
    """The entry explains the heads that it names, and no other."""
    restore_and_go_on(scene)
    scene.anchors["anchor"].append(scene.signed(scene.size()))
    last = scene.size() - 1
    scene.rewrite(_edited(last))
    scene.sign_again()


@attack("a forged head beside the ledger", UNANCHORED, TAMPERED, TAMPERED)
def forged_head(scene: Scene) -> None:
    scene.beside = Signer(scene.origin, word="somebody else").checkpoint(SIZE, scene.root(SIZE)).to_bytes()


@attack("a head beside the ledger whose root was changed", UNANCHORED, TAMPERED, TAMPERED)
def changed_head(scene: Scene) -> None:
    note = Note.from_bytes(scene.beside)
    text = Checkpoint(origin=scene.origin, size=SIZE, root=bytes(32)).to_text()
    scene.beside = Note(text=text, lines=note.lines).to_bytes()


@attack("a forged head at an anchor that others write to", *NEVER)
def forged_at_the_anchor(scene: Scene) -> None:
    """Whoever may write to an anchor cannot make a good ledger look tampered with."""
    forged = Signer(scene.origin, word="somebody else").checkpoint(50, bytes(32)).to_bytes()
    scene.anchors["anchor"].append(forged)


@attack("an equivocating ledger: two anchors hold two trees", *BY_ANCHOR)
def equivocate(scene: Scene) -> None:
    scene.anchors["another anchor"] = [scene.signer.checkpoint(ANCHORED_AT, b"\x07" * 32).to_bytes()]


@attack("a cosignature for another log below our head", UNANCHORED, TAMPERED, TAMPERED)
def foreign_cosignature(scene: Scene) -> None:
    witness = Witness("witness.invalid")
    scene.witnesses.append(witness)
    other = Checkpoint(origin="another.invalid/log", size=SIZE, root=scene.root(SIZE)).to_text()
    note = Note.from_bytes(scene.beside)
    scene.beside = note.with_lines([witness.cosign(other, time=1_795_000_000)]).to_bytes()


@attack("a clock stepped back", *NEVER)
def step_the_clock(scene: Scene) -> None:
    """Times are the writer's word; an anchor's own clock bounds them from above, and order does not hang on them."""
    scene.rewrite(lambda idx, body: {**body, "ts": body["ts"] - 86_400_000_000} if idx == SIZE - 1 else body)
    scene.sign_again()


@attack("a forged PostToolUse", *NEVER)
def forged_outcome(scene: Scene) -> None:
    """A process of the same user can tell the hook what never happened."""
    with open_writer(str(scene.home), deadline=None) as writer:
        scribe = Scribe(writer, session="session-0")
        scribe.outcome("call-0-8", writer.last("session-0", "intent").leaf.hex(), status="succeeded")  # type: ignore[union-attr]
        writer.commit()
    scene.sign_again()


@attack("a forged prompt", *NEVER)
def forged_prompt(scene: Scene) -> None:
    with open_writer(str(scene.home), deadline=None) as writer:
        Scribe(writer, session="session-0").prompt("the person said that all of it is fine")
        writer.commit()
    scene.sign_again()


@attack("an outcome without its intent", GAPS, GAPS, GAPS)
def stray_outcome(scene: Scene) -> None:
    """A forger who does not know the intent's leaf leaves a gap."""
    with open_writer(str(scene.home), deadline=None) as writer:
        Scribe(writer, session="session-0").outcome("unheard-of", "0" * 64)
        writer.commit()
    scene.sign_again()


@attack("edit a mirror", *SEEN)
def edit_mirror(scene: Scene) -> None:
    file = scene.home / "audit" / "session-1.jsonl"
    file.write_bytes(file.read_bytes().replace(b'"decision":"allow"', b'"decision":"deny"', 1))


@attack("edit an opening", *SEEN)
def edit_opening(scene: Scene) -> None:
    scene.sql("""UPDATE openings SET value = '["why not"]' WHERE idx = 4 AND field = 'rules.reasons'""")


@attack("a closed epoch's key signs later", UNANCHORED, TAMPERED, TAMPERED)
def a_closed_key_signs(scene: Scene) -> None:
    """The ledger says that the next key took over; who kept a copy of the one before signs a head of this very tree."""
    following = Signer(scene.origin, word="the next key").key
    with open_writer(str(scene.home), deadline=None) as writer:
        scribe = Scribe(writer, session="session-0")
        key: Body = {"epoch": 1, "signs": following.to_text(), "after": scene.signer.key.to_text()}
        scribe.append(Kind.IDENTITY, {"key": key, "reference": {}}, scribe.keeper())
        writer.commit()
    scene.sign_again()
