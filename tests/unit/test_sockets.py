import asyncio
import json
from typing import Any

import pytest
from aiohttp.test_utils import make_mocked_request

from auth.principal import CredentialKind, Principal
from auth.services.auth_cache import Revocation
from mobile_api.frames import text_frame
from mobile_api.session import Close, CloseCode
from mobile_api.sockets import (
    MAX_HELD,
    MAX_OUTBOX,
    MAX_PING_S,
    MIN_PING_S,
    PINGS_PER_S,
    DeviceSocket,
    Sockets,
)
from relay.domain.clock import Clock
from relay.domain.ids import DeviceId, RequestId
from relay.domain.log_entry import EntryType
from relay.hub import Happening, Hub
from relay.kernel.settings import Secret
from relay.services.ledger import LedgerService
from relay.services.recent import RecentRequests
from relay.store.database import Database
from relay.store.ledger import LedgerStore, Step
from relay.store.requests import RequestStore
from tests.builders import ACCOUNT, ORG, a_request, an_entry, an_id
from tests.fakes.clock import FakeClock
from tests.unit.test_frames import CLOSE, PING_OPCODE, TEXT, Frame, read, reason_of
from tests.waiting import until


class Line(asyncio.Transport):
    """A device's end of a connection: what was written to it, and how much it has yet to read."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []
        self.unread = 0
        self.closed = False
        self.aborted = False

    def write(self, data: Any) -> None:
        self.written.append(bytes(data))

    def get_write_buffer_size(self) -> int:
        return self.unread

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True

    def abort(self) -> None:
        self.aborted = True


class End:
    """A socket with its line, and the history that is queued for it."""

    def __init__(self, clock: Clock) -> None:
        self.line = Line()
        database = Database(Secret(""))
        self.ledger = LedgerStore(database)
        service = LedgerService(
            store=self.ledger, requests=RequestStore(database), recent=RecentRequests(), hub=Hub(), clock=clock
        )
        self.socket = DeviceSocket(make_mocked_request("GET", "/", transport=self.line), service)
        self.socket.device_id = DeviceId(an_id())

    def frames(self) -> list[Frame]:
        """What the device can read by now."""
        self.socket.flush()
        return read(b"".join(self.line.written))

    @property
    def numbers(self) -> list[int]:
        return [json.loads(frame.payload)["seq"] for frame in self.frames()]

    @property
    def sent(self) -> list[RequestId]:
        return [entry.request_id for entry, _ in self.ledger._entries._queue if entry.step is Step.SENT]


@pytest.fixture
async def end(clock: FakeClock) -> End:
    return End(clock)


def happening(seq: int, type: EntryType = EntryType.KEY_CREATED) -> Happening:
    return Happening(an_entry(seq=seq, type=type), None)


def hung_up(end: End, code: CloseCode) -> bool:
    return end.socket.closing and reason_of(end.frames()[-1])[0] == code


@pytest.mark.proves("device.catch_up")
async def test_what_comes_while_a_device_is_brought_up_to_date_follows_afterwards_in_order(end: End) -> None:
    end.socket.seq = 2
    for seq in (3, 4, 5):
        end.socket.deliver(happening(seq))
    assert end.frames() == []
    for seq in (3, 4):
        end.socket.show(happening(seq))
    end.socket.go_live()
    end.socket.deliver(happening(6))
    assert end.numbers == [3, 4, 5, 6]


async def test_what_a_device_has_is_not_sent_again(end: End) -> None:
    end.socket.go_live()
    for seq in (1, 2, 2, 1, 3):
        end.socket.deliver(happening(seq))
    assert end.numbers == [1, 2, 3]


async def test_an_event_is_encoded_once_for_all_devices(clock: FakeClock) -> None:
    ends, event = [End(clock) for _ in range(3)], happening(1)
    for end in ends:
        end.socket.go_live()
        end.socket.deliver(event)
        end.socket.flush()
    [encoded] = event._encoded.values()
    assert all(end.line.written[0] is encoded for end in ends)


@pytest.mark.proves("device.ledger")
async def test_only_cards_that_were_written_are_recorded_as_sent(end: End) -> None:
    request = a_request()
    end.socket.go_live()
    end.socket.deliver(Happening(an_entry(seq=1, subject=request.id), request))
    end.socket.deliver(happening(2, EntryType.REQUEST_RESOLVED))
    end.socket.hang_up(Close(CloseCode.RESTARTING))
    end.socket.deliver(happening(3, EntryType.REQUEST_CREATED))
    assert end.sent == [request.id]


@pytest.mark.proves("device.slow_is_closed")
async def test_a_device_that_reads_too_slowly_is_hung_up_on(end: End) -> None:
    end.socket.go_live()
    end.line.unread = MAX_OUTBOX
    end.socket.deliver(happening(1))
    assert end.numbers == [1]
    assert not end.socket.closing
    end.line.unread = MAX_OUTBOX + 1
    end.socket.deliver(happening(2))
    end.socket.flush()
    assert hung_up(end, CloseCode.SLOW)
    before = end.frames()
    end.socket.deliver(happening(3))
    assert end.frames() == before


@pytest.mark.proves("device.slow_is_closed")
async def test_a_device_for_which_too_much_is_held_back_is_hung_up_on(end: End) -> None:
    for seq in range(1, MAX_HELD + 1):
        end.socket.deliver(happening(seq))
    assert not end.socket.closing
    end.socket.deliver(happening(MAX_HELD + 1))
    assert hung_up(end, CloseCode.SLOW)


async def test_a_device_is_hung_up_on_once_and_told_why(end: End) -> None:
    end.socket.hang_up(Close(CloseCode.RESTARTING, "the relay is restarting; connect again"))
    end.socket.hang_up(Close(CloseCode.SLOW))
    end.socket.write(text_frame(b"too late"))
    [frame] = end.frames()
    assert reason_of(frame) == (4002, "the relay is restarting; connect again")


async def test_what_was_written_before_goes_out_before_the_close(end: End) -> None:
    end.socket.write(text_frame(b"first"))
    end.socket.hang_up(Close(CloseCode.RESTARTING))
    assert [frame.opcode for frame in end.frames()] == [TEXT, CLOSE]


async def test_what_one_turn_of_the_loop_writes_goes_out_together(end: End) -> None:
    end.socket.go_live()
    for seq in (1, 2, 3):
        end.socket.deliver(happening(seq))
    await until(lambda: end.line.written)
    assert len(end.line.written) == 1
    assert end.numbers == [1, 2, 3]


async def test_a_device_that_answers_pings_stays(end: End) -> None:
    for _ in range(3):
        end.socket.ping()
        end.socket.heard = True
    assert end.frames() == [Frame(PING_OPCODE, b"")] * 3
    assert not end.socket.closing


async def test_a_device_that_does_not_answer_a_ping_is_hung_up_on_at_the_next(end: End) -> None:
    end.socket.ping()
    end.socket.ping()
    assert hung_up(end, CloseCode.SILENT)


async def test_every_socket_is_pinged_once_a_round(clock: FakeClock) -> None:
    sockets, ends = Sockets(), [End(clock) for _ in range(2 * MIN_PING_S)]
    for end in ends:
        sockets.add(end.socket)
    assert sockets.ping_every_s == MIN_PING_S
    for tick in range(MIN_PING_S):
        sockets.ping(tick)
        assert sum(len(end.frames()) for end in ends) == 2 * (tick + 1)
    assert [end.frames() for end in ends] == [[Frame(PING_OPCODE, b"")]] * len(ends)


@pytest.mark.parametrize(
    ("count", "every_s"),
    [(0, MIN_PING_S), (PINGS_PER_S * 30, 30), (PINGS_PER_S * (MAX_PING_S + 1), MAX_PING_S)],
)
def test_above_some_sockets_pings_become_rarer_but_never_too_rare(count: int, every_s: int) -> None:
    sockets = Sockets()
    sockets._sockets = set(range(count))  # type: ignore[arg-type]  # only their number matters here
    assert sockets.ping_every_s == every_s


def signed_in(end: End, *, device: DeviceId | None) -> Principal:
    end.socket.principal = Principal(
        org_id=ORG,
        account_id=ACCOUNT,
        owner_id=ACCOUNT,
        scopes=frozenset(),
        credential_id=an_id(),
        device_id=device,
        kind=CredentialKind.SESSION,
    )
    return end.socket.principal


@pytest.mark.proves("device.revoked")
async def test_what_is_revoked_loses_its_sockets_and_nothing_else_does(clock: FakeClock) -> None:
    sockets, by_session, by_device, unbound, stays = Sockets(), End(clock), End(clock), End(clock), End(clock)
    session = signed_in(by_session, device=None)
    signed_in(by_device, device=by_device.socket.device_id)
    signed_in(unbound, device=None)
    signed_in(stays, device=stays.socket.device_id)
    for end in (by_session, by_device, unbound, stays, End(clock)):
        sockets.add(end.socket)
    sockets.close_revoked(Revocation(credential_id=session.credential_id))
    assert hung_up(by_session, CloseCode.REVOKED)
    sockets.close_revoked(Revocation(device_id=by_device.socket.device_id))
    assert hung_up(by_device, CloseCode.REVOKED)
    sockets.close_revoked(Revocation(device_id=unbound.socket.device_id))
    assert hung_up(unbound, CloseCode.REVOKED)
    assert not stays.socket.closing
    sockets.close_revoked(Revocation(account_id=ACCOUNT))
    assert hung_up(stays, CloseCode.REVOKED)


async def test_closing_all_reaches_every_socket_that_is_still_there(clock: FakeClock) -> None:
    sockets, here, left = Sockets(), End(clock), End(clock)
    for end in (here, left):
        sockets.add(end.socket)
    sockets.discard(left.socket)
    assert len(sockets) == 1
    sockets.close_all(Close(CloseCode.RESTARTING))
    assert hung_up(here, CloseCode.RESTARTING)
    assert left.frames() == []
