"""APNs: waking iPhones, iPads and Macs with a key of an Apple developer account."""

import datetime as dt
import ssl
from dataclasses import dataclass
from typing import Any, Final

from aioapns import NotificationRequest, PushType
from aioapns.exceptions import ConnectionError as ApnsUnreachable
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from push.apns_connection import NotProcessed, OutcomeUnknown
from push.apns_pool import ApnsPool
from push.message import Message, Op
from push.provider import Check, State, Target
from push.results import Result, Verdict
from push.settings import ApnsSettings
from relay.domain.clock import Clock
from relay.kernel.body import to_json

MAX_PAYLOAD: Final = 4096

# Apple, "Handling notification responses from APNs"; which of them are about the token: Apple DTS, forum 807380.
DEAD: Final = frozenset({"BadDeviceToken", "DeviceTokenNotForTopic", "Unregistered", "ExpiredToken"})
OURS: Final = frozenset(
    {
        "BadCertificate",
        "BadCertificateEnvironment",
        "BadEnvironmentKeyIdInToken",
        "BadEnvironmentKeyInToken",
        "BadTopic",
        "Forbidden",
        "InvalidProviderToken",
        "MissingProviderToken",
        "MissingTopic",
        "TopicDisallowed",
        "UnrelatedKeyIdInToken",
    }
)
WAITS: Final = {
    "TooManyRequests": dt.timedelta(seconds=20),
    "TooManyProviderTokenUpdates": dt.timedelta(seconds=60),
}
PASSING: Final = frozenset({*WAITS, "ExpiredProviderToken"})

CHOICES: Final = ("HITL_CHOICES_1", "HITL_CHOICES_2")

NO_DEVICE: Final = "0" * 64
"""A token no device has: with it APNs says whether it takes the key, and nobody is woken."""


@dataclass(frozen=True, slots=True)
class ApnsServer:
    host: str
    port: int = 443


PRODUCTION: Final = ApnsServer("api.push.apple.com")
SANDBOX: Final = ApnsServer("api.sandbox.push.apple.com")


class Apns:
    """A pool for each environment; a device says with its token which one it belongs to."""

    def __init__(
        self,
        settings: ApnsSettings,
        key: str,
        clock: Clock,
        *,
        production: ApnsServer = PRODUCTION,
        sandbox: ApnsServer = SANDBOX,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        tls = tls or ssl.create_default_context()
        tls.set_alpn_protocols(["h2"])  # aioapns does not, and then speaks HTTP/2 to what took it for 1.1
        self._settings = settings
        self._clock = clock
        self._pools = {
            is_sandbox: self._pool(key, server, tls) for is_sandbox, server in ((False, production), (True, sandbox))
        }

    def _pool(self, key: str, server: ApnsServer, tls: ssl.SSLContext) -> ApnsPool:
        s = self._settings
        return ApnsPool(
            key=key, key_id=s.key_id, team_id=s.team_id, topic=s.topic, server=server.host, port=server.port, tls=tls
        )

    async def send(self, target: Target, message: Message) -> Result:
        if target.topic and target.topic != self._settings.topic:
            # Registered before this key was: APNs would refuse it as our mistake, and everybody's pushes would pause.
            return Result(verdict=Verdict.DROP, code="another_topic")
        now = self._clock.now()
        request = NotificationRequest(
            device_token=target.token,
            message=payload(message.fitting(lambda fits: to_json(payload(fits)), MAX_PAYLOAD)),
            time_to_live=message.seconds_left(now),
            priority=10 if message.urgent else 5,
            collapse_key=message.tag,
            push_type=PushType.ALERT,
            apns_topic=self._settings.topic,
        )
        pool = self._pools[target.sandbox]
        try:
            result = await pool.send_notification(request)
        except OutcomeUnknown:
            return Result(verdict=Verdict.UNKNOWN, code="no_answer", outage=True)
        except (NotProcessed, ApnsUnreachable):
            return Result(verdict=Verdict.RETRY, code="unreachable", outage=True)
        if result.description == "ExpiredProviderToken":
            pool.token.expire()
        return apns_outcome(result.status, result.description or "", result.timestamp)

    async def try_out(self) -> Check:
        """APNs takes the key if it complains of the device only."""
        pool = self._pools[False]
        request = NotificationRequest(
            device_token=NO_DEVICE, message={"aps": {}}, time_to_live=0, priority=5, push_type=PushType.ALERT
        )
        try:
            result = await pool.send_notification(request)
        except (OutcomeUnknown, NotProcessed, ApnsUnreachable):
            return Check(State.BROKEN, "APNs cannot be reached")
        outcome = apns_outcome(result.status, result.description or "", None)
        if outcome.verdict is Verdict.CONFIG:
            return Check(State.BROKEN, f"APNs refuses the key: {outcome.code}")
        return Check(State.READY)

    async def close(self) -> None:
        for pool in self._pools.values():
            pool.close()


def apns_outcome(status: str, reason: str, timestamp_ms: int | None) -> Result:
    """Translate what APNs said."""
    verdict = _verdict(status, reason)
    return Result(
        verdict=verdict,
        code=reason or status,
        retry_after=WAITS.get(reason),
        dead_since=_time(timestamp_ms) if verdict is Verdict.DEAD else None,
        outage=status.startswith("5"),
    )


def _verdict(status: str, reason: str) -> Verdict:
    if status == "200":
        return Verdict.SENT
    if reason in DEAD:
        return Verdict.DEAD
    if reason in PASSING or status.startswith("5"):
        return Verdict.RETRY
    # A refusal whose reason is not known is the push's own fault, not the token's; unless it is about who we are.
    return Verdict.CONFIG if reason in OURS or status == "403" else Verdict.DROP


def payload(message: Message) -> dict[str, Any]:
    """Return the JSON. `mutable-content` lets the app's extension fetch the question and show that instead."""
    aps: dict[str, Any] = {
        "alert": {"title": message.title, "body": message.body},
        "mutable-content": 1,
        "interruption-level": "time-sensitive" if message.urgent else "passive",
    }
    if message.urgent:
        aps["sound"] = "default"
    if message.op is Op.ASK:
        aps["category"] = _category(message)
    return {"aps": aps, "hitl": message.facts()}


def _category(message: Message) -> str:
    """Return which buttons an app has made ready: categories are registered by the app, not sent."""
    if message.actions:
        return CHOICES[len(message.actions) - 1]
    return "HITL_REPLY" if message.reply else "HITL_ASK"


def _time(timestamp_ms: int | None) -> dt.datetime | None:
    return dt.datetime.fromtimestamp(timestamp_ms / 1000, dt.UTC) if isinstance(timestamp_ms, int) else None


def is_key(text: str) -> bool:
    """Return whether this is the private key Apple gives out: P-256 in PEM, without a password."""
    try:
        key = load_pem_private_key(text.encode(), password=None)
    except (ValueError, TypeError):
        return False
    return isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP256R1)
