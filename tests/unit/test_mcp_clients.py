"""Which program calls, and how long it may wait."""

import os
from typing import Any

import pytest
from aiohttp.test_utils import make_mocked_request

from mcp_endpoint.clients import LONGEST_S, SESSION_HEADER, UNKNOWN_S, client_of, known_client, new_label, slice_s
from relay.domain.errors import InvalidInput


@pytest.mark.proves("mcp.slices")
@pytest.mark.parametrize(
    ("name", "wait_s"),
    [
        ("claude-code", 890),
        ("mcp", 890),
        ("gemini-cli-mcp-client", 580),
        ("codex-mcp-client", 285),
        ("claude-ai", 230),
        ("claude-code (via mcp-remote 0.15.1)", 890),
        ("something else", UNKNOWN_S),
        ("", UNKNOWN_S),
        (7, UNKNOWN_S),
        (None, UNKNOWN_S),
    ],
)
def test_a_session_id_carries_which_program_it_is_for(name: Any, wait_s: int) -> None:
    label = new_label(known_client({"name": name}), os.urandom)
    request = make_mocked_request("POST", "/mcp", headers={SESSION_HEADER: label})
    assert slice_s(request, client_of(request, label)) == wait_s


@pytest.mark.parametrize("info", [None, [], "claude-code", {}, {"name": {}}])
def test_a_client_that_does_not_say_who_it_is_is_another(info: Any) -> None:
    assert known_client(info) == "other"


@pytest.mark.parametrize(
    ("agent", "client"),
    [
        ("claude-code/2.1.329 (cli)", "claude-code"),
        ("Claude-User", "claude-ai"),
        ("codex_cli_rs/0.169", "codex-mcp-client"),
    ],
)
def test_a_client_that_lost_its_session_id_is_known_by_its_user_agent(agent: str, client: str) -> None:
    assert client_of(make_mocked_request("POST", "/mcp", headers={"User-Agent": agent}), "") == client


@pytest.mark.parametrize(("query", "wait_s"), [("wait=1", 1), ("wait=300", 300), ("wait=999999", LONGEST_S)])
def test_the_address_may_say_how_long_a_call_waits(query: str, wait_s: int) -> None:
    assert slice_s(make_mocked_request("POST", f"/mcp?{query}"), "claude-code") == wait_s


@pytest.mark.parametrize("wish", ["0", "-1", "1.5", "x", "", "1000000", "%D9%A3"])
def test_a_wait_that_is_none_is_refused(wish: str) -> None:
    with pytest.raises(InvalidInput, match="wait"):
        slice_s(make_mocked_request("POST", f"/mcp?wait={wish}"), "claude-code")


def test_no_two_sessions_have_one_id() -> None:
    assert len({new_label("other", os.urandom) for _ in range(100)}) == 100
