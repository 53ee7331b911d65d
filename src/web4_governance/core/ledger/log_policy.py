"""Which logs are believed and who has to have agreed: a trust policy file (C2SP tlog-policy, docs/spec/anchors.md Q).

Besides the standard's lines there are comments of the form `#anchor NAME`: an anchor that signs no cosignatures (a git
remote, a timestamp authority) and has to agree as well. Other programs read the file as the policy without them.
"""

from __future__ import annotations

from web4_governance.core.errors import NoteError
from web4_governance.core.ledger.note import COSIGNATURE_V1, ED25519, VerifierKey, decimal
from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from web4_governance.core.ledger.verdict import Anchored

NONE = "none"
MOST_LINES = 1000  # the standard asks for 32 logs, 32 witnesses and 32 groups at least
_TAB, _NEWLINE, _LOWEST, _DELETE = 0x09, 0x0A, 0x20, 0x7F
_ANCHOR = "#anchor"
_WORDS_LOG, _WORDS_WITNESS, _WORDS_GROUP, _WORDS_QUORUM = (2, 3), (3, 4), 4, 2


@value
class Log:
    """A log that is believed, and where it can be found (may be empty)."""

    key: VerifierKey
    url: str = ""


@value
class PolicyWitness:
    """A witness under the policy's own name for it, and its submission prefix (may be empty)."""

    name: str
    key: VerifierKey
    url: str = ""


@value
class Group:
    """Witnesses and groups, of which `threshold` have to agree."""

    name: str
    threshold: int
    members: tuple[str, ...]


@value
class Quorum:
    """Whether those agreed who have to; `missing` says who did not."""

    met: bool
    missing: tuple[str, ...] = ()


@value
class LogPolicy:
    """Logs, witnesses, groups in the order of their definition, the quorum's name, and the anchors that must agree."""

    quorum: str
    logs: tuple[Log, ...] = ()
    witnesses: tuple[PolicyWitness, ...] = ()
    groups: tuple[Group, ...] = ()
    anchors: tuple[str, ...] = ()

    def log_keys(self, origin: str) -> tuple[VerifierKey, ...]:
        """Give the keys of the log with an origin."""
        return tuple(log.key for log in self.logs if log.key.name == origin)

    def judge(self, cosigned: Collection[VerifierKey], *, agreed: Collection[str] = ()) -> Quorum:
        """Say whether a checkpoint is witnessed enough.

        Args:
            cosigned: The keys of those whose cosignatures verified.
            agreed: Names of anchors that hold it.
        """
        there = {witness.name for witness in self.witnesses if witness.key in cosigned} | {NONE}
        short: dict[str, str] = {}
        for group in self.groups:
            have = sum(member in there for member in group.members)
            if have >= group.threshold:
                there.add(group.name)
            else:
                lacking = ", ".join(member for member in group.members if member not in there)
                short[group.name] = f"`{group.name}` has {have} of {group.threshold}, without {lacking}"
        missing = [] if self.quorum in there else [short.get(self.quorum, f"`{self.quorum}` has not cosigned")]
        missing += [f"the anchor `{name}` does not hold it" for name in self.anchors if name not in agreed]
        return Quorum(met=not missing, missing=tuple(missing))

    def reached(self, anchored: Sequence[Anchored]) -> tuple[int, tuple[str, ...]]:
        """Give up to which size all who have to hold a beginning of one and the same tree, 0 for none, and who is missing then.

        Who holds a head holds what came before it too. With nobody to ask, the largest head counts.
        """
        agreed: dict[str, int] = {}
        cosigned: dict[str, int] = {}
        for one in anchored:
            agreed[one.anchor] = max(one.size, agreed.get(one.anchor, 0))
            cosigned.update({key: max(one.size, cosigned.get(key, 0)) for key in one.keys})
        keys = {witness.key: cosigned.get(witness.key.to_text(), 0) for witness in self.witnesses}
        missing = self.judge(()).missing
        for size in sorted({one.size for one in anchored}, reverse=True):
            there = [key for key, held in keys.items() if held >= size]
            missing = self.judge(there, agreed=[name for name, held in agreed.items() if name and held >= size]).missing
            if not missing:
                return size, ()
        return 0, missing

    @staticmethod
    def from_bytes(data: bytes) -> LogPolicy:
        """Parse a policy file; NoteError says in which line it is none."""
        reader = _Reader()
        rows = _text(data).split("\n")
        if len(rows) > MOST_LINES:
            raise NoteError(f"a log policy of {len(rows)} lines is longer than {MOST_LINES}")
        for number, row in enumerate(rows, 1):
            try:
                reader.take(row.replace("\t", " ").split(" "))
            except NoteError as error:
                raise NoteError(f"line {number} of the log policy: {error.message}", hint=error.hint) from None
        return reader.policy()


class _Reader:
    """Takes line after line; a name has to be defined before it is used, which rules circles out."""

    def __init__(self) -> None:
        self._logs: list[Log] = []
        self._witnesses: list[PolicyWitness] = []
        self._groups: list[Group] = []
        self._anchors: list[str] = []
        self._quorum = ""
        self._names: set[str] = set()
        self._used: set[str] = set()

    def take(self, row: list[str]) -> None:
        words = [word for word in row if word]
        if not words or (words[0].startswith("#") and words[0] != _ANCHOR):
            return
        match words[0]:
            case "log":
                self._log(words)
            case "witness":
                self._witness(words)
            case "group":
                self._group(words)
            case "quorum":
                self._end(words)
            case "#anchor":
                if len(words) == 2:  # noqa: PLR2004  # any other `#anchor …` is somebody's comment
                    self._anchors.append(words[1])
            case word:
                raise NoteError(f"`{word[:80]}` is none of log, witness, group, quorum")

    def policy(self) -> LogPolicy:
        if not self._quorum:
            raise NoteError("a log policy has one quorum line", hint="`quorum none` asks for no witness")
        return LogPolicy(
            quorum=self._quorum,
            logs=tuple(self._logs),
            witnesses=tuple(self._witnesses),
            groups=tuple(self._groups),
            anchors=tuple(dict.fromkeys(self._anchors)),
        )

    def _log(self, words: list[str]) -> None:
        if len(words) not in _WORDS_LOG:
            raise NoteError("a log is `log KEY [URL]`")
        key = _key(words[1], ED25519, {log.key.public for log in self._logs})
        self._logs.append(Log(key=key, url="".join(words[2:])))

    def _witness(self, words: list[str]) -> None:
        if len(words) not in _WORDS_WITNESS:
            raise NoteError("a witness is `witness NAME KEY [URL]`")
        self._define(words[1])
        key = _key(words[2], COSIGNATURE_V1, {witness.key.public for witness in self._witnesses})
        self._witnesses.append(PolicyWitness(name=words[1], key=key, url="".join(words[3:])))

    def _group(self, words: list[str]) -> None:
        if len(words) < _WORDS_GROUP:
            raise NoteError("a group is `group NAME all|any|NUMBER MEMBER...`")
        members = tuple(words[3:])
        for member in members:
            if member not in self._names:
                raise NoteError(f"`{member[:80]}` is not defined above")
            if member in self._used:
                raise NoteError(f"`{member[:80]}` is a member already, here or of another group")
            self._used.add(member)
        self._define(words[1])
        threshold = {"all": len(members), "any": 1}.get(words[2])
        threshold = decimal(words[2]) if threshold is None else threshold
        if not 1 <= threshold <= len(members):
            raise NoteError(f"{threshold} of {len(members)} members cannot be asked for")
        self._groups.append(Group(name=words[1], threshold=threshold, members=members))

    def _end(self, words: list[str]) -> None:
        if len(words) != _WORDS_QUORUM or self._quorum:
            raise NoteError("the quorum is one line, `quorum NAME`")
        if words[1] != NONE and words[1] not in self._names:
            raise NoteError(f"`{words[1][:80]}` is not defined above")
        self._quorum = words[1]

    def _define(self, name: str) -> None:
        if name == NONE or name in self._names:
            raise NoteError(f"`{name[:80]}` is defined already")
        self._names.add(name)


def _key(text: str, kind: int, taken: set[bytes]) -> VerifierKey:
    key = VerifierKey.from_text(text)
    if key.kind != kind:
        raise NoteError(f"the key of `{key.name}` is of type {key.kind:#04x}, where {kind:#04x} is needed")
    if key.public in taken:
        raise NoteError(f"the key of `{key.name}` stands here twice")
    return key


def _text(data: bytes) -> str:
    if any((byte < _LOWEST and byte not in (_TAB, _NEWLINE)) or byte == _DELETE for byte in data):
        raise NoteError("a log policy holds a control character")
    return data.decode("utf-8", "surrogateescape")  # names are octets: whatever they are, they stay what they are
