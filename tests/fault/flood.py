"""More asks than a relay can do, from a bounded number of connections that never let it rest.

Requests are ready-made bytes on plain sockets, because a proper client would tire before the relay does.
"""

import asyncio
import json
from collections import Counter
from contextlib import suppress


class Flood:
    def __init__(self, port: int, api_keys: tuple[str, ...], connections: int) -> None:
        self._port = port
        self._keys = api_keys
        self._connections = connections
        self._stopping = False
        self._count = 0
        self.statuses: Counter[int] = Counter()
        self.acknowledged: dict[str, str] = {}
        """The request id that each prompt was given."""

    async def run(self) -> None:
        """Ask until `stop`; every reply is read to its end."""
        await asyncio.gather(*(self._ask_on(n) for n in range(self._connections)))

    def stop(self) -> None:
        self._stopping = True

    async def _ask_on(self, number: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        try:
            while not self._stopping:
                self._count += 1
                prompt = f"flood {self._count}"
                writer.write(self._request(prompt, self._keys[number % len(self._keys)]))
                status, body = await _reply(reader)
                self.statuses[status] += 1
                if status in {200, 202}:
                    self.acknowledged[prompt] = json.loads(body)["request_id"]
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    @staticmethod
    def _request(prompt: str, key: str) -> bytes:
        body = json.dumps({"prompt": prompt, "idempotency_key": prompt, "wait": 0}).encode()
        head = (
            "POST /api/v1/hitl/request HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            f"Authorization: Bearer {key}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body


async def _reply(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
    return int(head[9:12]), await reader.readexactly(int(length.partition(b":")[2]))
