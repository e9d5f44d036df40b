"""Sign in on another device: it shows nothing here but an address and a code to enter there (RFC 8628)."""

from collections.abc import Awaitable, Callable
from typing import Final

from hitl_cli.errors import HitlError, Refused
from hitl_cli.http import Lost, RelayHttp
from hitl_cli.oauth.exchange import DEVICE, Places, exchange
from hitl_cli.oauth.stored import Grant, Registration

SLOWER_S: Final = 5.0
"""RFC 8628 3.5: what `slow_down` adds to the interval, for good."""


async def sign_in(
    relay: RelayHttp,
    at: Places,
    registration: Registration,
    *,
    name: str,
    show: Callable[[str, str], None],
    now: Callable[[], float],
    rest: Callable[[float], Awaitable[None]],
) -> Grant:
    """Give `show` the address and the code, and ask until a human has decided."""
    asked = await relay.call("POST", at.device, form={"client_id": registration.client_id})
    show(asked["verification_uri"], asked["user_code"])
    interval_s, until = float(asked.get("interval", 5)), now() + float(asked["expires_in"])
    while now() < until:
        await rest(interval_s)
        try:
            given = {"grant_type": DEVICE, "device_code": asked["device_code"]}
            return await exchange(relay, at, registration, name=name, now_s=now(), **given)
        except Lost:
            interval_s += SLOWER_S
        except Refused as refused:
            if refused.code == "slow_down":
                interval_s += SLOWER_S
            elif refused.code != "authorization_pending":
                raise
    raise HitlError("nobody entered the code in time")
