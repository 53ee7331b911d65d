"""Every attack at every level gives exactly its verdict, and both verifiers of a bundle agree about what it leaves."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from attacks.matrix import ATTACKS, GAPS, LEVELS, TAIL, TAMPERED, UNANCHORED
from support.attacks import SIZE, Scene
from support.ledgers import fill
from support.signers import Signer, Witness
from web4_governance.app.bundle import verifier_source, write_bundle
from web4_governance.app.bundle_verifier import main, open_files
from web4_governance.app.verify import verify_ledger
from web4_governance.app.verify_incremental import verify_incremental
from web4_governance.core.errors import InputError, UsageError, Web4Error
from web4_governance.core.ledger.bundle import verify_bundle
from web4_governance.core.ledger.note import Note
from web4_governance.core.ledger.verdict import exit_code
from web4_governance.storage.filters import Filters

if TYPE_CHECKING:
    from web4_governance.core.ledger.verdict import Report


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    return Scene(tmp_path_factory.mktemp("attacks") / "home")


@pytest.fixture
def scene(template: Scene, tmp_path: Path) -> Scene:
    copy = Scene.__new__(Scene)
    copy.__dict__.update(template.__dict__, home=tmp_path / "home", witnesses=[])
    copy.anchors = {name: [*notes] for name, notes in template.anchors.items()}
    shutil.copytree(template.home, copy.home)
    return copy


@pytest.fixture(scope="session")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("alone") / "verify.py"
    file.write_text(verifier_source())
    return file


def told(alone: Path, *words: str) -> tuple[int, str]:
    """Run the stand-alone verifier with nothing installed: its exit code and its last line."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", alone, *words], capture_output=True, text=True, check=False, timeout=60
    )
    return done.returncode, (done.stdout.splitlines() or [done.stderr])[-1]


def checked(path: Path, **more: Any) -> Report:
    with open_files(str(path)) as files:
        return verify_bundle(files, **more)[0]


def test_the_scene_is_what_the_table_speaks_of(scene: Scene) -> None:
    """52 entries, or the numbers in the rows mean nothing."""
    assert scene.size() == SIZE


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_gets_exactly_its_verdict(scene: Scene, name: str, level: str) -> None:
    """Those that must stay undetected included."""
    do, verdicts = ATTACKS[name]
    do(scene)
    report = verify_ledger(str(scene.home), scene.heads(level))
    assert str(report.verdict) == verdicts[LEVELS.index(level)], (report.place, report.reason)


# What lies before the head that is begun with, and what is not asked: each is named as not read, and found by who reads all.
NOT_READ = {
    "edit an entry": LEVELS,
    "edit a mirror": LEVELS,
    "edit an opening": LEVELS,
    "swap two chains' ids": ("head",),
    "swap two chains' ids, everything computed anew and signed": ("head",),
    "an outcome without its intent": ("head",),
    **{name: ("head",) for name in ATTACKS if "`web4 restore`" in name},
}


@pytest.mark.parametrize("level", LEVELS[1:])
@pytest.mark.parametrize("name", ATTACKS)
def test_who_begins_at_a_head_gets_the_same_verdict_or_is_told_what_was_not_read(
    scene: Scene, name: str, level: str
) -> None:
    """`--incremental`: never better than the whole verification but by what it names, and never without a verdict."""
    do, _verdicts = ATTACKS[name]
    do(scene)
    heads = scene.heads(level)
    assert heads is not None
    whole = verify_ledger(str(scene.home), heads)
    if not scene.beside and level == "head":
        with pytest.raises(UsageError, match="no signed head"):
            verify_incremental(str(scene.home), lambda reader, _newest: heads(reader))
        return
    found = verify_incremental(str(scene.home), lambda reader, _newest: heads(reader))
    if level in NOT_READ.get(name, ()):
        assert str(whole.verdict) in (TAMPERED, GAPS)
        assert str(found.verdict) == {"head": UNANCHORED, "anchor": TAIL}[level]
        assert "were not read again" in found.not_covered[0]
    else:
        assert found.verdict == whole.verdict, (found.reason, whole.reason)


@pytest.mark.parametrize("name", ATTACKS)
def test_both_verifiers_say_the_same_of_a_bundle(scene: Scene, name: str, tmp_path: Path, alone: Path) -> None:
    """The file in the bundle and `web4 verify --bundle` come to the same verdict, place and reason."""
    ATTACKS[name][0](scene)
    bundle = tmp_path / "b.tar"
    try:
        write_bundle(str(scene.home), str(bundle))
    except Web4Error as error:
        pytest.fail(f"no bundle: {error.message}")
    report = checked(bundle)
    code, last = told(alone, str(bundle))
    assert last == f"{report.verdict}" + (f" at {report.place}: {report.reason}" if report.place else "")
    assert code == exit_code(report, require_anchor=False)


EDITS = {
    "an entry": ("entries.jsonl", b'"a-rule"', b'"b-rule"'),
    "an opening": ("openings.jsonl", b"because", b"whatever"),
    "the root": ("bundle.json", b'"root":"........', b'"root":"01234567'),
    "the size": ("bundle.json", b'"size":52', b'"size":51'),
    "the count": ("bundle.json", b'"entries":52', b'"entries":51'),
    "a proof": ("proofs.jsonl", rb'"proof":."........', b'"proof":["01234567'),
    "a place": ("proofs.jsonl", b'"idx":0', b'"idx":1'),
}


@pytest.mark.parametrize("what", EDITS)
@pytest.mark.parametrize(
    "filters", [None, Filters(session="session-0"), Filters(tool="Read")], ids=["whole", "session", "calls"]
)
def test_an_edited_bundle_is_tampered(
    scene: Scene, tmp_path: Path, alone: Path, what: str, filters: Filters | None
) -> None:
    """Whatever file of it is edited, in a whole bundle and in a selection; and unpacked it is the same bundle."""
    bundle, place = tmp_path / "b.tar", tmp_path / "unpacked"
    write_bundle(str(scene.home), str(bundle), filters=filters)
    shutil.unpack_archive(bundle, place, filter="data")
    assert str(checked(place).verdict) == "UNANCHORED"
    file, old, new = EDITS[what]
    if not (place / file).exists() or not re.search(old, (place / file).read_bytes()):
        pytest.skip("a bundle of this kind has none")
    if what == "the size" and filters is not None:
        pytest.skip("of a selection, size and root are bound by a signed head alone")
    (place / file).write_bytes(re.sub(old, new, (place / file).read_bytes(), count=1))
    try:
        report = checked(place)
    except InputError:
        pytest.fail("an edited bundle is tampered with, not no bundle")
    assert str(report.verdict) == "TAMPERED"
    assert told(alone, str(place))[0] == 2


def _cut_elsewhere(lines: list[bytes]) -> list[bytes]:
    """The first two lines joined, and cut at a comma within the second: as many lines, and the same text between the first and last."""
    head, _, tail = lines[1].rpartition(b",")
    return [lines[0].rstrip(b"\n") + b"," + head + b"\n", tail, *lines[2:]]


def _fields(count: int) -> bytes:
    """Openings of as many fields that no entry has: more than are kept at hand, and more than one parse takes."""
    fields = b",".join(b'"x%03d":["00",1]' % n for n in range(count))
    return b'{"idx":0,"open":{%s}}\n' % fields


def test_lines_taken_out_of_a_bundle_or_put_in_are_noticed(scene: Scene, tmp_path: Path) -> None:
    """The last entry gone, one twice, openings of nothing, lines that are none."""
    bundle = tmp_path / "b.tar"
    for filters in (None, Filters(session="session-0")):
        write_bundle(str(scene.home), str(bundle), filters=filters)
        for file, change in (
            ("entries.jsonl", lambda lines: lines[:-1]),
            ("entries.jsonl", lambda lines: [*lines, lines[-1]]),
            ("entries.jsonl", lambda lines: [lines[1], lines[0], *lines[2:]]),
            ("entries.jsonl", lambda lines: [b"[]\n", *lines[1:]]),
            ("openings.jsonl", lambda lines: [*lines, b'{"idx":99,"open":{}}\n']),
            ("entries.jsonl", _cut_elsewhere),
            ("openings.jsonl", _cut_elsewhere),
            ("openings.jsonl", lambda lines: [b'{"idx":0,"open":{"a":1}}\n', *lines[1:]]),
            ("openings.jsonl", lambda lines: [b'{"idx":0,"open":{"a":["\\u00e9",2]}}\n', *lines[1:]]),
            ("openings.jsonl", lambda lines: [lines[0].replace(b":", b": ", 1), *lines[1:]]),
            ("openings.jsonl", lambda lines: [_fields(60), *lines[1:]]),
            ("openings.jsonl", lambda lines: [_fields(300), *lines[1:]]),
            ("openings.jsonl", lambda lines: [b"x\n", *lines]),
            ("openings.jsonl", lambda lines: [b'{"idx":"0"}\n', *lines]),
            ("openings.jsonl", lambda lines: [b'{"idx":0,"open":{"a":[1,2]}}\n', *lines[1:]]),
            ("openings.jsonl", lambda lines: [b'{"idx":0,"open":{"a":["x",2]}}\n', *lines[1:]]),
        ):
            place = tmp_path / "unpacked"
            shutil.rmtree(place, ignore_errors=True)
            shutil.unpack_archive(bundle, place, filter="data")
            (place / file).write_bytes(b"".join(change((place / file).read_bytes().splitlines(keepends=True))))
            assert str(checked(place).verdict) == "TAMPERED", file


def test_a_proof_that_is_none_is_named(scene: Scene, tmp_path: Path) -> None:
    """No hex, no list, no JSON, and places that do not go up."""
    bundle, place = tmp_path / "b.tar", tmp_path / "unpacked"
    write_bundle(str(scene.home), str(bundle), filters=Filters(session="session-0"))
    shutil.unpack_archive(bundle, place, filter="data")
    good = (place / "proofs.jsonl").read_bytes().splitlines(keepends=True)
    for first in (
        b'{"idx":0,"proof":["zz"]}\n',
        b'{"idx":0,"proof":1}\n',
        b"x\n",
        b'{"idx":0,"proof":["00"]}\n',
        good[1],
    ):
        (place / "proofs.jsonl").write_bytes(b"".join([first, *good[1:]]))
        assert checked(place).findings[0].step == 5
    entries = (place / "entries.jsonl").read_bytes().splitlines(keepends=True)
    (place / "entries.jsonl").write_bytes(b"".join([entries[0], entries[0]]))
    (place / "proofs.jsonl").write_bytes(good[0] + good[0])
    assert "not after that of the line before" in str(checked(place).findings)


def test_heads_in_a_bundle_are_checked_and_a_pinned_key_asks_for_one(scene: Scene, tmp_path: Path, alone: Path) -> None:
    """A head of a key that the reader pinned; a forged one; and none at all."""
    bundle, place = tmp_path / "b.tar", tmp_path / "unpacked"
    write_bundle(str(scene.home), str(bundle))
    shutil.unpack_archive(bundle, place, filter="data")
    key = scene.signer.key
    assert str(checked(place, pinned=[key]).verdict) == "UNCORROBORATED"
    assert told(alone, str(place), "--key", key.to_text())[0] == 1
    (place / "heads").mkdir()
    (place / "heads" / "52.note").write_bytes(scene.beside)
    assert str(checked(place, pinned=[key]).verdict) == "UNANCHORED"
    assert told(alone, str(place), "--key", key.to_text())[0] == 0
    assert told(alone, str(place), "--key", key.to_text(), "--require-anchor")[0] == 1
    (place / "heads" / "52.note").write_bytes(scene.signer.checkpoint(52, bytes(32)).to_bytes())
    assert str(checked(place, pinned=[key]).verdict) == "TAMPERED"
    assert told(alone, str(place), "--key", key.to_text())[0] == 2


@pytest.mark.parametrize(
    "manifest",
    [
        b"",
        b"[]",
        b'{"v":"web4-bundle/1"}',
        b'{"entries":0,"keys":["x"],"origin":"o","root":"%s","size":0,"v":"web4-bundle/1","whole":true}' % (b"0" * 64),
    ],
)
def test_what_is_no_bundle_is_bad_input(tmp_path: Path, manifest: bytes, alone: Path) -> None:
    """Exit 3, one line, no trace of the program's inside."""
    (tmp_path / "bundle.json").write_bytes(manifest)
    with pytest.raises(InputError):
        checked(tmp_path)
    code, said = told(alone, str(tmp_path))
    assert (code, "Traceback" in said) == (3, False)


def test_the_face_says_how_it_is_used(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Words that it does not know, keys that are none, files that are not there or no tar."""
    (tmp_path / "x").write_bytes(b"x" * 600)
    for words in (["--what"], ["--key", "x"], ["a", "b"], [str(tmp_path / "none")], [str(tmp_path / "x")]):
        assert main(words) == 3
        assert capsys.readouterr().err.startswith("verify: ")


def test_the_verifier_in_the_bundle_is_the_programs_own_code(scene: Scene, tmp_path: Path, alone: Path) -> None:
    """Word for word, and the same for whoever makes it."""
    bundle, place = tmp_path / "b.tar", tmp_path / "unpacked"
    write_bundle(str(scene.home), str(bundle))
    shutil.unpack_archive(bundle, place, filter="data")
    assert (place / "verify.py").read_text() == alone.read_text()
    done = subprocess.run(
        [sys.executable, "-I", "-S", place / "verify.py"], capture_output=True, text=True, check=False
    )
    assert done.stdout.splitlines()[-1] == "UNANCHORED"


def test_a_bundle_of_many_entries_is_read_in_pieces_and_names_its_keys_as_its_own_word(
    tmp_path: Path, alone: Path
) -> None:
    """More than one piece; the keys of the bundle are taken with a note, and a head of theirs has to be of this tree."""
    scene = Scene.__new__(Scene)
    scene.home = tmp_path / "home"
    fill(str(scene.home), calls=60)
    signer = Signer(scene.origin)
    bundle, place = tmp_path / "b.tar", tmp_path / "unpacked"
    write_bundle(str(scene.home), str(bundle))
    shutil.unpack_archive(bundle, place, filter="data")
    manifest = (place / "bundle.json").read_bytes()
    (place / "bundle.json").write_bytes(
        manifest.replace(b'"keys":[]', b'"keys":["%s"]' % signer.key.to_text().encode())
    )
    (place / "heads").mkdir()
    for size in (0, 100, 256, scene.size()):
        (place / "heads" / f"{size}.note").write_bytes(signer.checkpoint(size, scene.root(size)).to_bytes())
    report = checked(place)
    assert (str(report.verdict), report.tally.entries) == ("UNANCHORED", scene.size())
    assert any("own word" in note for note in report.notes)
    assert told(alone, str(place)) == (0, "UNANCHORED")
    (place / "heads" / "300.note").write_bytes(signer.checkpoint(300, bytes(32)).to_bytes())
    assert str(checked(place).verdict) == "TAMPERED"


@pytest.mark.parametrize("filters", [None, Filters(session="session-0")], ids=["whole", "session"])
@pytest.mark.parametrize(
    "where", ["before the true one", "after the true one", "at the end", "at the end, alone", "first"]
)
def test_a_forged_opening_beside_the_true_ones_is_tampering(
    scene: Scene, tmp_path: Path, alone: Path, where: str, filters: Filters | None
) -> None:
    """Who reads the file by himself would see it; so it is held against its entry wherever it stands."""
    bundle, place = tmp_path / "b.tar", tmp_path / "unpacked"
    write_bundle(str(scene.home), str(bundle), filters=filters)
    shutil.unpack_archive(bundle, place, filter="data")
    lines = (place / "openings.jsonl").read_bytes().splitlines(keepends=True)
    at = next(n for n, line in enumerate(lines) if n > 3 and b"because" in line)
    forged = lines[at].replace(b"because", b"whatever")
    after, rest = lines[at + 1 :], lines[:at]
    (place / "openings.jsonl").write_bytes(
        b"".join(
            {
                "before the true one": [*rest, forged, lines[at], *after],
                "after the true one": [*rest, lines[at], forged, *after],
                "at the end": [*lines, forged],
                "at the end, alone": [*rest, *after, forged],
                "first": [forged, *lines],
            }[where]
        )
    )
    report = checked(place)
    assert (str(report.verdict), report.findings[0].step) == ("TAMPERED", 7)
    code, last = told(alone, str(place))
    assert (code, last) == (2, f"TAMPERED at {report.place}: {report.reason}")


def test_a_proof_too_many_is_tampering(scene: Scene, tmp_path: Path) -> None:
    """Each line of the proofs is an entry's."""
    bundle, place = tmp_path / "b.tar", tmp_path / "unpacked"
    write_bundle(str(scene.home), str(bundle), filters=Filters(session="session-0"))
    shutil.unpack_archive(bundle, place, filter="data")
    with (place / "proofs.jsonl").open("ab") as file:
        file.write(b"{}\n")
    assert (str(checked(place).verdict), checked(place).place) == ("TAMPERED", "the proofs")


def test_a_selection_counts_what_is_between_and_links_what_follows(scene: Scene, tmp_path: Path) -> None:
    """Holes are counted and are no finding; two entries that follow each other still have to be linked."""
    bundle, place = tmp_path / "b.tar", tmp_path / "unpacked"
    write_bundle(str(scene.home), str(bundle), filters=Filters(session="session-0"))
    shutil.unpack_archive(bundle, place, filter="data")
    for file in ("entries.jsonl", "proofs.jsonl"):
        lines = (place / file).read_bytes().splitlines(keepends=True)
        (place / file).write_bytes(b"".join([lines[0], *lines[3:]]))
    count = b'"entries":%d' % (len(lines) - 2)
    manifest = (place / "bundle.json").read_bytes()
    (place / "bundle.json").write_bytes(re.sub(rb'"entries":[0-9]+', count, manifest))
    (place / "openings.jsonl").write_bytes(b"")
    report = checked(place)
    assert str(report.verdict) == "UNANCHORED"
    assert report.notes == ("2 entries of these chains are not in the bundle",)


def test_the_face_prints_gaps_heads_and_what_is_open(
    scene: Scene, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In the program's own process: the same lines that the file in the bundle prints."""
    ATTACKS["an outcome without its intent"][0](scene)
    witness = Witness("w.invalid")
    bundle, place = tmp_path / "b.tar", tmp_path / "unpacked"
    write_bundle(str(scene.home), str(bundle))
    shutil.unpack_archive(bundle, place, filter="data")
    (place / "heads").mkdir()
    note = Note.from_bytes(scene.beside)
    note = note.with_lines([witness.cosign(note.text, time=1_795_000_000)])
    (place / "heads" / "53.note").write_bytes(note.to_bytes())
    words = [str(place), "--key", scene.signer.key.to_text(), "--witness", witness.key.to_text()]
    assert main([*words]) == 1
    out = capsys.readouterr().out
    assert "anchored  53 entries by w.invalid" in out
    assert "(unexplained)" in out
    (place / "openings.jsonl").write_bytes(b'{"idx":0,"open":{}}\nx\n')
    assert main([*words]) == 2
    (place / "heads" / "53.note").unlink()
    assert main([*words]) == 2
    assert "uncorroborated" in capsys.readouterr().out


def test_a_tar_with_two_files_of_one_name_is_no_bundle(scene: Scene, tmp_path: Path) -> None:
    """Readers would differ on which of them counts."""
    bundle = tmp_path / "b.tar"
    write_bundle(str(scene.home), str(bundle))
    with tarfile.open(bundle, "a") as tar:
        tar.addfile(tarfile.TarInfo("entries.jsonl"))
    with pytest.raises(InputError):
        open_files(str(bundle))
