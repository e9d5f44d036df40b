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
    "log.served": Requirement(
        source="e2ee.md 2", says="agents and devices are served the log as its devices signed it"
    ),
    "log.verified": Requirement(source="e2ee.md 2", says="what does not verify is not appended, and nothing changes"),
    "log.compare_and_set": Requirement(
        source="sealed.md", says="of two appends made for one end one is told log_moved"
    ),
    "log.inbox_key": Requirement(
        source="e2ee.md 5", says="every device of the log has the inbox key, and callers get that key first"
    ),
    "log.revoke": Requirement(
        source="R85, issue 7.1", says="a revoked device is out at once, and the inbox key it knew is replaced"
    ),
    "log.anew": Requirement(source="e2ee.md 7", says="a log is given up only after a fresh proof of who one is"),
    "pairing.by_code": Requirement(
        source="e2ee.md 6", says="a new device joins by a scanned code, or by compared digits"
    ),
    "pairing.once": Requirement(
        source="R91", says="a code works once and for five minutes, a session is handed over once"
    ),
    "pairing.swapped": Requirement(source="R91", says="keys other than those the new device brought are not accepted"),
    "pairing.fresh_proof": Requirement(source="R64", says="a session that came by pairing proves nothing by itself"),
    "pairing.limited": Requirement(source="R75", says="codes cannot be tried in numbers"),
    "sealed.malicious_relay": Requirement(
        source="issue 7: done when", says="a relay that injects, swaps, replays, rolls back or strips is refused"
    ),
    "receipt.plain": Requirement(
        source="domain rule 8",
        says="the agent gets the device's receipt with a plain answer, and a proof checkable offline",
    ),
    "receipt.sealed": Requirement(source="domain rule 8", says="a sealed answer's receipt is inside it, and beside it"),
    "receipt.refused": Requirement(
        source="sealed.md", says="an answer whose receipt is not about it is refused by its member, and nothing is lost"
    ),
    "sealed.published_client": Requirement(
        source="R88, issue 7: done when",
        says="what hitl-cli 1.2.1 seals opens on every device, and any of them answers",
    ),
    "mcp.sealed": Requirement(
        source="issue 7.1", says="the _e2ee tools take ciphertext and return the encrypted answer"
    ),
    "sealed.canary": Requirement(
        source="R86", says="no word of a sealed request in database, log, metrics, pushes or replies, in no spelling"
    ),
    "sealed.emptied": Requirement(
        source="architecture: data kept", says="ciphertext is taken a day after it settled; the facts beside it stay"
    ),
    "sealed.push": Requirement(
        source="e2ee.md 8", says="a push has no words of a sealed request, and its ciphertext if that fits"
    ),
    "sealed.card": Requirement(source="e2ee.md 4, 5", says="a device gets the ciphertext and no words"),
}
