"""The snippet of the document the relay was specified from: plain `requests`, no client of ours."""

import asyncio
from typing import Any

import pytest
import requests

from tests.app.conftest import Relay


def the_snippet(base_url: str, api_key: str) -> Any:
    """Ask as the document shows it; only the address and the key are this test's."""
    headers = {"Authorization": f"Bearer {api_key}", "Content-Type": "application/json"}

    def request_approval(prompt: str, choices: list[str] | None = None) -> Any:
        payload = {"prompt": prompt, "choices": choices or ["Approve", "Deny"]}
        resp = requests.post(f"{base_url}/hitl/request", headers=headers, json=payload)  # noqa: S113 - it sets none
        resp.raise_for_status()
        return resp.json()

    result = request_approval("Deploy to production?", ["Deploy Now", "Cancel"])
    return result["response"]


@pytest.mark.proves("ask.returns_the_answer")
async def test_the_snippet_of_the_specification_runs_as_it_stands(relay: Relay) -> None:
    phone = await relay.device()
    base_url = str(relay.client.make_url("/api/v1"))
    call = asyncio.create_task(asyncio.to_thread(the_snippet, base_url, relay.agent.token))
    card = (await phone.next("request.created"))["request"]
    assert (card["prompt"], card["form"]["options"]) == ("Deploy to production?", ["Deploy Now", "Cancel"])
    await phone.answer(card["id"], "Deploy Now")
    assert await call == "Deploy Now"
