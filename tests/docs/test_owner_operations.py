"""Everything the REST door can do for an owner has its place in the app, or a reason why not."""

import json
import re
from pathlib import Path
from typing import Any, Final

import pytest

from auth.routes.audit_page import DONE
from auth.routes.audit_wire import KINDS
from tests.docs.app_calls import SOURCES, Call, calls

DOCUMENT: Final = Path(__file__).parents[2] / "docs/protocol/rest.openapi.json"

SOCKET: Final = "the app says it in a frame of its socket"
CARDS: Final = "the app shows the same as cards, from its inbox, its history and its socket"
BY_PROGRAMS: Final = "for programs that verify or encrypt; a human has no use for it"
ON_A_PAGE: Final = "one arrives there from a link or a program, before there is an app"

ELSEWHERE: Final[dict[Call, str]] = {
    ("GET", "/api/v1/requests"): CARDS,
    ("GET", "/api/v1/requests/{}"): CARDS,
    ("GET", "/api/v1/requests/{}/events"): CARDS,
    ("POST", "/api/v1/requests/{}/respond"): "the app answers by its own door, which knows the device",
    ("POST", "/api/v1/mobile/requests/{}/displayed"): SOCKET,
    ("POST", "/api/v1/mobile/requests/{}/seen"): SOCKET,
    ("POST", "/api/v1/keys/register"): BY_PROGRAMS,
    ("GET", "/api/v1/keys/user"): BY_PROGRAMS,
    ("GET", "/api/v1/devices/public-keys"): BY_PROGRAMS,
    ("POST", "/api/v1/oauth/introspect"): BY_PROGRAMS,
    ("GET", "/api/v1/auth/whoami"): "`/auth/me` says the same of a session; this is for keys and tokens",
    ("POST", "/api/v1/agents"): "an agent is made with its first key, by its name; one without a key can do nothing",
    ("POST", "/api/v1/auth/letters/confirm"): "the dialog that asks for a proof links to the page with all other ways",
    ("GET", "/api/v1/oauth/authorize"): ON_A_PAGE,
    ("POST", "/api/v1/oauth/authorize"): ON_A_PAGE,
}


def owner_operations() -> set[Call]:
    document: dict[str, Any] = json.loads(DOCUMENT.read_text(encoding="utf-8"))
    return {
        (method.upper(), re.sub(r"\{\w+\}", "{}", path))
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if {"session", "cookie"} & {name for way in operation.get("security", []) for name in way}
    }


@pytest.mark.proves("web.owner")
def test_every_operation_of_an_owner_is_used_by_the_app_or_named_with_a_reason() -> None:
    assert owner_operations() - set(calls()) - ELSEWHERE.keys() == set()


@pytest.mark.proves("web.owner")
def test_no_reason_is_left_for_what_the_app_does_by_now_or_what_is_gone() -> None:
    assert ELSEWHERE.keys() & set(calls()) == set()
    assert ELSEWHERE.keys() - owner_operations() == set()


@pytest.mark.proves("web.owner")
def test_the_app_calls_nothing_that_is_not_there() -> None:
    document: dict[str, Any] = json.loads(DOCUMENT.read_text(encoding="utf-8"))
    there = {
        (method.upper(), re.sub(r"\{\w+\}", "{}", path)) for path, ms in document["paths"].items() for method in ms
    }
    assert set(calls()) - there == set()


@pytest.mark.proves("web.owner")
def test_the_app_says_every_audit_entry_in_the_words_of_the_page() -> None:
    source = (SOURCES / "screens/settings/en.ts").read_text(encoding="utf-8")
    said = dict(re.findall(r"'did\.([\w.]+)': '([^']*)'", source))
    assert said == {kind.value: words.replace("'", "’") for kind, words in DONE.items()}  # noqa: RUF001 - as the app


@pytest.mark.proves("web.owner")
def test_the_audit_log_of_the_app_knows_every_kind_of_entry() -> None:
    source = (SOURCES / "screens/settings/audit.tsx").read_text(encoding="utf-8")
    listed = re.search(r"const KINDS = \[([^]]*)\]", source)
    assert listed is not None
    assert tuple(re.findall(r"'(\w+)'", listed[1])) == KINDS
