"""FCM: waking Android devices with a Google service account.

pyfcm has the payload, the credentials and the address. It is synchronous, sleeps inside a call and repeats by itself,
so the request is carried by aiohttp and judged here.
"""

import asyncio
import datetime as dt
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import aiohttp
from google.auth.exceptions import GoogleAuthError
from pyfcm import FCMNotification
from pyfcm.errors import FCMError

from push.message import Message, Op
from push.provider import Check, State, Target
from push.results import Result, Verdict, retry_after
from relay.domain.clock import Clock
from relay.kernel.body import to_json

SEND = aiohttp.ClientTimeout(total=10.0)
TOKEN_S: Final = 10.0
TOKEN_LIFE: Final = dt.timedelta(minutes=50)
"""Google's are good for an hour."""

BUSY: Final = dt.timedelta(seconds=60)
DOWN: Final = dt.timedelta(seconds=10)
"""Where Google names no time: what its documents and other senders keep to."""

MAX_PAYLOAD: Final = 4096
"""Bytes of data. Of the whole message here, which is a little more."""

MAX_REPLY: Final = 64 * 1024

SYNC: Final = "sync"
"""The one collapse key: a device that is offline keeps four. Questions have none, and are told apart by their id."""


class _Payloads(FCMNotification):  # type: ignore[misc]  # pyfcm has no types
    """pyfcm with JSON written as everywhere here: its own took a fifth of a push's CPU."""

    def json_dumps(self, data: object) -> bytes:
        return to_json(data)


class Fcm:
    def __init__(
        self, credentials: Path, session: aiohttp.ClientSession, clock: Clock, *, base: str | None = None
    ) -> None:
        self._pyfcm = _Payloads(service_account_file=str(credentials), project_id=project_of(credentials))
        if base:
            self._pyfcm.FCM_END_POINT_BASE = base
        self._session = session
        self._clock = clock
        self._headers: Mapping[str, str] = {}
        self._fresh_until: dt.datetime | None = None
        self._lock = asyncio.Lock()

    async def send(self, target: Target, message: Message) -> Result:
        def form(message: Message) -> bytes:
            return self._form(target, message)

        body = form(message.fitting(form, MAX_PAYLOAD))
        result = await self._post(body)
        if result.code == EXPIRED:
            self._fresh_until = None  # the clock was set, or the key was replaced: one new token, one more try
            result = await self._post(body)
        return result

    def _form(self, target: Target, message: Message) -> bytes:
        data = {"hitl": to_json(message.facts()).decode(), **_texts(message)}
        config = android(message, self._clock.now())
        body: bytes = self._pyfcm.parse_payload(fcm_token=target.token, data_payload=data, android_config=config)
        return body

    async def try_out(self) -> Check:
        """Ask Google for a token with the key."""
        try:
            await self._authorized()
        except _NoToken as error:
            return Check(State.BROKEN, f"Google gives no token for these credentials: {error}")
        return Check(State.READY)

    async def close(self) -> None:
        """The session is not its own."""

    async def _post(self, body: bytes) -> Result:
        try:
            headers = await self._authorized()
        except _NoToken as error:
            return Result(
                verdict=Verdict.RETRY if error.is_passing else Verdict.CONFIG, code="no_token", outage=error.is_passing
            )
        try:
            async with self._session.post(
                self._pyfcm.fcm_end_point, data=body, headers=headers, timeout=SEND, allow_redirects=False
            ) as response:
                text = await _read(response)
                wait = retry_after(response.headers.get("Retry-After"), self._clock.now())
                return fcm_outcome(response.status, text, wait)
        except aiohttp.ClientConnectorError:
            return Result(verdict=Verdict.RETRY, code="unreachable", outage=True)
        except (TimeoutError, aiohttp.ClientError):
            return Result(verdict=Verdict.UNKNOWN, code="no_answer", outage=True)

    async def _authorized(self) -> Mapping[str, str]:
        """Return the headers with a fresh token; many cold callers ask Google once."""
        async with self._lock:
            now = self._clock.now()
            if self._fresh_until is None or now >= self._fresh_until:
                try:
                    async with asyncio.timeout(TOKEN_S):
                        self._headers = await asyncio.to_thread(self._pyfcm.request_headers)
                except (FCMError, GoogleAuthError, ValueError, TimeoutError) as error:
                    raise _NoToken(error) from error
                self._fresh_until = now + TOKEN_LIFE
            return self._headers


async def _read(response: aiohttp.ClientResponse) -> bytes:
    """Return the whole reply, which may come in pieces: half of a refusal says nothing, and would be taken for ours."""
    text = bytearray()
    async for piece in response.content.iter_any():
        text += piece
        if len(text) > MAX_REPLY:
            break
    return bytes(text)


class _NoToken(Exception):
    def __init__(self, cause: Exception) -> None:
        super().__init__(type(cause).__name__)
        text = str(cause)
        # pyfcm turns google-auth's refusal and its failure to connect into one class; the words tell them apart.
        self.is_passing = isinstance(cause, TimeoutError) or "Connection" in text or "Max retries" in text


EXPIRED: Final = "ACCESS_TOKEN_EXPIRED"


def fcm_outcome(status: int, text: bytes, wait: dt.timedelta | None) -> Result:
    """Translate what FCM said (Firebase, "FCM error codes"). pyfcm's own classes take every 403 for a dead token."""
    code, said = _code(text)
    verdict = _verdict(status, code, said)
    if status == 429:
        wait = wait if wait is not None else BUSY
    elif status >= 500:
        wait = max(wait or DOWN, DOWN)
    return Result(
        verdict=verdict,
        code="200" if verdict is Verdict.SENT else code or str(status),
        retry_after=wait if verdict is Verdict.RETRY else None,
        outage=status >= 500,
    )


def _verdict(status: int, code: str, said: str) -> Verdict:
    if status == 200:
        return Verdict.SENT
    if code in {"UNREGISTERED", "SENDER_ID_MISMATCH"} or (status == 400 and "registration token" in said):
        return Verdict.DEAD
    if status == 429 or status >= 500 or code == EXPIRED:
        return Verdict.RETRY
    return Verdict.DROP if status == 400 else Verdict.CONFIG


def android(message: Message, now: dt.datetime) -> dict[str, Any]:
    """High priority must end in a notification that is seen, or Google takes the app's priority away."""
    config: dict[str, Any] = {
        "priority": "high" if message.urgent else "normal",
        "ttl": f"{message.seconds_left(now)}s",
    }
    if message.op in {Op.CLOSED, Op.SUMMARY}:
        config["collapse_key"] = SYNC
    return config


def _texts(message: Message) -> dict[str, str]:
    return {"title": message.title, "body": message.body, "tag": message.tag}


def _code(text: bytes) -> tuple[str, str]:
    """Return FCM's own error code, else Google's general one, and the sentence."""
    try:
        error = json.loads(text)["error"]
        details = [d for d in error.get("details", []) if isinstance(d, dict)]
        code = next(
            (str(d[key]) for d in details for key in ("errorCode", "reason") if key in d), error.get("status", "")
        )
        return str(code)[:60], str(error.get("message", ""))
    except (ValueError, KeyError, TypeError, AttributeError):
        return "", ""


def project_of(credentials: Path) -> str:
    """Return the project a service account's file is for. Raises ValueError saying what is wrong with it."""
    try:
        found = json.loads(credentials.read_text(encoding="utf-8"))
    except OSError as error:
        raise ValueError(f"cannot be read: {error.strerror}") from error
    except ValueError:
        raise ValueError("is not JSON") from None
    wanted = ("project_id", "private_key", "client_email", "token_uri")
    if not isinstance(found, dict) or found.get("type") != "service_account":
        raise ValueError("is not a service account's key")
    if missing := [name for name in wanted if not found.get(name)]:
        raise ValueError(f"lacks {', '.join(missing)}")
    return str(found["project_id"])
