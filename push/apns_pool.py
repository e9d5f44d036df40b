"""The connections to APNs of one key and environment, and the one token they share."""

import asyncio
import ssl
import time
from functools import partial
from typing import Final

from aioapns import NotificationRequest
from aioapns.common import NotificationResult
from aioapns.connection import (
    APNsBaseClientProtocol,
    APNsKeyConnectionPool,
    JWTAuthorizationHeaderProvider,
)
from aioapns.exceptions import ConnectionError as ApnsUnreachable

from push.apns_connection import ApnsConnection, NotProcessed

CONNECT_S: Final = 10.0
MAX_CONNECTIONS: Final = 4
"""One carries a thousand pushes at once; more only help when APNs allows less."""

TRIES: Final = 3
"""For what certainly was not processed: a connection that closed just then."""

_HEADER: Final = "_JWTAuthorizationHeaderProvider__header"
_ISSUED_AT: Final = "_JWTAuthorizationHeaderProvider__issued_at"
"""aioapns keeps them private; the version is pinned."""

YOUNG_S: Final = 20 * 60
"""APNs refuses a new token more often than this (TooManyProviderTokenUpdates)."""


class SharedToken(JWTAuthorizationHeaderProvider):
    """One token for all connections. aioapns makes one for each, which APNs takes for abuse."""

    TOKEN_TTL = 50 * 60

    def expire(self) -> None:
        """APNs says that it is too old: sign another, unless it is too young to be replaced."""
        issued_at = getattr(self, _ISSUED_AT)
        if issued_at and time.time() - issued_at > YOUNG_S:  # noqa: TID251 - aioapns keeps time itself
            setattr(self, _HEADER, None)


class ApnsPool(APNsKeyConnectionPool):
    def __init__(
        self, *, key: str, key_id: str, team_id: str, topic: str, server: str, port: int, tls: ssl.SSLContext
    ) -> None:
        super().__init__(
            key=key, key_id=key_id, team_id=team_id, topic=topic, max_connections=MAX_CONNECTIONS, ssl_context=tls
        )
        self.protocol_class = type("Connection", (ApnsConnection,), {"APNS_SERVER": server, "APNS_PORT": port})
        self.token = SharedToken(key, key_id, team_id)

    async def create_connection(self) -> APNsBaseClientProtocol:
        opened = partial(
            self.protocol_class,
            self.apns_topic,  # type: ignore[arg-type]  # it was given a topic
            self.loop,
            self.discard_connection,  # type: ignore[arg-type]  # aioapns declares it as never returning
            self.token,
        )
        return await asyncio.wait_for(self._create_connection(opened), CONNECT_S)

    def close(self) -> None:
        for connection in tuple(self.connections):
            if isinstance(connection, ApnsConnection):
                connection.retire()

    def discard_connection(self, connection: APNsBaseClientProtocol) -> None:
        if connection in self.connections:
            self.connections.remove(connection)

    async def acquire(self) -> ApnsConnection:
        """Return the least loaded connection, a new one if all are busy. Raises `ApnsUnreachable`."""
        if best := self._best():
            return best
        async with self._lock:
            if best := self._best():
                return best
            try:
                made = await self.create_connection()
            except (OSError, TimeoutError) as error:
                raise ApnsUnreachable(type(error).__name__) from error
            self.connections.append(made)
            return made  # type: ignore[return-value]  # made by `protocol_class`

    def _best(self) -> ApnsConnection | None:
        living = [c for c in self.connections if isinstance(c, ApnsConnection) and not c.is_dead]
        best = min(living, key=lambda connection: connection.slots.load, default=None)
        if best and best.is_busy and len(self.connections) < self.max_connections:
            return None
        return best

    async def send_notification(self, request: NotificationRequest) -> NotificationResult:
        """Send once; again only what certainly was not processed. Retrying is the outbox's business."""
        for attempt in range(TRIES):
            connection = await self.acquire()
            try:
                return await connection.send_notification(request)
            except NotProcessed:
                if attempt == TRIES - 1:
                    raise
        raise NotProcessed("no connection would take it")
