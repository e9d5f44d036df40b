"""The steps of a request's life, in order: between any two of them the relay may be killed.

`launcher.POINTS` says where each one is in the code, and `test_relay_killed` kills there. A step without a point
fails a test, so whoever adds one to the relay's work adds its case here.
"""

from enum import StrEnum


class Step(StrEnum):
    RECEIVED = "the ask was received, nothing is written"
    SAVED = "the request is committed, nobody knows"
    SAVE_KNOWN = "the asking call knows that it is saved, no device was told"
    ANNOUNCED = "the devices' sockets were written to"
    SHOWN = "one device's socket was written to, the others' not yet"
    LEDGER_SAVED = "the delivery is in the ledger"
    DISPLAYED = "a device said that it displays the card"
    REPLY_BEGUN = "the waiting call got its status line, not its body"
    ANSWER_RECEIVED = "an answer came from a device, nothing is written"
    ANSWER_SAVED = "the answer is committed, nobody knows"
    WAITER_TOLD = "the waiting call is woken, it has written nothing"
    ANSWER_ANNOUNCED = "waiter and other devices are told, the answering device is not"
    ANSWER_ACCEPTED = "the answering device's frame was handled"
    REPLY_STARTED = "the reply is about to be written"
    REPLY_WRITTEN = "the reply is in the socket, the call has not ended"
    COLLECTING = "the agent came back for its answer, nothing is written"
    COLLECTED = "the answer is marked as collected, the agent has not got it"
    EXPIRED = "the deadline's settlement is committed, nobody knows"
    CANCELLED = "the cancellation is committed, nobody knows"
    NOTIFIED = "a notification is saved, its call has no reply"
    SEALED = "the log is sealed up to here"
