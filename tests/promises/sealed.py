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
}
