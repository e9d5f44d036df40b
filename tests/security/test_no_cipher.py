"""The server cannot decrypt what agents seal: nothing that could is imported.

The import contract lets two modules use `cryptography`: one signs tokens, one checks what devices signed. This holds
them to that.
"""

import ast
from pathlib import Path

import pytest

from tests.docs.pages import ROOT

SIGNS = ROOT / "auth/oauth/signing_keys.py"
CHECKS = ROOT / "relay/kernel/signatures.py"
ALLOWED = {
    "cryptography.hazmat.primitives": {"hashes"},
    "cryptography.hazmat.primitives.asymmetric": {"ec"},
    "cryptography.hazmat.primitives.asymmetric.utils": {"decode_dss_signature"},
    "cryptography.hazmat.primitives.serialization": {
        "BestAvailableEncryption",
        "Encoding",
        "PrivateFormat",
        "load_pem_private_key",
    },
}


def imported(path: Path) -> dict[str, set[str]]:
    """Return what a module takes from `cryptography`, by name."""
    found: dict[str, set[str]] = {}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("cryptography"):
            found.setdefault(node.module, set()).update(alias.name for alias in node.names)
        elif isinstance(node, ast.Import):
            assert not [alias.name for alias in node.names if alias.name.startswith("cryptography")]
    return found


@pytest.mark.proves("sealed.no_cipher")
def test_the_module_that_checks_signatures_has_public_keys_only_and_makes_none() -> None:
    assert imported(CHECKS) == {
        "cryptography.exceptions": {"InvalidSignature"},
        "cryptography.hazmat.primitives.asymmetric.ed25519": {"Ed25519PublicKey"},
    }


@pytest.mark.proves("oauth.no_cipher")
def test_the_module_that_signs_imports_nothing_that_decrypts() -> None:
    assert imported(SIGNS) == ALLOWED
    assert "exchange" not in SIGNS.read_text(encoding="utf-8")  # an EC key could also agree on a secret (ECDH)
