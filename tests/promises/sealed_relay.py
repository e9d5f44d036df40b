"""What is promised about sealed requests."""

from tests.promises.requirement import Requirement

PROMISES = {
    "sealed.form_only": Requirement(
        source="e2ee.md: promise", says="what does not look sealed is refused before it is written down"
    ),
    "sealed.one_way": Requirement(
        source="domain: entities",
        says="a sealed request is answered sealed, one in words is not; the schema says so too",
    ),
    "sealed.twins": Requirement(
        source="issue 7.1", says="the /e2ee calls wait, return at once, expire and are cancelled as the plain ones are"
    ),
    "sealed.dedupe": Requirement(
        source="domain rule 5", says="the same dedupe_key joins the open request though the ciphertext differs"
    ),
    "sealed.canonical": Requirement(
        source="RFC 8785",
        says="what is signed is the same bytes in every program, numbers and letters of any kind included",
    ),
    "sealed.no_cipher": Requirement(
        source="e2ee.md: promise", says="of cryptography the broker has Ed25519 public keys, to check what devices sign"
    ),
    "sealed.card": Requirement(source="e2ee.md 4, 5", says="a device gets the ciphertext and no words"),
}
