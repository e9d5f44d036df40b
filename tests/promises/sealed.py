"""End-to-end encryption: what keeps the relay from reading, forging and swapping."""

from tests.promises.requirement import Requirement

PROMISES = {
    "sealed.log_refused": Requirement(source="R80, R85", says="no device is added or put back by the relay"),
    "sealed.answer_refused": Requirement(source="R81, R82", says="an answer counts for its own question only"),
    "sealed.question_refused": Requirement(source="R82-R84", says="a question that is not from the agent is not shown"),
    "sealed.size_hidden": Requirement(source="R87", says="a ciphertext does not tell a yes from a no by its length"),
    "sealed.safety_number": Requirement(source="R90", says="agent and device show one safety number"),
    "sealed.pairing_refused": Requirement(source="R91", says="a pairing with swapped keys is refused"),
    "sealed.proof_refused": Requirement(source="issue 7.5", says="a receipt proves one decision, offline"),
    "sealed.app": Requirement(
        source="issue 7.2", says="the app opens a sealed question, answers it sealed, and says why it refuses another"
    ),
    "sealed.unapproved": Requirement(source="R84", says="a question of a key nobody approved is not shown"),
    "sealed.v1": Requirement(
        source="e2ee.md 5", says="the published format is opened by every device, and called not verified"
    ),
    "sealed.replay": Requirement(source="R83", says="a question shown again as another one is refused, after reloads too"),
    "sealed.receipts": Requirement(source="issue 7.5", says="answers given in the app carry receipts that prove them"),
    "sealed.revoked": Requirement(source="R85", says="nothing more is sealed for a device its human revoked in the app"),
    "sealed.swapped_answer": Requirement(source="R81", says="the answer to one question is none to another"),
    "sealed.pairing": Requirement(
        source="R91", says="a device joins by picture or by code and digits; swapped keys, old and used codes are refused"
    ),
    "sealed.forged": Requirement(source="R80", says="the app refuses a device log that cannot be true, loudly"),
    "sealed.lock": Requirement(source="issue 7.2", says="keys locked by a passkey open nothing until it is touched"),
    "sealed.recovery": Requirement(source="e2ee.md 7", says="a printed key lets a new browser in; a new list starts over"),
    "sealed.push": Requirement(
        source="e2ee.md 8", says="the service worker opens a sealed push and answers it sealed, but for danger"
    ),
    "sealed.vectors": Requirement(source="R89", says="the examples open in Python and in the browser alike"),
}
