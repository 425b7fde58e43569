"""A certificate authority of this machine's own and one certificate for its loopback names."""

from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

FROM, UNTIL = datetime(2025, 1, 1, tzinfo=UTC), datetime(2049, 1, 1, tzinfo=UTC)
NAMES = [x509.DNSName("localhost"), *(x509.IPAddress(ip_address(each)) for each in ("127.0.0.1", "::1"))]
SIGNING = {"key_cert_sign": True, "crl_sign": True, "digital_signature": True}
SERVING = {"key_cert_sign": False, "crl_sign": False, "digital_signature": True}
NO_USE = {
    "content_commitment": False,
    "key_encipherment": False,
    "data_encipherment": False,
    "key_agreement": False,
    "encipher_only": False,
    "decipher_only": False,
}


def ensure(folder: Path) -> tuple[Path, Path]:
    """The authority's certificate file and the server's (chain and key), made in `folder` on first use."""
    authority, server = folder / "ca.pem", folder / "server.pem"
    if not (authority.exists() and server.exists()):
        folder.mkdir(parents=True, exist_ok=True)
        _make(authority, server)
    return authority, server


def _make(authority: Path, server: Path) -> None:
    ca_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    ca = _signed("fleetcs local authority", ca_key, ca_key, None)
    leaf = _signed("localhost", key, ca_key, ca)
    _write(server, _pem(leaf) + _private(key))
    _write(authority, _pem(ca))


def _signed(
    name: str, key: ec.EllipticCurvePrivateKey, by: ec.EllipticCurvePrivateKey, issuer: x509.Certificate | None
) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(FROM)
        .not_valid_after(UNTIL)
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=0 if issuer is None else None), True)
        .add_extension(x509.KeyUsage(**(SERVING if issuer else SIGNING), **NO_USE), True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key()), False)
    )
    return (_named(builder) if issuer else builder).sign(by, hashes.SHA256())


def _named(builder: x509.CertificateBuilder) -> x509.CertificateBuilder:
    serving = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    return builder.add_extension(x509.SubjectAlternativeName(NAMES), False).add_extension(serving, False)


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _private(key: ec.EllipticCurvePrivateKey) -> bytes:
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())


def _write(path: Path, content: bytes) -> None:
    """All or nothing: a start killed halfway leaves no half certificate."""
    draft = path.with_suffix(".new")
    draft.touch(mode=0o600)
    draft.write_bytes(content)
    draft.rename(path)
