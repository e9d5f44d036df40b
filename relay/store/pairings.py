"""Pairings in PostgreSQL. Each step is one compare-and-set, so that a code, an acceptance and a claim happen once."""

import datetime as dt
from typing import Final
from uuid import UUID

from relay.domain.errors import NotFound
from relay.domain.ids import AccountId, DeviceId, OrgId
from relay.domain.pairing import Joined, Newcomer, Pairing
from relay.domain.parties import DeviceKind
from relay.kernel.sql import load_queries
from relay.store.database import Connection, Database, Record
from relay.store.device_log import Within

SQL: Final = load_queries("relay.store", "sql/pairings.sql")

GONE: Final = "there is no such pairing, or it is over"


class PairingStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, pairing: Pairing, code: bytes, at: dt.datetime) -> None:
        values = (pairing.id, pairing.account_id, pairing.org_id, code, pairing.commitment, at, pairing.expires_at)
        await self._database.execute(SQL["add_pairing"], *values)

    async def join(
        self, code: bytes, at: dt.datetime, ticket: bytes, device: DeviceId, newcomer: Newcomer
    ) -> Pairing | None:
        """Take in a new device; None when the code is unknown, was used, or is over."""
        n = newcomer
        values = (code, at, ticket, device, n.kind.value, n.name, n.sign, n.box, n.pop, n.nonce, n.mac)
        return _maybe(await self._database.row(SQL["join_pairing"], *values))

    async def find(self, id: UUID, account: AccountId, at: dt.datetime) -> Pairing | None:
        return _maybe(await self._database.row(SQL["pairing"], id, account, at))

    async def reveal(self, id: UUID, account: AccountId, at: dt.datetime, nonce: str, root: str) -> Pairing | None:
        return _maybe(await self._database.row(SQL["reveal_pairing"], id, account, at, nonce, root))

    def accepting(self, pairing: Pairing, at: dt.datetime, until: dt.datetime) -> Within:
        """Return what accepts a pairing within a transaction; one that is over meanwhile undoes that."""

        async def accept(connection: Connection) -> None:
            found = await connection.fetchval(SQL["accept_pairing"], pairing.id, pairing.account_id, at, until)
            if found is None:
                raise NotFound(GONE)

        return accept

    async def refuse(self, id: UUID, account: AccountId) -> bool:
        return await self._database.value(SQL["refuse_pairing"], id, account) is not None

    async def of_ticket(self, ticket: bytes, at: dt.datetime) -> Pairing | None:
        return _maybe(await self._database.row(SQL["pairing_of_ticket"], ticket, at))

    async def claim(self, ticket: bytes, at: dt.datetime) -> Pairing | None:
        """Hand an accepted pairing over, once."""
        return _maybe(await self._database.row(SQL["claim_pairing"], ticket, at))

    async def forget(self, before: dt.datetime) -> None:
        await self._database.execute(SQL["forget_pairings"], before)


def _maybe(row: Record | None) -> Pairing | None:
    return _pairing_of(row) if row else None


def _pairing_of(row: Record) -> Pairing:
    return Pairing(
        id=row["id"],
        account_id=AccountId(row["account_id"]),
        org_id=OrgId(row["org_id"]),
        commitment=row["commitment"],
        expires_at=row["expires_at"],
        joined=_joined_of(row) if row["joined_at"] else None,
        nonce=row["revealed"],
        root=row["root"],
        is_accepted=row["accepted_at"] is not None,
    )


def _joined_of(row: Record) -> Joined:
    newcomer = Newcomer(
        kind=DeviceKind(row["kind"]),
        name=row["name"],
        sign=row["sign"],
        box=row["box"],
        pop=row["pop"],
        nonce=row["nonce"],
        mac=row["mac"],
    )
    return Joined(at=row["joined_at"], device_id=DeviceId(row["device_id"]), newcomer=newcomer)
