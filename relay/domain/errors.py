"""Everything the relay refuses, as facts.

    HitlError
    ├── InvalidInput          a field is wrong; `pointer` names it (RFC 6901)
    ├── Unauthenticated       no credential, or one that is not (or no longer) good
    ├── Forbidden             a good credential that may not do this
    │   └── StepUpRequired    not without proving again who it is
    ├── NotFound              missing and not-yours look alike
    ├── Conflict
    │   ├── AlreadyDecided    the request is settled: how, by whom, when
    │   ├── ClaimedByAnother  somebody else holds the lease, until when
    │   ├── KeyReused         the idempotency key came back with another question
    │   ├── AlreadyExists     a name that must be unique is taken
    │   └── LogMoved          the device log has entries that the writer did not know
    ├── TooManyRequests       slow down; `retry_after_s` says for how long
    │   └── RateLimited       more calls than a limit allows: which, how many, in how many seconds
    └── Unavailable           the relay cannot do it now (database gone, stopping); nothing was changed

An error has a stable `code` and facts, never a status: each door has a table of its own (`relay.kernel.problem`).
"""

import datetime as dt
from typing import ClassVar
from uuid import UUID


class HitlError(Exception):
    code: ClassVar[str] = "internal_error"


class InvalidInput(HitlError):
    code = "invalid_input"

    def __init__(self, reason: str, pointer: str = "") -> None:
        super().__init__(f"{pointer.lstrip('/').replace('/', '.')}: {reason}" if pointer else reason)
        self.reason = reason
        self.pointer = pointer


class Unauthenticated(HitlError):
    code = "unauthenticated"


class Forbidden(HitlError):
    """`scope` is what the credential lacks, when one more scope would do."""

    code = "forbidden"

    def __init__(self, message: str, scope: str | None = None) -> None:
        super().__init__(message)
        self.scope = scope


class StepUpRequired(Forbidden):
    """The session is good, but its human proved who they are too long ago for this."""

    code = "step_up_required"

    def __init__(self, page: str) -> None:
        super().__init__("confirm that it is you: this needs a sign-in of the last ten minutes")
        self.page = page
        """Where a person confirms."""


class NotFound(HitlError):
    code = "not_found"


class Conflict(HitlError):
    code = "conflict"


class AlreadyDecided(Conflict):
    """`state` is the final state; `by` and `device` are absent when nobody decided (expired, cancelled)."""

    code = "already_decided"

    def __init__(self, state: str, at: dt.datetime | None, by: UUID | None = None, device: UUID | None = None) -> None:
        super().__init__(f"the request is already {state}")
        self.state = state
        self.at = at
        self.by = by
        self.device = device


class ClaimedByAnother(Conflict):
    code = "claimed"

    def __init__(self, by: UUID, until: dt.datetime) -> None:
        super().__init__(f"somebody else has claimed this request until {until.isoformat(timespec='seconds')}")
        self.by = by
        self.until = until


class KeyReused(Conflict):
    code = "idempotency_key_reused"


class AlreadyExists(Conflict):
    code = "already_exists"


class LogMoved(Conflict):
    """Another device appended first: read the log again, and sign for its new end."""

    code = "log_moved"


class TooManyRequests(HitlError):
    code = "too_many_requests"

    def __init__(self, message: str, retry_after_s: int) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class RateLimited(TooManyRequests):
    code = "rate_limited"

    def __init__(self, limit: str, calls: int, per_s: int, retry_after_s: int) -> None:
        super().__init__(f"more than {calls} calls in {per_s} seconds; wait and try again", retry_after_s)
        self.limit = limit
        self.calls = calls
        self.per_s = per_s


class Unavailable(HitlError):
    code = "unavailable"

    def __init__(self, message: str = "the relay cannot do this right now; try again", retry_after_s: int = 2) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s
