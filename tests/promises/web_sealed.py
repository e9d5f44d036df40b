"""Sealed requests in the human's app."""

from tests.promises.requirement import Requirement

PROMISES = {
    "web_sealed.app": Requirement(
        source="issue 7.2", says="the app opens a sealed question, answers it sealed, and says why it refuses another"
    ),
    "web_sealed.unapproved": Requirement(source="R84", says="a question of a key nobody approved is not shown"),
    "web_sealed.v1": Requirement(
        source="e2ee.md 5", says="the published format is opened by every device, and called not verified"
    ),
    "web_sealed.replay": Requirement(
        source="R83", says="a question shown again as another one is refused, after reloads too"
    ),
    "web_sealed.receipts": Requirement(
        source="issue 7.5", says="answers given in the app carry receipts that prove them"
    ),
    "web_sealed.revoked": Requirement(
        source="R85", says="nothing more is sealed for a device its human revoked in the app"
    ),
    "web_sealed.swapped_answer": Requirement(source="R81", says="the answer to one question is none to another"),
    "web_sealed.pairing": Requirement(
        source="R91",
        says="a device joins by picture or by code and digits; swapped keys, old and used codes are refused",
    ),
    "web_sealed.forged": Requirement(source="R80", says="the app refuses a device log that cannot be true, loudly"),
    "web_sealed.lock": Requirement(
        source="issue 7.2", says="keys locked by a passkey open nothing until it is touched"
    ),
    "web_sealed.recovery": Requirement(
        source="e2ee.md 7", says="a printed key lets a new browser in; a new list starts over"
    ),
    "web_sealed.push": Requirement(
        source="e2ee.md 8", says="the service worker opens a sealed push and answers it sealed, but for danger"
    ),
}
