"""What can be wrong with something that claims to come from a human's device, or from an agent."""

from enum import StrEnum

from hitl_cli.errors import IdentityChanged, Untrusted


class Wrong(StrEnum):
    """The stable word for each reason; `Untrusted.reason` is one of them."""

    UNREADABLE = "unreadable"  # not of the form that is written down

    # The device log
    LOG_LINK = "log_link"  # an entry does not follow the one before
    LOG_SIGNATURE = "log_signature"
    LOG_SIGNER = "log_signer"  # no active device signed it
    LOG_GENESIS = "log_genesis"  # the first entry is no device that signs itself
    LOG_CONSENT = "log_consent"  # the added device did not sign its own keys
    LOG_TWICE = "log_twice"  # a key is added that is there already
    LOG_ABSENT = "log_absent"  # what is taken back is not there
    LOG_LAST_DEVICE = "log_last_device"
    LOG_TYPE = "log_type"
    OTHER_ROOT = "other_root"  # another account, or another beginning of this one
    LOG_ROLLED_BACK = "log_rolled_back"  # shorter than one that was seen
    LOG_REWRITTEN = "log_rewritten"  # another past than one that was seen

    # Envelopes
    NOT_FOR_US = "not_for_us"
    CHANGED = "changed"  # it cannot be opened, or not with this header
    OTHER_KIND = "other_kind"
    UNKNOWN_AGENT = "unknown_agent"  # nobody approved its key
    OTHER_LOG = "other_log"  # it was sealed for a log that is not ours
    TOO_EARLY = "too_early"
    EXPIRED = "expired"
    TOO_LONG = "too_long"  # it wants to stay open longer than anything may
    REPLAYED = "replayed"

    # Answers and receipts
    UNKNOWN_DEVICE = "unknown_device"  # no active device answered
    OTHER_QUESTION = "other_question"
    RECEIPT_SIGNATURE = "receipt_signature"
    RECEIPT_OTHER = "receipt_other"  # it is signed, and says something else
    NO_RECEIPT = "no_receipt"

    # Pairing
    MAC = "mac"  # these keys were not made by whoever scanned the code
    COMMIT = "commit"  # another number than the one promised


def refused(wrong: Wrong, why: str) -> Untrusted:
    """Make the error to raise; a changed identity is one of its own, for it needs a human."""
    return (IdentityChanged if wrong is Wrong.OTHER_ROOT else Untrusted)(wrong.value, why)


def must(holding: bool, wrong: Wrong, why: str) -> None:
    if not holding:
        raise refused(wrong, why)
