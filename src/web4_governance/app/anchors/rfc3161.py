"""An RFC 3161 timestamp authority: it dates a head, and remembers nothing.

The token lies beside the ledger, so an authority detects no cut: whoever cuts the ledger takes the later tokens away with
it. What it adds is that nobody, the key's holder included, can date a rewritten head back to before the token.

Requests, tokens and chains are read and checked by `rfc3161-client` (the extra `timestamp`): message imprint, nonce,
signature, the signer's purpose, and its chain to the configured certificate.
"""

from __future__ import annotations

from binascii import a2b_base64, b2a_base64

from web4_governance.app.anchors.anchor import (
    MICROSECONDS,
    Holdings,
    Receipt,
    holdings_of,
    receipt_bytes,
    receipt_field,
)
from web4_governance.app.anchors.http import Place
from web4_governance.app.regular import read_regular
from web4_governance.core.errors import AnchorError, ProofError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType

    from rfc3161_client import Verifier

    from web4_governance.app.anchors.anchor import Head, Known, Prove

OK = 200
QUERY, REPLY = "application/timestamp-query", "application/timestamp-reply"


class TimestampAnchor:
    """`kind = "rfc3161"`, `url`, and `certificate`: a PEM file with the root, and intermediates, that are believed."""

    kind = "rfc3161"
    stateful = False

    def __init__(self, name: str, *, url: str, certificate: str) -> None:
        self.name = name
        self._place = Place(name, url)
        self._certificate = certificate

    def submit(self, head: Head, *, prove: Prove, known: Known) -> Receipt:  # noqa: ARG002  # a stateless anchor
        """Have a head dated; the token is checked before it is kept."""
        client = self._client()
        note = head.note.to_bytes()
        request = client.TimestampRequestBuilder(data=note, hash_algorithm=client.HashAlgorithm.SHA256).build()
        answer = self._ask(request.as_bytes())
        try:
            time = self._checked(answer, note, nonce=request.nonce)
        except ProofError as error:
            raise AnchorError(f"the anchor `{self.name}` gave no token that holds: {error.message}") from None
        data = receipt_bytes({"note": note.decode(), "nonce": str(request.nonce), "reply": _text(answer)})
        return Receipt(size=head.checkpoint.size, time=time, data=data)

    def held(self, known: Known) -> Holdings:
        """Check the tokens that are kept: nothing else is left to ask a stateless authority."""
        lying: list[tuple[bytes, int, str]] = []
        wrong: list[str] = []
        for number, receipt in enumerate(known.receipts, 1):
            note = str(receipt_field(receipt, "note")).encode("utf-8", "replace")
            try:
                reply = a2b_base64(str(receipt_field(receipt, "reply")).encode("ascii", "replace"))
                time = self._checked(reply, note, nonce=int(receipt_field(receipt, "nonce") or 0))
            except (ProofError, ValueError) as error:
                why = error.message if isinstance(error, ProofError) else "it cannot be read"
                wrong.append(f"token {number} of the anchor `{self.name}` does not hold: {why}")
                continue
            lying.append((note, time, f"token {number}"))
        return holdings_of(known.origin, lying, wrong=tuple(wrong), notes=(NOTE,) if known.receipts else ())

    def _checked(self, reply: bytes, note: bytes, *, nonce: int) -> int:
        """Give a token's time (microseconds); ProofError says why it does not hold."""
        client = self._client()
        try:
            response = client.decode_timestamp_response(reply)
            self._verifier(nonce).verify_message(response, note)
            time = response.tst_info.gen_time
        except (ValueError, client.VerificationError) as error:
            raise ProofError(str(error).lower().replace("\n", " ")[:200] or "it cannot be read") from None
        return int(time.timestamp()) * MICROSECONDS

    def _verifier(self, nonce: int) -> Verifier:
        from cryptography.x509 import load_pem_x509_certificates  # noqa: PLC0415  # loaded when asked for

        try:
            certificates = load_pem_x509_certificates(read_regular(self._certificate))
        except (OSError, ValueError):
            raise AnchorError(f"the anchor `{self.name}`: `{self._certificate}` holds no certificates in PEM") from None
        builder = self._client().VerifierBuilder(nonce=nonce, roots=[], intermediates=[])
        for certificate in certificates:
            own = certificate.issuer == certificate.subject
            add = builder.add_root_certificate if own else builder.add_intermediate_certificate
            builder = add(certificate)
        try:
            made: Verifier = builder.build()
        except ValueError:
            raise AnchorError(f"the anchor `{self.name}`: `{self._certificate}` holds no root certificate") from None
        return made

    def _ask(self, query: bytes) -> bytes:
        answer = self._place.ask("POST", "", query, kind=QUERY)
        if answer.status != OK or answer.kind != REPLY:
            raise AnchorError(f"the anchor `{self.name}` answered no timestamp (status {answer.status})")
        return answer.body

    def _client(self) -> ModuleType:
        try:
            import rfc3161_client  # noqa: PLC0415  # an extra, and 67 ms
        except ImportError:  # pragma: no cover  # the tests have it
            hint = "install the extra: `pip install '.[timestamp]'` in the clone"
            raise AnchorError(f"the anchor `{self.name}` needs `rfc3161-client`", hint=hint) from None
        return rfc3161_client


NOTE = "a timestamp authority keeps nothing: tokens that were taken away together with entries are not missed"


def _text(data: bytes) -> str:
    return b2a_base64(data, newline=False).decode()
