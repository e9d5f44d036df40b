"""What a human and an agent may rely on when nobody has the app open."""

from tests.promises.requirement import Requirement

PROMISES = {
    "push.encrypted": Requirement(source="RFC 8291", says="only the browser can read a Web Push"),
    "push.vapid": Requirement(source="RFC 8292", says="every push is signed for its push service, with one kept key"),
    "push.no_decryption": Requirement(
        source="issue 5.1; e2ee: promise", says="no server module opens what is sealed; push alone seals"
    ),
    "push.outcomes": Requirement(
        source="research/push 5.2", says="each provider's answer is one of six verdicts, by table"
    ),
    "push.guarded": Requirement(
        source="research/push 3.3", says="an address that leads into the relay's own network is not called"
    ),
    "push.queued_with_request": Requirement(
        source="issue 5.2", says="the push is queued by the commit that saves its request"
    ),
    "push.at_least_once": Requirement(
        source="issue 5.2", says="a sender that dies with a lease is taken over; nothing is lost"
    ),
    "push.sent_once": Requirement(source="issue 5.2", says="two workers do not send the same push"),
    "push.grace": Requirement(
        source="design/push: policy", says="a device on its socket is given 2 s; only its displayed spares the push"
    ),
    "push.no_words": Requirement(
        source="design/push: policy", says="a push has no words of its request unless the account wants them"
    ),
    "push.replaced": Requirement(
        source="design/push: policy", says="what is settled elsewhere is visibly and silently replaced on each device"
    ),
    "push.deadline": Requirement(source="design/push: policy", says="nothing is sent or retried past the deadline"),
    "push.retry": Requirement(source="design/push: policy", says="full jitter, never below Retry-After"),
    "push.dead_token": Requirement(
        source="issue 5.2", says="a dead token is retired, unless the device registered again since"
    ),
    "push.valve": Requirement(source="issue 5.2", says="a wave of dead tokens retires none and is reported"),
    "push.breaker": Requirement(source="issue 5.2", says="a provider that is down is left alone and probed"),
    "push.quiet_hours": Requirement(source="issue 5.3", says="in quiet hours only what is urgent wakes"),
    "push.reminders": Requirement(source="issue 5.3", says="who wants it is reminded of what is urgent and unseen"),
    "push.coalesced": Requirement(source="issue 5.3", says="a burst becomes one notification that counts"),
    "push.delivery_told": Requirement(
        source="issue 5.3", says="the agent is told at once whether anything can reach the human"
    ),
    "push.actions": Requirement(
        source="issue 5.5", says="buttons only for a whole question of two choices, never for danger"
    ),
    "push.ledger": Requirement(source="issue 5.4", says="every step of a push is in the request's delivery ledger"),
    "push.registration": Requirement(
        source="issue 5.4", says="a device registers, tests and removes its push address; bad ones are refused"
    ),
    "push.moved_token": Requirement(source="research/push 5.2", says="a token belongs to who registered it last"),
    "push.credentials": Requirement(
        source="issue 5.1", says="a clear verdict for each provider's credentials; new ones are taken without a restart"
    ),
    "push.firefox": Requirement(
        source="issue 5: done when", says="Firefox is woken, decrypts, shows; a button answers the waiting agent"
    ),
    "push.vendor_faults": Requirement(
        source="issue 5: done when", says="stalls, resets, shut-downs, expired tokens lose and double nothing"
    ),
    "push.ciphertext": Requirement(
        source="design/push: policy", says="a ciphertext goes along by every vendor where it fits, and words never do"
    ),
    "push.packet_loss": Requirement(
        source="issue 5: done when", says="with one packet in ten lost, every device shows every question once"
    ),
    "push.drain": Requirement(source="issue 5.2", says="a stop lets what is under way end"),
}
