"""The server cannot decrypt what agents seal: nothing that could is imported.

The import contract lets one module use `cryptography`, because signing needs it. This holds that module to signing.
"""

import ast

import pytest

from tests.docs.pages import ROOT

SIGNS = ROOT / "auth/oauth/signing_keys.py"
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


@pytest.mark.proves("oauth.no_cipher")
def test_the_module_that_signs_imports_nothing_that_decrypts() -> None:
    imported: dict[str, set[str]] = {}
    for node in ast.walk(ast.parse(SIGNS.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("cryptography"):
            imported.setdefault(node.module, set()).update(alias.name for alias in node.names)
        elif isinstance(node, ast.Import):
            assert not [alias.name for alias in node.names if alias.name.startswith("cryptography")]
    assert imported == ALLOWED
    assert "exchange" not in SIGNS.read_text(encoding="utf-8")  # an EC key could also agree on a secret (ECDH)
