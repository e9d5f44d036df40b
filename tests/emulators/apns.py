"""APNs as Apple documents it, over HTTP/2 and TLS, with faults to order.

One stream until a valid token was seen, then a thousand; a window of 65,535 bytes; tokens of known keys, not older than
an hour and not replaced within twenty minutes; every header and size checked. `script[token]` answers otherwise, once
an entry: `(status, reason)`, `(status, reason, timestamp_ms)`, or a fault:

    stall      no answer            refuse     RST_STREAM REFUSED_STREAM      drop    the connection is cut
    goaway     GOAWAY that leaves this stream out          no-id    200 without apns-id     empty   503 without a body
"""

import asyncio
import json
import re
import sys
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias
from uuid import uuid4

import jwt
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.events import DataReceived, RequestReceived, StreamEnded, StreamReset
from h2.exceptions import ProtocolError
from h2.settings import SettingCodes, Settings

from tests.emulators.certificates import Authority

TOPIC = "app.hitl.test"
KEY_ID = "KEYID12345"
TEAM_ID = "TEAM123456"

PUSH_TYPES = {"alert", "background", "location", "voip", "complication", "fileprovider", "mdm", "liveactivity"}
PUSH_TYPES |= {"pushtotalk", "widgets", "controls"}
HOUR_S = 3600
YOUNG_S = 1200

Answer: TypeAlias = tuple[int, str, int | None]


@dataclass
class Delivered:
    token: str
    headers: dict[str, str]
    payload: dict[str, Any]


@dataclass
class Apns:
    """`strict`: the limit of one stream holds from the first byte; Apple's own may let more pass until it is seen."""

    public_key: str
    port: int = 0
    delay_s: float = 0.0
    strict: bool = True
    keeps: bool = True
    delivered: list[Delivered] = field(default_factory=list)
    script: defaultdict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))
    answers: Counter[tuple[int, str]] = field(default_factory=Counter)
    connections: int = 0
    tokens: set[str] = field(default_factory=set)
    max_streams: int = 1000
    window_exhausted: int = 0
    served: int = 0
    open: "set[_Connection]" = field(default_factory=set)

    def count(self, apns_id: str) -> int:
        return sum(each.headers.get("apns-id") == apns_id for each in self.delivered)


class _Connection(asyncio.Protocol):
    def __init__(self, apns: Apns) -> None:
        self._apns = apns
        self._requests: dict[int, tuple[list[tuple[str, str]], bytearray]] = {}
        self._token, self._token_at, self._issued_at = "", 0.0, 0.0
        self._transport: asyncio.Transport
        self._h2 = H2Connection(H2Configuration(client_side=False, header_encoding="utf-8"))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._apns.connections += 1
        self._apns.open.add(self)
        self._h2.local_settings = Settings(
            client=False,
            initial_values={
                SettingCodes.MAX_CONCURRENT_STREAMS: 1 if self._apns.strict else self._apns.max_streams,
                SettingCodes.MAX_HEADER_LIST_SIZE: 8000,
                SettingCodes.INITIAL_WINDOW_SIZE: 65535,
                SettingCodes.MAX_FRAME_SIZE: 16384,
                SettingCodes.HEADER_TABLE_SIZE: 4096,
                SettingCodes.ENABLE_PUSH: 0,
            },
        )
        self._h2.initiate_connection()
        if not self._apns.strict:
            self._h2.update_settings({SettingCodes.MAX_CONCURRENT_STREAMS: 1})
        self._flush()

    def connection_lost(self, _error: Exception | None) -> None:
        self._apns.open.discard(self)

    def cut(self) -> None:
        self._transport.abort()

    def go_away(self) -> None:
        """Shut down in order: what was begun is answered."""
        self._h2.close_connection(0, json.dumps({"reason": "Shutdown"}).encode())
        self._flush()

    def data_received(self, data: bytes) -> None:
        try:
            events = self._h2.receive_data(data)
        except ProtocolError:
            self._flush()
            self._transport.close()
            return
        for event in events:
            match event:
                case RequestReceived():
                    self._requests[event.stream_id] = ([(str(k), str(v)) for k, v in event.headers], bytearray())
                case DataReceived():
                    if event.stream_id in self._requests:
                        self._requests[event.stream_id][1].extend(event.data)
                    self._h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                case StreamEnded():
                    self._serve(event.stream_id)
                case StreamReset():
                    self._requests.pop(event.stream_id, None)
        self._flush()

    def _flush(self) -> None:
        if data := self._h2.data_to_send():
            self._transport.write(data)

    def _serve(self, stream: int) -> None:
        pairs, body = self._requests.pop(stream)
        headers = dict(pairs)
        status, reason, timestamp = self._check(headers, bytes(body), duplicates=len(headers) != len(pairs))
        token, fault = headers.get(":path", "").rpartition("/")[2], ""
        if status == 200 and self._apns.script[token]:
            step = self._apns.script[token].pop(0)
            if isinstance(step, str):
                fault = step
                if self._fail(stream, fault):
                    return
            else:
                status, reason, timestamp = (*step, None)[:3]
        self._apns.served += 1
        self._apns.answers[status, reason] += 1
        if status == 200 and self._apns.keeps:
            self._apns.delivered.append(Delivered(token, headers, json.loads(body)))
        answer = (503, "", None) if fault == "empty" else (status, reason, timestamp)
        if self._apns.delay_s:
            later = asyncio.get_running_loop().call_later
            later(self._apns.delay_s, self._answer, stream, headers, answer, fault)
        else:
            self._answer(stream, headers, answer, fault)

    def _fail(self, stream: int, fault: str) -> bool:
        """Do what is no answer; return whether that was all."""
        match fault:
            case "stall":
                return True
            case "refuse":
                self._h2.reset_stream(stream, ErrorCodes.REFUSED_STREAM)
                return True
            case "drop":
                self._transport.abort()
                return True
            case "goaway":
                self._h2.close_connection(0, b'{"reason":"Shutdown"}', last_stream_id=max(stream - 2, 0))
                self._flush()
                self._transport.close()
                return True
        return False

    def _answer(self, stream: int, headers: dict[str, str], answer: Answer, fault: str) -> None:
        status, reason, timestamp = answer
        if self._transport.is_closing():
            return
        head = [(":status", str(status))]
        if fault != "no-id":
            head.append(("apns-id", headers.get("apns-id", str(uuid4()).upper())))
        if not reason:
            self._h2.send_headers(stream, head, end_stream=True)
        else:
            body = json.dumps({"reason": reason} | ({"timestamp": timestamp} if timestamp else {})).encode()
            self._h2.send_headers(stream, [*head, ("content-type", "application/json")])
            if self._h2.local_flow_control_window(stream) < len(body):
                self._apns.window_exhausted += 1
                return
            self._h2.send_data(stream, body, end_stream=True)
        self._flush()

    def _check(self, headers: dict[str, str], body: bytes, *, duplicates: bool) -> Answer:
        """Return what Apple would say of the request, in the order of its documentation."""
        path = headers.get(":path", "")
        token = path.removeprefix("/3/device/")
        kind = headers.get("apns-push-type", "alert")
        faults: list[tuple[bool, int, str]] = [
            (headers.get(":method") != "POST", 405, "MethodNotAllowed"),
            (duplicates, 400, "DuplicateHeaders"),
            (not path.startswith("/3/device/"), 404, "BadPath"),
            (not token, 400, "MissingDeviceToken"),
        ]
        if refused := _first(faults):
            return refused
        if reason := self._check_token(headers.get("authorization", "")):
            return 429 if reason == "TooManyProviderTokenUpdates" else 403, reason, None
        most = 5120 if kind == "voip" else 4096
        faults = [
            (not re.fullmatch(r"[0-9a-fA-F]{64,200}", token), 400, "BadDeviceToken"),
            ("apns-topic" not in headers, 400, "MissingTopic"),
            (headers.get("apns-topic") != TOPIC, 400, "TopicDisallowed"),
            (kind not in PUSH_TYPES, 400, "InvalidPushType"),
            (headers.get("apns-priority", "10") not in {"1", "5", "10"}, 400, "BadPriority"),
            (kind == "background" and headers.get("apns-priority", "10") != "5", 400, "BadPriority"),
            (not headers.get("apns-expiration", "0").isdigit(), 400, "BadExpirationDate"),
            (len(headers.get("apns-collapse-id", "").encode()) > 64, 400, "BadCollapseId"),
            (not _is_uuid(headers.get("apns-id", str(uuid4()))), 400, "BadMessageId"),
            (not body, 400, "PayloadEmpty"),
            (len(body) > most, 413, "PayloadTooLarge"),
            (token.startswith("0" * 64), 400, "BadDeviceToken"),
        ]
        if refused := _first(faults):
            return refused
        if token.startswith("dead"):
            return 410, "Unregistered", int(time.time() * 1000) - 60_000  # noqa: TID251 - Apple's clock
        return 200, "", None

    def _check_token(self, header: str) -> str:
        """Return what is wrong with the token, or nothing."""
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer" or not token:
            return "MissingProviderToken"
        now = time.time()  # noqa: TID251 - Apple's clock
        if token != self._token:
            try:
                claims = jwt.decode(token, self._apns.public_key, algorithms=["ES256"], options={"verify_iat": False})
                known = jwt.get_unverified_header(token).get("kid") == KEY_ID and claims.get("iss") == TEAM_ID
            except jwt.InvalidTokenError:
                return "InvalidProviderToken"
            if not known:
                return "InvalidProviderToken"
            if self._token and now - self._token_at < YOUNG_S:
                return "TooManyProviderTokenUpdates"
            if not self._token:
                self._h2.update_settings({SettingCodes.MAX_CONCURRENT_STREAMS: self._apns.max_streams})
            self._token, self._token_at, self._issued_at = token, now, claims["iat"]
            self._apns.tokens.add(token)
        return "ExpiredProviderToken" if now - self._issued_at > HOUR_S else ""


def _first(faults: list[tuple[bool, int, str]]) -> Answer | None:
    return next(((status, reason, None) for wrong, status, reason in faults if wrong), None)


def _is_uuid(text: str) -> bool:
    return re.fullmatch(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", text) is not None


@asynccontextmanager
async def apns_server(
    authority: Authority, public_key: str, *, host: str = "127.0.0.1", port: int = 0
) -> AsyncIterator[Apns]:
    apns = Apns(public_key)
    tls = authority.server_tls()
    tls.set_alpn_protocols(["h2"])
    server = await asyncio.get_running_loop().create_server(lambda: _Connection(apns), host, port, ssl=tls)
    apns.port = server.sockets[0].getsockname()[1]
    try:
        yield apns
    finally:
        server.close()
        for connection in tuple(apns.open):
            connection.cut()
        await server.wait_closed()


async def _main(folder: Path, key: str) -> None:
    """Serve for load: `python -m tests.emulators.apns FOLDER PUBLIC-KEY-FILE`; the port is on the first line."""
    async with apns_server(Authority(folder), key) as apns:
        apns.keeps = False
        print(apns.port, flush=True)  # noqa: T201
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_main(Path(sys.argv[1]), Path(sys.argv[2]).read_text(encoding="utf-8")))
