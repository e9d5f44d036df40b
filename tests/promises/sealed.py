"""End-to-end encryption: what keeps the relay from reading, forging and swapping."""

from tests.promises.requirement import Requirement

PROMISES = {
    "sealed.log_refused": Requirement(source="R80, R85", says="no device is added or put back by the relay"),
    "sealed.answer_refused": Requirement(source="R81, R82", says="an answer counts for its own question only"),
    "sealed.question_refused": Requirement(source="R82-R84", says="a question that is not from the agent is not shown"),
    "sealed.size_hidden": Requirement(source="R87", says="a ciphertext does not tell a yes from a no by its length"),
    "sealed.safety_number": Requirement(source="R90", says="agent and device show one safety number"),
    "sealed.pairing_refused": Requirement(source="R91", says="a pairing with swapped keys is refused"),
    "sealed.pinned": Requirement(source="R80, R90", says="the client believes no other account and no older list"),
    "sealed.one_answer": Requirement(source="R81, domain rule 5", says="a sealed answer counts once, across processes"),
    "sealed.client": Requirement(source="issue 7.4", says="with e2ee, no word leaves the client unsealed"),
    "sealed.client_refuses": Requirement(source="issue 7", says="the client refuses whatever a lying relay may try"),
    "sealed.receipts": Requirement(source="issue 7.5", says="an answer can be proved to others, by a page of code"),
    "sealed.agent_approved": Requirement(
        source="R84, e2ee.md 3", says="an agent's key counts once a human approved it"
    ),
    "sealed.version_1": Requirement(source="e2ee.md 5", says="version 1 must be allowed, and never counts as verified"),
    "sealed.proof_refused": Requirement(source="issue 7.5", says="a receipt proves one decision, offline"),
}
