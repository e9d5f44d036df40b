"""FCM v1 and Google's token endpoint, as documented.

The assertion's signature and claims are checked, access tokens run out, and a message may hold only what the API knows:
one target, texts as data, no reserved names, 4096 bytes. `script[token]` answers otherwise, once an entry: a reply made
with `refusal`, the same `in_pieces`, `"stall"`, or `"drop"`.
"""

import asyncio
import json
import re
import secrets
import sys
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jwt
from aiohttp import web

from tests.emulators.certificates import make_service_account

GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
TYPES = "type.googleapis.com/google"
MESSAGE = {"name", "data", "notification", "android", "webpush", "apns", "fcm_options", "token", "topic", "condition"}
ANDROID = {"collapse_key", "priority", "ttl", "restricted_package_name", "data", "notification", "fcm_options"}
ANDROID |= {"direct_boot_ok", "bandwidth_constrained_ok", "restricted_satellite_ok"}
LIFE_S = 3599


@dataclass(frozen=True)
class Reply:
    status: int
    body: dict[str, Any]
    headers: dict[str, str]
    in_pieces: bool = False


def refusal(status: int, word: str, message: str, code: str = "", **headers: str) -> Reply:
    """Return an error in FCM's form; `code` is the one of its own."""
    details = [{"@type": f"{TYPES}.firebase.fcm.v1.FcmError", "errorCode": code}] if code else []
    error = {"code": status, "message": message, "status": word, "details": details}
    return Reply(status, {"error": error}, {name.replace("_", "-"): value for name, value in headers.items()})


@dataclass
class Fcm:
    public_key: str = ""
    project: str = "hitl-test"
    base: str = ""
    sent: list[dict[str, Any]] = field(default_factory=list)
    script: defaultdict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))
    tokens: dict[str, float] = field(default_factory=dict)
    token_requests: int = 0
    requests: int = 0
    refuses_keys: bool = False
    keeps: bool = True
    _stalled: list[asyncio.Event] = field(default_factory=list)

    def application(self) -> web.Application:
        app = web.Application(client_max_size=1 << 20)
        app.router.add_post("/token", self._token)
        app.router.add_post("/v1/projects/{project}/messages:send", self._send)
        return app

    def let_go(self) -> None:
        for event in self._stalled:
            event.set()

    async def _token(self, request: web.Request) -> web.Response:
        self.token_requests += 1
        form = await request.post()
        if form.get("grant_type") != GRANT:
            return web.json_response({"error": "unsupported_grant_type"}, status=400)
        try:
            # google-auth signs for Google's own address, whatever address it asks.
            audience = [f"{self.base}/token", "https://oauth2.googleapis.com/token"]
            claims = jwt.decode(str(form["assertion"]), self.public_key, algorithms=["RS256"], audience=audience)
        except jwt.InvalidTokenError:
            return web.json_response({"error": "invalid_grant"}, status=400)
        if self.refuses_keys or claims["exp"] - claims["iat"] > 3600 or "firebase.messaging" not in claims["scope"]:
            return web.json_response({"error": "invalid_grant"}, status=400)
        token = "ya29." + secrets.token_urlsafe(20)
        self.tokens[token] = _now() + LIFE_S
        return web.json_response({"access_token": token, "expires_in": LIFE_S, "token_type": "Bearer"})

    async def _send(self, request: web.Request) -> web.StreamResponse:
        self.requests += 1
        bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if self.tokens.get(bearer, 0) < _now():
            details = [{"@type": f"{TYPES}.rpc.ErrorInfo", "reason": "ACCESS_TOKEN_EXPIRED"}]
            error = {"code": 401, "status": "UNAUTHENTICATED", "message": "bad token", "details": details}
            return web.json_response({"error": error}, status=401)
        if request.match_info["project"] != self.project:
            return _response(refusal(403, "PERMISSION_DENIED", "no such project"))
        raw = await request.read()
        message = json.loads(raw).get("message", {})
        if why := _fault(message):
            return _response(refusal(400, "INVALID_ARGUMENT", why, "INVALID_ARGUMENT"))
        if steps := self.script[message["token"]]:
            return await self._scripted(request, steps.pop(0))
        if self.keeps:
            self.sent.append(message)
        return web.json_response({"name": f"projects/{self.project}/messages/0:{secrets.randbits(60)}"})

    async def _scripted(self, request: web.Request, step: Any) -> web.StreamResponse:
        if step == "drop":
            if request.transport:
                request.transport.abort()
            return web.Response()
        if step == "stall":
            event = asyncio.Event()
            self._stalled.append(event)
            await event.wait()
            return web.Response()
        return await _in_pieces(request, step) if step.in_pieces else _response(step)


async def _in_pieces(request: web.Request, reply: Reply) -> web.StreamResponse:
    """Answer as a network may: each byte a packet of its own."""
    response = web.StreamResponse(status=reply.status, headers=reply.headers)
    await response.prepare(request)
    for byte in json.dumps(reply.body).encode():
        await response.write(bytes((byte,)))
    await response.write_eof()
    return response


def _response(reply: Reply) -> web.Response:
    return web.json_response(reply.body, status=reply.status, headers=reply.headers)


def _fault(message: dict[str, Any]) -> str:
    """Return what FCM would find wrong with a message."""
    data, android = message.get("data") or {}, message.get("android") or {}
    reserved = [key for key in data if key in {"from", "message_type"} or key.startswith(("google", "gcm"))]
    ttl = str(android.get("ttl", "0s"))
    faults = [
        (set(message) - MESSAGE, f"unknown fields {sorted(set(message) - MESSAGE)}"),
        (sum(key in message for key in ("token", "topic", "condition")) != 1, "exactly one target"),
        (not all(isinstance(value, str) for value in data.values()), "Invalid value at 'message.data' (TYPE_STRING)"),
        (reserved, f"Invalid data payload key: {reserved}"),
        (len(json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()) > 4096, "Message is too big"),
        (set(android) - ANDROID, f"unknown android fields {sorted(set(android) - ANDROID)}"),
        (android.get("priority", "normal") not in {"normal", "high"}, "Invalid value at 'message.android.priority'"),
        (not re.fullmatch(r"\d+(\.\d{1,9})?s", ttl) or float(ttl[:-1]) > 2_419_200, "Illegal duration format"),
        (message.get("token") == "malformed", "The registration token is not a valid FCM registration token"),
    ]
    return next((why for wrong, why in faults if wrong), "")


def _now() -> float:
    return time.time()  # noqa: TID251 - Google's clock


@asynccontextmanager
async def fcm_server(credentials: Path, *, host: str = "127.0.0.1", seen_at: str = "") -> AsyncIterator[Fcm]:
    """Serve, and write the service account's file that belongs to it. `seen_at`: the address its callers use."""
    fcm = Fcm()
    runner = web.AppRunner(fcm.application(), access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, host, 0)
    await site.start()
    fcm.base = f"http://{seen_at or host}:{runner.addresses[0][1]}"
    fcm.public_key = make_service_account(credentials, f"{fcm.base}/token")
    try:
        yield fcm
    finally:
        fcm.let_go()
        await runner.cleanup()


async def _main() -> None:
    """Serve for load: `python -m tests.emulators.fcm CREDENTIALS-FILE`; the address is on the first line."""
    async with fcm_server(Path(sys.argv[1])) as fcm:
        fcm.keeps = False
        print(fcm.base, flush=True)  # noqa: T201
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_main())
