"""A certificate authority of the test's own, and what the vendors hand out: keys and a service account."""

import datetime as dt
import ipaddress
import json
import ssl
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from relay.domain.clock import SystemClock
from tests.emulators.lossy import FAR


@dataclass(frozen=True)
class Authority:
    """Files in a folder: `ca.pem`, and a server's `server.pem` with its key, for localhost and the lossy link."""

    folder: Path

    @property
    def ca(self) -> Path:
        return self.folder / "ca.pem"

    def server_tls(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.folder / "server.pem")
        return context

    def client_tls(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.ca))


def make_authority(folder: Path) -> Authority:
    now = SystemClock().now()
    root, leaf = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a test's authority")])
    usage = x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )

    def signed(builder: x509.CertificateBuilder) -> bytes:
        dated = builder.issuer_name(name).serial_number(x509.random_serial_number())
        dated = dated.not_valid_before(now - dt.timedelta(days=1)).not_valid_after(now + dt.timedelta(days=30))
        return dated.sign(root, hashes.SHA256()).public_bytes(Encoding.PEM)

    own = x509.CertificateBuilder().subject_name(name).public_key(root.public_key())
    own = own.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    own = own.add_extension(usage, critical=True)
    own = own.add_extension(x509.SubjectKeyIdentifier.from_public_key(root.public_key()), critical=False)
    (folder / "ca.pem").write_bytes(signed(own))
    addresses = [x509.IPAddress(ipaddress.ip_address(address)) for address in ("127.0.0.1", FAR)]
    names = [x509.DNSName("localhost"), *addresses]
    local = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    server = x509.CertificateBuilder().subject_name(local).public_key(leaf.public_key())
    server = server.add_extension(x509.SubjectAlternativeName(names), critical=False)
    server = server.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root.public_key()), critical=False)
    server = server.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    (folder / "server.pem").write_bytes(signed(server) + _pem(leaf))
    return Authority(folder)


@dataclass(frozen=True)
class AppleKey:
    private: str
    public: str


def make_apple_key() -> AppleKey:
    key = ec.generate_private_key(ec.SECP256R1())
    return AppleKey(_pem(key).decode(), _public(key))


def make_service_account(file: Path, token_uri: str, project: str = "hitl-test") -> str:
    """Write a service account's file; return its public key."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    account = {
        "type": "service_account",
        "project_id": project,
        "private_key_id": "abc",
        "private_key": _pem(key).decode(),
        "client_email": f"push@{project}.iam.example",
        "client_id": "1",
        "token_uri": token_uri,
    }
    file.write_text(json.dumps(account), encoding="utf-8")
    return _public(key)


def _pem(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _public(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> str:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
