"""What a call may end with instead of an answer.

    HitlError             the relay failed in a way that has no better name (status 500)
    ├── NoAnswer          nobody answered; `request_id` names the question
    │   ├── Expired       its time ran out
    │   └── Cancelled     it was taken back
    ├── Refused           the relay said no: `status`, `code`, `detail`
    ├── Unreachable       no relay could be reached, or not long enough to hear the end
    ├── CannotSeal        end-to-end encryption was asked for and cannot be had; nothing was sent
    └── Untrusted         what came is not what it claims to be: `reason`
        └── IdentityChanged   the account's list of devices begins anew; a human has to look

An expired question that carried a `default_response` is no error: the default is returned.
"""

from enum import IntEnum


class ExitCode(IntEnum):
    """What `hitl-cli` tells the shell. Documented in `--help` and in docs/reference/hitl-cli.md."""

    DONE = 0
    FAILED = 1
    USAGE = 2  # click's own
    EXPIRED = 3
    CANCELLED = 4
    UNREACHABLE = 5
    REFUSED = 6
    CANNOT_SEAL = 7
    UNTRUSTED = 8
    IDENTITY_CHANGED = 9
    INTERRUPTED = 130
    KILLED = 143


class HitlError(Exception):
    exit_code = ExitCode.FAILED


class NoAnswer(HitlError):
    def __init__(self, message: str, request_id: str | None = None) -> None:
        super().__init__(message)
        self.request_id = request_id


class Expired(NoAnswer):
    exit_code = ExitCode.EXPIRED


class Cancelled(NoAnswer):
    exit_code = ExitCode.CANCELLED


class Refused(HitlError):
    """`code` is the relay's stable word for the reason, for programs; `detail` is for people."""

    exit_code = ExitCode.REFUSED

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(f"{detail} ({code})" if code else detail)
        self.status = status
        self.code = code
        self.detail = detail


class Unreachable(HitlError):
    exit_code = ExitCode.UNREACHABLE


class CannotSeal(HitlError):
    exit_code = ExitCode.CANNOT_SEAL


class Untrusted(HitlError):
    """`reason` is a stable word of `hitl_cli.sealed.wrong`, for programs; the message is for people."""

    exit_code = ExitCode.UNTRUSTED

    def __init__(self, reason: str, why: str) -> None:
        super().__init__(f"{why} ({reason})")
        self.reason = reason


class IdentityChanged(Untrusted):
    exit_code = ExitCode.IDENTITY_CHANGED
