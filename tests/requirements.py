"""What the relay promises, and where each promise comes from.

A test names the promise it proves: `@pytest.mark.proves("ask.ceiling")`. An unknown name stops the run; with
`--ledger` (as `make test` runs) so does a promise that no test proves.
"""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Requirement:
    """`source` is a line of a seed, an RFC section, an R-number of the auth research, or the issue that asked."""

    source: str
    says: str


REQUIREMENTS = {
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
    # Owners and credentials
    "auth.R39": Requirement(source="auth research R39", says="what anybody typed is escaped on every page"),
    "auth.R47": Requirement(source="auth research R47", says="what is revoked is refused at once, listeners are told"),
    "auth.R49": Requirement(source="auth research R49", says="an API key is shown once; only its hash is stored"),
    "auth.R50": Requirement(source="auth research R50", says="a bad checksum is refused without a query"),
    "auth.R51": Requirement(source="auth research R51", says="two headers with different credentials are refused"),
    "auth.R52": Requirement(
        source="auth research R52", says="expired, revoked or unknown is 401, wrong kind or scope 403"
    ),
    "auth.R53": Requirement(source="auth research R53", says="a rotated key works until its grace ends, not after"),
    "auth.R54": Requirement(source="auth research R54", says="a key cannot make keys or see other agents"),
    "auth.R55": Requirement(source="auth research R55", says="a credential in a query string is refused"),
    "auth.R56": Requirement(source="auth research R56", says="last use is written within 2 min, at most once a minute"),
    "auth.R57": Requirement(source="auth research R57", says="known and unknown accounts get one answer in one time"),
    "auth.R58": Requirement(source="auth research R58", says="ten failures are followed by a pause, never by a lock"),
    "auth.R59": Requirement(source="auth research R59", says="hashing stays off the loop; beyond its queue is 429"),
    "auth.R60": Requirement(source="auth research R60", says="a session is new at sign-in and dead at sign-out"),
    "auth.R61": Requirement(source="auth research R61", says="the cookie's attributes are exactly the strict ones"),
    "auth.R62": Requirement(source="auth research R62", says="a cross-site request with a valid cookie is refused"),
    "auth.R63": Requirement(source="auth research R63", says="a WebSocket with a foreign Origin gets no cookie"),
    "auth.R69": Requirement(source="auth research R69", says="setup needs the code; two at once make one owner; once"),
    "auth.R71": Requirement(source="auth research R71", says="another organization's id is not found"),
    "auth.R77": Requirement(source="auth research R77", says="secrets are found by hash or compared in constant time"),
    "auth.R78": Requirement(source="auth research R78", says="no error text holds a stack, SQL or a secret"),
    "auth.R79": Requirement(source="auth research R79", says="sign-ins, keys and revocations are in the account's log"),
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
    # Storage
    "store.log_without_gaps": Requirement(source="storage research 4", says="an account's log has no gaps"),
    "store.group_commit": Requirement(source="architecture: Writing", says="many callers share one commit"),
    "store.repeatable_writes": Requirement(source="issue: faults", says="a write repeated after a lost commit is one"),
    "store.migrations": Requirement(source="issue 1.2", says="migrations run once under a lock, forward only"),
    "store.newer_refused": Requirement(source="issue 1.2", says="a database from a newer version is refused clearly"),
    "store.expiry": Requirement(source="issue 1.3", says="two sweepers settle each overdue request once"),
    "store.sealed_log": Requirement(source="issue 1.3: audit chain", says="changing a sealed entry is found"),
    "store.retention": Requirement(source="issue 1.3", says="requests past their time are dropped whole"),
    "store.schema_ceiling": Requirement(source="architecture: Time", says="the schema itself refuses 15 min and 1 s"),
    # The client
    "client.sdk": Requirement(source="seed 003: HITL snippet", says="the SDK sample runs unchanged and leaks nothing"),
    "client.command": Requirement(source="seed 003: CLI lines", says="the command lines run unchanged"),
    "client.one_question": Requirement(source="domain rule 5", says="whatever the network does, a call asks once"),
    "client.withdraws": Requirement(source="issue 1.8", says="an interrupted command takes its question back"),
    "client.exit_codes": Requirement(source="issue 1.8", says="how a question ended is told by the exit code"),
    "client.inbox": Requirement(source="issue 1.8", says="a terminal is a device that can answer every form"),
    "client.nothing_hidden": Requirement(source="domain rule 7", says="a terminal obeys no prompt and shows it all"),
    "client.nothing_lost": Requirement(source="issue 1.8", says="what was typed survives a dropped connection"),
    "client.danger": Requirement(source="issue 1.8", says="a dangerous answer needs the word yes"),
    "client.terminal_restored": Requirement(source="issue 1.8", says="the terminal is left as it was, also by a crash"),
    # Documentation
    "docs.complete": Requirement(
        source="house style 13, 14: undocumented is a failing test",
        says="every code, event, metric, frame, call and setting is documented, and every link leads somewhere",
    ),
    "docs.generated_current": Requirement(
        source="doors: generated, committed, compared", says="generated documents are what the code generates"
    ),
    # Faults
    "fault.relay_killed": Requirement(
        source="issue 1: bad input and faults; quality: Reliability",
        says="a relay killed between any two steps of a request's life loses, doubles and mixes up nothing",
    ),
    "fault.postgres_killed": Requirement(
        source="issue 1: bad input and faults; quality: Reliability",
        says="a killed PostgreSQL costs a 503 or some waiting, and is running again by itself",
    ),
    "fault.stop": Requirement(
        source="quality: graceful stop", says="SIGTERM ends within 10 s: calls get a typed pending, sockets close 4002"
    ),
    "fault.frozen": Requirement(
        source="quality: the slow do not hurt the quick", says="a frozen relay goes on; a frozen device delays nobody"
    ),
    "fault.hints_lost": Requirement(
        source="quality: the bus may lose anything", says="with 30 or 100 % of hints lost everything still arrives"
    ),
    "fault.overload": Requirement(
        source="quality: overload sheds, never collapses",
        says="too much work is queued or refused with a typed reply, and over five seconds after it ends",
    ),
}
