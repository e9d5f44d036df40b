"""The server seals for browsers and opens nothing: one module has a cipher, and that only seals."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SERVER = ("hitl_relay", "rest_api", "mobile_api", "auth", "push", "relay")
SEALER = ROOT / "push/rfc8291.py"

CIPHERS = {"AESGCM", "AESGCMSIV", "AESCCM", "AESSIV", "AESOCB3", "ChaCha20Poly1305", "Cipher", "Fernet", "MultiFernet"}
OPENING = {"decrypt", "decryptor", "decrypt_into", "unseal", "unbox"}


def names(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Attribute(attr=name) | ast.Name(id=name) | ast.alias(name=name):
                found.update(name.split("."))
    return found


@pytest.mark.proves("push.no_decryption")
def test_only_one_module_has_a_cipher_and_none_decrypts() -> None:
    modules = [path for package in SERVER for path in (ROOT / package).rglob("*.py")]
    assert SEALER in modules
    assert [path for path in modules if names(path) & CIPHERS and path != SEALER] == []
    assert [path for path in modules if names(path) & OPENING] == []
