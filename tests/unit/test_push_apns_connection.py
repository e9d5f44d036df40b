"""How a connection to APNs reads, turn by turn of the loop; what it does on a network is in tests/push/test_apns.py."""

import asyncio
from uuid import uuid4

import pytest
from aioapns import NotificationRequest, PushType
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import StreamEnded
from h2.settings import SettingCodes, Settings

from push.apns_connection import AT_ONCE, ApnsConnection
from relay.kernel.loops import pause

PUSHES = 300


class Wire(asyncio.Transport):
    """A transport that keeps what is written."""

    def __init__(self) -> None:
        super().__init__()
        self._written = bytearray()

    def write(self, data: "bytes | bytearray | memoryview") -> None:
        self._written += data

    def is_closing(self) -> bool:
        return False

    def close(self) -> None:
        """Nothing is open."""

    def taken(self) -> bytes:
        written, self._written = bytes(self._written), bytearray()
        return written


class Server:
    """The other end, without a network: what it is told to send is returned."""

    def __init__(self) -> None:
        self._h2 = H2Connection(H2Configuration(client_side=False))
        self._h2.local_settings = Settings(client=False, initial_values={SettingCodes.MAX_CONCURRENT_STREAMS: PUSHES})
        self._h2.initiate_connection()

    def greeting(self) -> bytes:
        return self._h2.data_to_send()

    def answers(self, requests: bytes) -> bytes:
        for event in self._h2.receive_data(requests):
            if isinstance(event, StreamEnded):
                self._h2.send_headers(event.stream_id, [(":status", "200"), ("apns-id", str(uuid4()))], end_stream=True)
        return self._h2.data_to_send()


@pytest.mark.proves("push.vendor_faults")
async def test_hundreds_of_answers_are_read_in_many_turns_and_the_last_before_the_connection_is_lost() -> None:
    connection, wire, server = ApnsConnection("app.test", asyncio.get_running_loop()), Wire(), Server()
    connection.connection_made(wire)
    connection.data_received(server.greeting())
    request = NotificationRequest(device_token="ab" * 32, message={"aps": {}}, push_type=PushType.ALERT)
    sends = [asyncio.create_task(connection.send_notification(request)) for _ in range(PUSHES)]
    for _ in range(4):
        await pause(0)
    answers = server.answers(wire.taken())
    assert len(answers) > 3 * AT_ONCE
    connection.data_received(answers)
    await pause(0)
    assert 0 < sum(send.done() for send in sends) < PUSHES
    connection.connection_lost(None)
    assert {result.status for result in await asyncio.gather(*sends)} == {"200"}
