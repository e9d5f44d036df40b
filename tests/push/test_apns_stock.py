"""Why the connection is our own: what aioapns 4.0 does as it comes, against the same emulator.

Each of these has its counterpart in test_apns.py, where it does not happen. When one fails, aioapns has mended it, and
what `push/apns_connection.py` does against it may go.
"""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aioapns import APNs, NotificationRequest, PushType
from aioapns.common import DynamicBoundedSemaphore
from aioapns.connection import APNsProductionClientProtocol
from aioapns.exceptions import MaxAttemptsExceeded

from push.apns_slots import Slots
from tests.emulators.apns import KEY_ID, TEAM_ID, TOPIC, Apns
from tests.emulators.certificates import Authority
from tests.push.providers import APNS_TOKEN
from tests.push.test_apns import KEY, apple, authority
from tests.waiting import until

__all__ = ["apple", "authority"]

IDLE_S = 0.3
"""Ten seconds in aioapns; so long it waits for an answer, too."""


def a_request(token: str = APNS_TOKEN) -> NotificationRequest:
    return NotificationRequest(device_token=token, message={"aps": {"alert": "x"}}, push_type=PushType.ALERT)


@pytest.fixture
async def stock(apple: Apns, authority: Authority) -> AsyncIterator[APNs]:
    tls = authority.client_tls()
    tls.set_alpn_protocols(["h2"])
    made = APNs(key=KEY.private, key_id=KEY_ID, team_id=TEAM_ID, topic=TOPIC, ssl_context=tls)
    here = {"APNS_SERVER": "localhost", "APNS_PORT": apple.port, "INACTIVITY_TIME": IDLE_S}
    made.pool.protocol_class = type("Local", (APNsProductionClientProtocol,), here)
    yield made
    for connection in tuple(made.pool.connections):
        connection.close()


@pytest.mark.proves("push.vendor_faults")
async def test_its_semaphore_loses_the_streams_that_a_larger_limit_brings() -> None:
    theirs, ours = DynamicBoundedSemaphore(1), Slots()
    for slots in (theirs, ours):
        await slots.acquire()
        slots.bound = 1000
    free = 0
    while not theirs.locked() and free < 999:
        await theirs.acquire()
        free += 1
    assert free == 1
    async with asyncio.timeout(1):
        for _ in range(999):
            await ours.acquire()


@pytest.mark.proves("push.vendor_faults")
@pytest.mark.parametrize("fault", ["stall", "no-id", "empty", "refuse"])
async def test_it_repeats_what_it_cannot_match_an_answer_to(stock: APNs, apple: Apns, fault: str) -> None:
    apple.script[APNS_TOKEN] = [fault] * 10
    with pytest.raises(MaxAttemptsExceeded):
        await stock.send_notification(a_request())
    assert len(apple.script[APNS_TOKEN]) == 5


@pytest.mark.proves("push.vendor_faults")
async def test_each_pause_costs_it_a_connection_and_a_token(stock: APNs, apple: Apns) -> None:
    for n in range(3):
        await stock.send_notification(a_request())
        assert apple.connections == n + 1
        await until(lambda: not stock.pool.connections)


@pytest.mark.proves("push.vendor_faults")
async def test_refusals_use_up_its_window(stock: APNs, apple: Apns) -> None:
    stock.pool.protocol_class.INACTIVITY_TIME = 60
    answered = await _until_it_hangs(stock)
    assert apple.window_exhausted
    assert answered < 2000


@pytest.mark.proves("push.vendor_faults")
async def test_a_caller_that_gives_up_costs_the_others_their_connection(stock: APNs, apple: Apns) -> None:
    stock.pool.protocol_class.INACTIVITY_TIME = 60
    asyncio.get_running_loop().set_exception_handler(lambda _loop, _context: None)  # the loop complains, rightly
    await stock.send_notification(a_request())
    apple.delay_s = 0.2
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(stock.send_notification(a_request()), 0.05)
    await asyncio.gather(*(stock.send_notification(a_request()) for _ in range(5)), return_exceptions=True)
    assert apple.connections > 1


async def _until_it_hangs(stock: APNs) -> int:
    """Return how many refusals came back before one did not."""
    for answered in range(4000):
        try:
            await asyncio.wait_for(stock.send_notification(a_request("dead" * 16)), 2)
        except TimeoutError:
            return answered
    return 4000
