import asyncio
import datetime as dt
import hashlib

import asyncpg
import pytest
from aiohttp import web

from relay.domain.ids import AccountId, DeviceId
from relay.domain.log_entry import EntryType, LogEntry
from relay.services.keys import JOURNAL, JOURNAL_STORE, RETENTION, SEAL
from relay.services.upkeep import LOG_KEPT, SEAL_ENTRIES, SealService
from relay.store.database import Database
from relay.store.journal import JournalStore
from tests.builders import ACCOUNT, NOON, an_id
from tests.fakes.clock import FakeClock
from tests.store.conftest import WholeLog

DAY = dt.timedelta(days=1)
SECOND = dt.timedelta(seconds=1)


async def happen(app: web.Application, times: int = 1, account: AccountId = ACCOUNT) -> None:
    for _ in range(times):
        await app[JOURNAL].note(account, EntryType.KEY_CREATED, an_id(), actor=account)


async def test_an_entry_is_read_back_as_it_was_noted(journal: JournalStore) -> None:
    subject, device = an_id(), DeviceId(an_id())
    seq = await journal.note(
        ACCOUNT, EntryType.DEVICE_REVOKED, subject, actor=ACCOUNT, device=device, digest=b"\x00\xff", at=NOON
    )
    [entry] = await journal.after(ACCOUNT, 0, 10)
    assert (entry.account_id, entry.seq, entry.type, entry.subject) == (ACCOUNT, seq, EntryType.DEVICE_REVOKED, subject)
    assert (entry.actor, entry.device, entry.digest, entry.at) == (ACCOUNT, device, b"\x00\xff", NOON)


async def test_an_account_in_which_nothing_happened_has_an_empty_log(journal: JournalStore) -> None:
    assert await journal.head(ACCOUNT) == await journal.oldest(ACCOUNT) == 0
    assert await journal.after(ACCOUNT, 0, 10) == []
    assert await journal.heads([ACCOUNT]) == {}


async def test_the_log_is_read_in_pages_and_heads_for_many_accounts_at_once(
    app: web.Application, journal: JournalStore
) -> None:
    other = AccountId(an_id())
    await happen(app, 5)
    await happen(app, 2, other)
    assert [entry.seq for entry in await journal.after(ACCOUNT, 1, 3)] == [2, 3, 4]
    assert await journal.heads([ACCOUNT, other, AccountId(an_id())]) == {ACCOUNT: 5, other: 2}
    assert set(await journal.accounts()) == {ACCOUNT, other}


@pytest.mark.proves("store.log_without_gaps")
async def test_notes_that_race_and_are_given_up_leave_no_gap(
    journal: JournalStore, other_app: web.Application, whole_log: WholeLog
) -> None:
    journals = (journal, other_app[JOURNAL_STORE])
    notes = [
        asyncio.create_task(
            journals[n % 2].note(ACCOUNT, EntryType.KEY_CREATED, an_id(), actor=None, device=None, digest=None, at=NOON)
        )
        for n in range(90)
    ]
    given_up = notes[::3]
    for task in asyncio.as_completed(notes[1::3]):
        await task
        # One that is under way, waiting for a connection, or done already.
        given_up.pop().cancel()
    results = await asyncio.gather(*notes, return_exceptions=True)
    numbers = [seq for seq in results if isinstance(seq, int)]
    assert len(set(numbers)) == len(numbers) >= 60
    assert set(numbers) <= {entry.seq for entry in await whole_log()}


async def test_a_transaction_that_is_rolled_back_gives_its_number_back(
    app: web.Application, database: Database, whole_log: WholeLog
) -> None:
    await happen(app)
    with pytest.raises(asyncpg.DivisionByZeroError):
        await database.execute("UPDATE account_head SET seq = seq + 1; SELECT 1 / 0")
    await happen(app)
    assert len(await whole_log()) == 2


@pytest.mark.proves("store.sealed_log")
async def test_a_sealed_log_verifies_to_its_last_seal(app: web.Application, journal: JournalStore) -> None:
    seals = app[SEAL]
    for stretch in (3, 1, 5):
        await happen(app, stretch)
        assert await seals.seal() == stretch
    assert await seals.seal() == 0
    await happen(app)
    assert [upto for upto, *_ in await journal.seals(ACCOUNT)] == [3, 4, 9]
    assert await seals.verify(ACCOUNT) == (9, None)


async def test_a_stretch_longer_than_a_page_is_sealed_and_verified(app: web.Application, database: Database) -> None:
    count = SEAL_ENTRIES + 7
    await database.execute("INSERT INTO account_head (account_id, seq) VALUES ($1, $2)", ACCOUNT, count)
    await database.execute(
        "INSERT INTO account_log (account_id, seq, type, subject, at)"
        " SELECT $1, n, 'key.created', $1, $3 FROM generate_series(1, $2::int) n",
        ACCOUNT,
        count,
        NOON,
    )
    assert await app[SEAL].seal() == count
    assert await app[SEAL].verify(ACCOUNT) == (count, None)


def as_documented(entry: LogEntry) -> bytes:
    """The bytes of an entry as `journal.sql` describes them, for an auditor with another tool."""
    since = (entry.at - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) // dt.timedelta(microseconds=1)
    ids = (entry.subject, entry.actor or "", entry.device or "")
    fields = (entry.account_id, entry.seq, entry.type, *ids, (entry.digest or b"").hex(), since, "")
    return "\n".join(str(field) for field in fields).encode()


@pytest.mark.proves("store.sealed_log")
async def test_the_seals_can_be_recomputed_without_the_relay(app: web.Application, journal: JournalStore) -> None:
    chain = b""
    for digest, device in ((None, None), (b"\x00\xff", DeviceId(an_id()))):
        at = NOON + dt.timedelta(microseconds=7)
        for actor in (None, ACCOUNT):
            await journal.note(
                ACCOUNT, EntryType.KEY_CREATED, an_id(), actor=actor, device=device, digest=digest, at=at
            )
        await app[SEAL].seal()
    entries = await journal.after(ACCOUNT, 0, 10)
    for (upto, seal, _), stretch in zip(await journal.seals(ACCOUNT), (entries[:2], entries[2:]), strict=True):
        chain = hashlib.sha256(chain + b"".join(as_documented(entry) for entry in stretch)).digest()
        assert (upto, seal) == (stretch[-1].seq, chain)


FORGERIES = {
    "changed": "UPDATE account_log SET subject = gen_random_uuid() WHERE seq = 4",
    "an actor added": "UPDATE account_log SET device = gen_random_uuid() WHERE seq = 5",
    "moved in time": "UPDATE account_log SET at = at - interval '1 microsecond' WHERE seq = 6",
    "dropped": "DELETE FROM account_log WHERE seq = 5",
    "dropped at the end": "DELETE FROM account_log WHERE seq > 4",
    "dropped from the start": "DELETE FROM account_log WHERE seq <= 3",
    "all dropped": "DELETE FROM account_log",
    "dropped with its seal": "DELETE FROM account_log WHERE seq BETWEEN 4 AND 6; DELETE FROM log_seal WHERE upto = 6",
    "a seal changed": "UPDATE log_seal SET seal = 'x' WHERE upto = 6",
    "swapped": "UPDATE account_log SET seq = CASE seq WHEN 4 THEN -5 ELSE -4 END WHERE seq IN (4, 5);"
    "UPDATE account_log SET seq = -seq WHERE seq < 0",
}


@pytest.mark.proves("store.sealed_log")
@pytest.mark.parametrize("forgery", FORGERIES.values(), ids=FORGERIES.keys())
async def test_whatever_is_done_to_a_sealed_entry_is_found(
    app: web.Application, database: Database, forgery: str
) -> None:
    for _ in range(3):
        await happen(app, 3)
        await app[SEAL].seal()
    async with database.transaction() as connection:
        await connection.execute(forgery)
    holding, broken = await app[SEAL].verify(ACCOUNT)
    assert broken is not None
    assert holding < broken
    assert holding in {0, 3}


async def test_two_sealers_at_once_do_not_fork_the_chain(
    app: web.Application, other_app: web.Application, journal: JournalStore
) -> None:
    for _ in range(5):
        await happen(app, 4)
        await asyncio.gather(*(process[SEAL].seal() for process in (app, other_app) * 2))
    assert [upto for upto, *_ in await journal.seals(ACCOUNT)] == [4, 8, 12, 16, 20]
    assert await app[SEAL].verify(ACCOUNT) == (20, None)


async def sealed_days(app: web.Application, clock: FakeClock, *days: int) -> None:
    """Let three entries happen, and seal them, on each of these days."""
    for day in days:
        clock.at = NOON + day * DAY
        await happen(app, 3)
        await app[SEAL].seal()


@pytest.mark.proves("store.sealed_log")
async def test_what_retention_leaves_of_the_log_still_verifies(
    app: web.Application, journal: JournalStore, clock: FakeClock
) -> None:
    await sealed_days(app, clock, 0, 1, 300)
    clock.at = NOON + 1 * DAY + LOG_KEPT + SECOND
    await app[RETENTION].forget()
    assert await journal.oldest(ACCOUNT) == 7
    assert [upto for upto, *_ in await journal.seals(ACCOUNT)] == [6, 9]
    assert await app[SEAL].verify(ACCOUNT) == (3, None)


async def test_the_log_of_an_account_long_quiet_is_forgotten_and_still_verifies(
    app: web.Application, journal: JournalStore, clock: FakeClock
) -> None:
    await sealed_days(app, clock, 0, 1)
    clock.at = NOON + 1 * DAY + LOG_KEPT + SECOND
    await app[RETENTION].forget()
    assert await journal.after(ACCOUNT, 0, 10) == []
    assert await app[SEAL].verify(ACCOUNT) == (0, None)
    await happen(app)
    await app[SEAL].seal()
    assert await app[SEAL].verify(ACCOUNT) == (1, None)


async def test_what_is_not_sealed_is_not_forgotten(
    app: web.Application, journal: JournalStore, clock: FakeClock
) -> None:
    await happen(app, 3)
    clock.forward(2 * LOG_KEPT)
    await app[RETENTION].forget()
    assert len(await journal.after(ACCOUNT, 0, 10)) == 3


async def test_an_entry_with_a_number_that_is_taken_is_refused(app: web.Application, database: Database) -> None:
    await happen(app)
    with pytest.raises(asyncpg.UniqueViolationError):
        await database.execute("INSERT INTO account_log SELECT * FROM account_log")


async def test_accounts_are_sealed_apart(app: web.Application) -> None:
    accounts = [AccountId(an_id()) for _ in range(3)]
    for n, account in enumerate(accounts, start=1):
        await happen(app, n, account)
    sealer: SealService = app[SEAL]
    assert await sealer.seal() == 6
    assert [await sealer.verify(account) for account in accounts] == [(1, None), (2, None), (3, None)]
