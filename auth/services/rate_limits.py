"""Who has called too often. `docs/topics/limits.md` has every limit with its reason; `HITL_LIMITS` changes them.

The limits stop loops that went wrong and strangers who try things. They are far above what a busy agent does, and no
defence against a flood of connections, which is the proxy's or the network's to stop.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Final, NoReturn

from auth.principal import Principal
from relay.domain.clock import Clock
from relay.domain.errors import RateLimited
from relay.kernel.log import get_logger
from relay.kernel.operation import Operation
from relay.kernel.rates import MINUTE, Buckets, By, Limit, Refusal

log = get_logger(__name__)

ADDRESS: Final = Limit(name="address", calls=600, per_s=MINUTE, by=By.ADDRESS)
"""Calls without a credential, or with one that is not good: pages, sign-in, guesses. An office behind one address
opens the app some twenty times a minute; whoever tries keys is stopped after ten a second."""

CREDENTIAL: Final = Limit(name="credential", calls=6_000, per_s=MINUTE, by=By.CREDENTIAL)
"""One API key, session or grant. A hundred a second, or six thousand at once: more than any agent that asks a human,
less than a loop without a pause."""

AGENT: Final = Limit(name="agent", calls=12_000, per_s=MINUTE, by=By.AGENT)
"""All credentials of an agent together, so that more keys do not make more calls."""

ACCOUNT: Final = Limit(name="account", calls=30_000, per_s=MINUTE, by=By.ACCOUNT)
"""All agents and devices of one human together: half of what one process can do."""

CLIENT: Final = Limit(name="client", calls=30_000, per_s=MINUTE, by=By.CLIENT)
"""An OAuth client with everybody who connected it: half of what one process can do, as for an account. A release of
a program that went wrong is many accounts at once."""

TOKENS: Final = Limit(name="tokens", calls=600, per_s=MINUTE, by=By.CLIENT)
"""Tokens issued to an OAuth client. One asks every quarter of an hour for each human, so that is enough for 9000. Only
what is granted counts: a client's id is no secret, and whoever names it could use its limit up."""

STANDING: Final = (ADDRESS, CREDENTIAL, AGENT, ACCOUNT, CLIENT, TOKENS)

ASKS: Final = Limit(name="asks", calls=600, per_s=MINUTE, by=By.AGENT)
"""Cards an agent may put before people, through whichever door. Ten a second, or six hundred at once, fill any inbox;
nobody reads more."""

SAY_EVERY_S: Final = 10.0
"""How often a limit that refuses is logged: a flood of calls must not become a flood of lines."""


class RateLimits:
    def __init__(self, limits: Iterable[Limit], changed: Mapping[str, int], clock: Clock) -> None:
        """Keep buckets for `limits` and the standing ones; `changed` has other numbers by name, 0 for none."""
        self._now = clock.monotonic
        named = {limit.name: limit for limit in (*STANDING, *limits)}
        self._buckets = {
            name: Buckets(_with(limit, changed.get(name))) for name, limit in named.items() if changed.get(name) != 0
        }
        self._of_credential, self._of_agent, self._of_account = (
            self._buckets.get(limit.name) for limit in (CREDENTIAL, AGENT, ACCOUNT)
        )
        self._shut_until = 0.0
        self._said: dict[str, tuple[float, int]] = {}

    def stranger(self, address: str, operation: Operation) -> None:
        """Count a call to a public operation. Raises `RateLimited`."""
        if operation.counted:
            self._take(ADDRESS, address)
        for limit in operation.limits:
            self._take(limit, "" if limit.by is By.ALL else address)

    def caller(self, principal: Principal, operation: Operation, address: Callable[[], str]) -> None:
        """Count a call of somebody known. Raises `RateLimited`."""
        now = self._now()
        for buckets, whose in (
            (self._of_credential, principal.credential_id),
            (self._of_agent, principal.agent_id),
            (self._of_account, principal.account_id),
        ):
            # `.int`: hashing a UUID itself costs four times as much.
            if buckets is not None and whose is not None and (refusal := buckets.take(whose.int, now)):
                self._refuse(refusal)
        if principal.client_id is not None:
            self._take(CLIENT, principal.client_id)
        for limit in operation.limits:
            self._take(limit, address() if limit.by is By.ADDRESS else WHOSE[limit.by](principal))

    def count(self, limit: Limit, principal: Principal) -> None:
        """Count what one call does several times, or only sometimes. Raises `RateLimited`."""
        self._take(limit, WHOSE[limit.by](principal))

    def issued(self, client_id: str) -> None:
        """Count tokens an OAuth client is about to be given. Raises `RateLimited`."""
        self._take(TOKENS, client_id)

    @property
    def shut(self) -> bool:
        """Whether any address has tried too much: in quiet times nobody's need be looked at."""
        return self._now() < self._shut_until

    def guess(self, address: str) -> None:
        """Stop whoever has tried too much before another look-up is made for them. Raises `RateLimited`."""
        buckets = self._buckets.get(ADDRESS.name)
        if buckets is not None and (refusal := buckets.spent(address, self._now())):
            self._refuse(refusal)

    def failed(self, address: str) -> None:
        """Count a credential that was not good. Raises `RateLimited`."""
        self._take(ADDRESS, address)

    def _take(self, limit: Limit, whose: object) -> None:
        buckets = self._buckets.get(limit.name)
        if buckets is not None and (refusal := buckets.take(whose, self._now())):
            self._refuse(refusal)

    def _refuse(self, refusal: Refusal) -> NoReturn:
        limit, now = refusal.limit, self._now()
        if limit.name == ADDRESS.name:
            self._shut_until = max(self._shut_until, now + refusal.retry_s)
        self._say(limit.name, now)
        raise RateLimited(limit.name, limit.calls, int(limit.per_s), int(refusal.retry_s) + 1)

    def _say(self, name: str, now: float) -> None:
        said_at, refused = self._said.get(name, (-SAY_EVERY_S, 0))
        if now - said_at >= SAY_EVERY_S:
            log.warning("rate_limited", limit=name, refused=refused + 1)
            said_at, refused = now, -1
        self._said[name] = (said_at, refused + 1)


def _with(limit: Limit, calls: int | None) -> Limit:
    return limit if calls is None else Limit(name=limit.name, calls=calls, per_s=limit.per_s, by=limit.by)


WHOSE: Final[Mapping[By, Callable[[Principal], object]]] = {
    By.CREDENTIAL: lambda principal: principal.credential_id.int,
    By.AGENT: lambda principal: (principal.agent_id or principal.account_id).int,
    By.ACCOUNT: lambda principal: principal.account_id.int,
    By.CLIENT: lambda principal: principal.client_id or principal.credential_id.int,
    By.ALL: lambda _: "",
}
