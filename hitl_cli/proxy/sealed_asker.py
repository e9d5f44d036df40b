"""Puts the questions of the proxy to the human: every one sealed, over one session with the relay."""

import sys
from collections.abc import Mapping
from typing import Any

from hitl_cli.asking import ask, tell
from hitl_cli.http import RelayHttp
from hitl_cli.protection import Kind, Prepared, Protection, prepared
from hitl_cli.wire import Reply


class SealedAsker:
    def __init__(self, relay: RelayHttp, protection: Protection) -> None:
        if not protection.e2ee:
            raise ValueError("the proxy seals whatever it sends")
        self._relay = relay
        self._protection = protection
        self._told = ""

    async def ask(self, kind: Kind, body: Mapping[str, Any]) -> Reply:
        question = await self._sealed(kind, body)
        return await question.reply(await ask(self._relay, question.path, question.body))

    async def tell(self, body: Mapping[str, Any]) -> None:
        note = await self._sealed("notification", body)
        await tell(self._relay, note.path, note.body)

    async def _sealed(self, kind: Kind, body: Mapping[str, Any]) -> Prepared:
        sealed = await prepared(self._relay, kind, body, self._protection)
        if sealed.safety_number and sealed.safety_number != self._told:
            self._told = sealed.safety_number
            # Where an MCP client shows what its servers complain about; stdout is the protocol's.
            print(  # noqa: T201
                "hitl-cli proxy: the app has not approved this machine's key yet, and shows no question until it has. "
                f"Compare there: {sealed.safety_number}",
                file=sys.stderr,
                flush=True,
            )
        return sealed
