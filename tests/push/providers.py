"""Targets and messages for the providers' own tests."""

import datetime as dt
from typing import Any
from uuid import uuid4

from push.message import Message, Op
from push.provider import Target, Vendor
from relay.domain.clock import SystemClock
from relay.domain.ids import AccountId, DeviceId

APNS_TOKEN = "ab" * 32


def a_target(vendor: Vendor, token: str, **over: Any) -> Target:
    given: dict[str, Any] = {
        "device_id": DeviceId(uuid4()),
        "account_id": AccountId(uuid4()),
        "vendor": vendor,
        "token": token,
        "registered_at": SystemClock().now(),
    }
    return Target(**given | over)


def a_message(**over: Any) -> Message:
    given: dict[str, Any] = {
        "id": uuid4(),
        "op": Op.ASK,
        "deadline": SystemClock().now() + dt.timedelta(minutes=15),
        "title": "A question is waiting",
        "body": "An agent needs your answer.",
    }
    return Message(**given | over)
