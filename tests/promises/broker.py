"""What a program, a device and a human may rely on when something is asked."""

from tests.promises.requirement import Requirement

PROMISES = {
    # Asking
    "ask.returns_the_answer": Requirement(
        source="seed 003: requests snippet", says="the waiting POST returns the human's answer as `response`"
    ),
    "ask.ceiling": Requirement(
        source="seed 003: maximum wait time of 15 minutes", says="no request stays answerable longer than 900 s"
    ),
    "ask.clamped": Requirement(source="architecture: Time", says="more than 900 s is cut, and the reply says so"),
    "ask.expires": Requirement(source="architecture: Time", says="at the deadline the caller gets a typed no-answer"),
    "ask.default": Requirement(
        source="domain rule 4", says="a caller's default is returned as expired and flagged as not human"
    ),
    "ask.idempotency_key": Requirement(
        source="domain rule 5", says="the same key is the same request, whose answer is returned again"
    ),
    "ask.key_reused": Requirement(source="domain rule 5", says="the same key with another question is refused"),
    "ask.same_content_reattaches": Requirement(
        source="domain rule 5", says="the same question while pending or uncollected is one request"
    ),
    "ask.collected_is_done": Requirement(
        source="domain rule 5", says="a question whose answer was collected is asked anew"
    ),
    "ask.cancel": Requirement(source="issue 1.4", says="a cancelled request settles and its card goes"),
    "ask.heartbeat": Requirement(
        source="doors: blocking calls", says="a waiting reply is kept alive by white space before its JSON"
    ),
    "ask.wait_slice": Requirement(source="doors: wait", says="a wait that ends first returns 202 and a typed pending"),
    "ask.long_poll": Requirement(source="doors: requests/{id}/wait", says="a later call waits for the same request"),
    "ask.events": Requirement(source="doors: requests/{id}/events", says="deliveries and outcome stream as SSE"),
    "ask.uncollected": Requirement(source="domain rule 5", says="an answer nobody collected is listed and kept"),
    "ask.no_device": Requirement(source="domain rule 6", says="nobody reachable is said at once"),
    "notify.posted": Requirement(source="seed 003: notify", says="a notification reaches devices and awaits nothing"),
    "complete.waits": Requirement(source="seed 003: notify-completion", says="a completion is answered like an ask"),
    # Answering
    "answer.first_wins": Requirement(source="domain rule 2", says="of two answers one wins, the other is told who did"),
    "answer.valid": Requirement(source="domain rule 3", says="an invalid answer names field and reason, nothing moves"),
    "answer.repeatable": Requirement(source="doors: answer_id", says="the same answer_id again is the same answer"),
    "answer.not_too_late": Requirement(source="architecture: Time", says="past the deadline nothing is answered"),
    "answer.claim": Requirement(source="domain: claim", says="a claim is a lease that keeps others from answering"),
    "answer.total_moves": Requirement(source="domain: moves", says="every pair of state and move is decided"),
    # Devices
    "device.told_at_once": Requirement(source="issue 1.5", says="a connected device is sent the request"),
    "device.catch_up": Requirement(source="issue 1.5", says="a cursor replays exactly what was missed, in order"),
    "device.resync": Requirement(source="issue 1.5", says="a device too far behind gets its inbox afresh"),
    "device.dropped_card": Requirement(source="architecture step 5", says="other devices are told it is resolved"),
    "device.slow_is_closed": Requirement(
        source="issue: a stuck device", says="a stuck device is closed, not waited for"
    ),
    "device.close_codes": Requirement(source="doors: close codes", says="every close code says whether to come back"),
    "device.bad_frame": Requirement(source="issue: bad input", says="a wrong frame ends the conversation with a code"),
    "device.ledger": Requirement(source="domain: ledger", says="sent, displayed and seen are recorded per device"),
    "device.revoked": Requirement(source="issue 1.5", says="a revoked device's sockets close and its sessions end"),
}
