"""A timestamp authority of OpenSSL's own: a root, a signing certificate, and a small HTTP server around `openssl ts`."""

from __future__ import annotations

import contextlib
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

CONFIG = """
[req]
distinguished_name = dn
prompt = no
[dn]
CN = {name}
[root]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
[signer]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = {purpose}
[tsa]
serial = {where}/serial
crypto_device = builtin
signer_cert = {where}/signer.pem
signer_key = {where}/signer.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ess_cert_id_alg = sha256
"""


def openssl(*words: str, where: Path, given: bytes = b"") -> bytes:
    """Run OpenSSL."""
    done = subprocess.run(["openssl", *words], input=given, capture_output=True, timeout=60, check=False, cwd=where)
    assert done.returncode == 0, done.stderr.decode()[-500:]
    return done.stdout


class Authority:
    """An authority in a directory; `purpose` is what its certificate may be used for."""

    def __init__(self, where: Path, *, name: str = "test", purpose: str = "critical, timeStamping") -> None:
        where.mkdir()
        self.where = where
        self.root = where / "root.pem"
        for who in ("root", "signer"):
            (where / f"{who}.cnf").write_text(CONFIG.format(where=where, name=f"{name} {who}", purpose=purpose))
            openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", f"{who}.key", where=where)
        openssl(
            "req",
            "-x509",
            "-new",
            "-key",
            "root.key",
            "-days",
            "30",
            "-config",
            "root.cnf",
            "-extensions",
            "root",
            "-out",
            "root.pem",
            where=where,
        )
        openssl("req", "-new", "-key", "signer.key", "-config", "signer.cnf", "-out", "signer.csr", where=where)
        openssl(
            "x509",
            "-req",
            "-in",
            "signer.csr",
            "-CA",
            "root.pem",
            "-CAkey",
            "root.key",
            "-set_serial",
            "2",
            "-days",
            "30",
            "-extfile",
            "signer.cnf",
            "-extensions",
            "signer",
            "-out",
            "signer.pem",
            where=where,
        )
        (where / "serial").write_text("01\n")

    def sign_for(self, begin: datetime, end: datetime) -> None:
        """Put a certificate in the signer's place that the root signed too, and that is valid at another time."""
        pem = (self.where / "signer.pem").read_bytes()
        key = load_pem_private_key((self.where / "root.key").read_bytes(), None)
        assert isinstance(key, EllipticCurvePrivateKey)
        old = x509.load_pem_x509_certificate(pem)
        made = x509.CertificateBuilder(old.issuer, old.subject, old.public_key(), 3, begin, end, [*old.extensions])
        (self.where / "signer.pem").write_bytes(made.sign(key, SHA256()).public_bytes(Encoding.PEM))

    def reply(self, query: bytes) -> bytes:
        """Answer a query."""
        (self.where / "query.tsq").write_bytes(query)
        openssl(
            "ts",
            "-reply",
            "-config",
            "signer.cnf",
            "-section",
            "tsa",
            "-queryfile",
            "query.tsq",
            "-out",
            "reply.tsr",
            where=self.where,
        )
        return (self.where / "reply.tsr").read_bytes()

    @contextlib.contextmanager
    def serving(self) -> Iterator[str]:
        """Give the address of a server that answers queries."""
        authority = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = authority.reply(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(200)
                self.send_header("Content-Type", "application/timestamp-reply")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_arguments: object) -> None:
                return

        with HTTPServer(("127.0.0.1", 0), Handler) as server:
            thread = threading.Thread(target=server.serve_forever, args=(0.05,))
            thread.start()
            try:
                yield f"http://127.0.0.1:{server.server_port}/tsa"
            finally:
                server.shutdown()
                thread.join(30)
