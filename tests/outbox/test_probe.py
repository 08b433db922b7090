"""The relays as the check sees them: reached, secured, logged in."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from campaigner.core.clock import now
from campaigner.outbox import probe
from campaigner.spelling import Relay
from tests.conftest import Sink
from tests.outbox.names import KEY, TEXT


@contextmanager
def relay(folder: Path, host: str = "127.0.0.1", days: int = 90, **options: Any) -> Iterator[Relay]:
    """A mail server with TLS and a certificate of its own making, which stands in `folder`."""
    key, name = KEY, x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "relay")])
    alternative = x509.SubjectAlternativeName([x509.IPAddress(ip_address(host))])
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now() - timedelta(days=1))
        .not_valid_after(now() + timedelta(days=days)).add_extension(alternative, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )  # fmt: skip
    (folder / "cert.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    (folder / "key.pem").write_text(TEXT)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(Sink(), hostname="127.0.0.1", port=port, tls_context=context, **options)
    controller.start()
    try:
        yield Relay("main", "127.0.0.1", port=port)
    finally:
        controller.stop()


def _login(_server: Any, _session: Any, _envelope: Any, _mechanism: str, said: Any) -> AuthResult:
    return AuthResult(success=said.password == b"goed", handled=False)


def test_tls_of_a_relay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with relay(tmp_path, authenticator=_login) as plain:
        secure = replace(plain, use_tls=True)
        assert "not to be trusted: self-signed certificate" in probe.look(secure, near=True).words
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
        found = probe.look(secure, near=False)
        assert found.state == "ok", found
        assert found.words.startswith("STARTTLS, certificate valid until")
        assert "let" not in found.words
        assert probe.look(plain, near=True).state == "ok"
        assert "MAIL_USE_TLS=true" in probe.look(plain, near=False).words
        inside = probe.look(replace(secure, username="wij", password="goed"), near=False)
        assert (inside.state, "lets us log in" in inside.words) == ("ok", True), inside
        outside = probe.look(replace(secure, username="wij", password="fout"), near=False)
        assert (outside.state, "does not let us log in (535)" in outside.words) == ("wrong", True), outside
        assert probe.look(replace(plain, use_ssl=True), near=True).state == "wrong"


def test_a_certificate_for_another_host_or_about_to_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with relay(tmp_path, host="127.0.0.9", days=3) as plain:
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
        assert "not to be trusted: IP address mismatch" in probe.look(replace(plain, use_tls=True), near=False).words
    with relay(tmp_path, days=3) as plain:
        assert "(soon)" in probe.look(replace(plain, use_tls=True), near=False).words


def test_a_relay_whose_name_leads_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """The one thing that cannot run here: the wall around the tests lets no question for a name out."""
    for number, state in ((socket.EAI_NONAME, "wrong"), (socket.EAI_AGAIN, "unanswered")):

        def ask(*_: Any, number: int = number, **__: Any) -> Any:
            raise socket.gaierror(number, "")

        monkeypatch.setattr(socket, "getaddrinfo", ask)
        assert probe.look(Relay("main", "smtp.elders.example"), near=False).state == state


def test_a_relay_without_tls(smtp: Sink, services: Any) -> None:
    plain = Relay("main", "127.0.0.1", port=services.smtp_port)
    assert probe.look(plain, near=True).state == "ok"
    assert "in clear" in probe.look(plain, near=False).words
    assert "does not offer STARTTLS" in probe.look(replace(plain, use_tls=True), near=True).words
