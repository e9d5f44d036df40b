"""An agent as a careful program is written: every question has a key, and is asked again until it has an outcome.

What it asked and what it got is kept for the checker.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

import aiohttp

from relay.kernel.loops import pause

BACK_OFF_S: Final = 0.05
ATTEMPT_S: Final = 20.0
"""Long enough for every wait here; a call that a dead relay left hanging is given up and made again."""

MAY_FAIL: Final = (aiohttp.ClientError, TimeoutError, ConnectionError)
SAY_LATER: Final = {HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS}


class Surprise(Exception):
    """The relay replied something that no fault excuses."""


@dataclass
class Asked:
    """One question: `outcome` is what the relay finally said, `statuses` every HTTP status on the way."""

    key: str
    account_id: str
    outcome: dict[str, Any] = field(default_factory=dict)
    statuses: list[int] = field(default_factory=list)
    request_ids: set[str] = field(default_factory=set)


class Agent:
    def __init__(self, session: aiohttp.ClientSession, account_id: str, api_key: str, name: str) -> None:
        self._session = session
        self._account_id = account_id
        self._headers = {"Authorization": f"Bearer {api_key}"}
        self._name = name
        self.asked: list[Asked] = []

    async def ask(self, **more: Any) -> Asked:
        """Ask, and wait for the answer."""
        asked = self._new("answer")
        while _is_open(asked.outcome):
            asked.outcome = await self._call(asked, "POST", "/api/v1/hitl/request", self._question(asked, **more))
        return asked

    async def ask_and_look_later(self) -> Asked:
        """Ask without waiting, and look until there is an answer."""
        asked = self._new("answer")
        opened = await self._call(asked, "POST", "/api/v1/hitl/request", self._question(asked, wait=0))
        while _is_open(asked.outcome):
            asked.outcome = await self._call(asked, "GET", f"/api/v1/requests/{opened['request_id']}")
            await pause(BACK_OFF_S)
        return asked

    async def ask_in_vain(self) -> Asked:
        """Ask what no device answers, with a default for that."""
        asked = self._new("leave")
        question = self._question(asked, timeout_seconds=1, default_response="nobody")
        while _is_open(asked.outcome):
            asked.outcome = await self._call(asked, "POST", "/api/v1/hitl/request", question)
        return asked

    async def ask_and_cancel(self) -> Asked:
        asked = self._new("cancel")
        opened = await self._call(asked, "POST", "/api/v1/hitl/request", self._question(asked, wait=0))
        asked.outcome = await self._call(asked, "DELETE", f"/api/v1/requests/{opened['request_id']}")
        return asked

    async def tell(self) -> Asked:
        asked = self._new("tell")
        body = {"message": asked.key, "idempotency_key": asked.key}
        asked.outcome = await self._call(asked, "POST", "/api/v1/hitl/notify", body)
        return asked

    def _new(self, wish: str) -> Asked:
        asked = Asked(f"{wish} {self._name} {len(self.asked)}", self._account_id)
        self.asked.append(asked)
        return asked

    @staticmethod
    def _question(asked: Asked, **more: Any) -> dict[str, Any]:
        return {"prompt": asked.key, "idempotency_key": asked.key, **more}

    async def _call(
        self, asked: Asked, method: str, path: str, body: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Call until there is a reply that is no mere excuse."""
        while True:
            try:
                async with self._session.request(
                    method, path, json=body, headers=self._headers, timeout=aiohttp.ClientTimeout(total=ATTEMPT_S)
                ) as reply:
                    document: dict[str, Any] = await reply.json(content_type=None)
            except MAY_FAIL:
                await pause(BACK_OFF_S)
                continue
            except ValueError:  # spaces of a heartbeat, and no document: the relay died meanwhile
                continue
            asked.statuses.append(reply.status)
            if reply.status in SAY_LATER:
                await pause(BACK_OFF_S)
                continue
            if reply.status not in {200, 202} and document.get("state") != "cancelled":
                raise Surprise(f"{method} {asked.key}: {reply.status} {document}")
            if "request_id" in document:
                asked.request_ids.add(document["request_id"])
            return document


def _is_open(outcome: Mapping[str, Any]) -> bool:
    return outcome.get("status", "pending") == "pending"
