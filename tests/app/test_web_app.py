"""The web app as it is served: what browsers may keep, what they may run, and what happens when it is not there."""

import gzip
from collections.abc import Awaitable, Callable
from pathlib import Path
from uuid import uuid4

import pytest

from mobile_api.web_app import FOREVER, load
from tests.app.asking import put
from tests.app.conftest import Client, MakeRelay, Party, Relay

PAGE = "<!doctype html><title>HITL Relay</title>" + "<p>" * 100
SCRIPT = "console.log(1);" * 50
PICTURE = b"\x89PNG" * 30

Serve = Callable[[Path], Awaitable[Client]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text(PAGE, encoding="utf-8")
    (tmp_path / "assets" / "index-abc.js").write_text(SCRIPT, encoding="utf-8")
    (tmp_path / "sw.js").write_text(SCRIPT, encoding="utf-8")
    (tmp_path / "icon.png").write_bytes(PICTURE)
    (tmp_path / "build.json").write_text("{}", encoding="utf-8")
    return tmp_path


@pytest.fixture
def serve(make_relay: MakeRelay) -> Serve:
    async def begin(folder: Path) -> Client:
        return (await make_relay(web_app=load(folder))).client

    return begin


@pytest.mark.proves("web.policy")
async def test_the_page_lets_nothing_run_but_our_own_files(serve: Serve, folder: Path) -> None:
    client = await serve(folder)
    reply = await client.get("/app/")
    policy = dict(part.split(" ", 1) for part in reply.headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert policy["require-trusted-types-for"] == "'script'"
    assert "unsafe" not in reply.headers["Content-Security-Policy"]
    assert (reply.content_type, await reply.text()) == ("text/html", PAGE)


@pytest.mark.proves("web.served")
async def test_hashed_files_are_kept_forever_and_the_rest_is_asked_for_again(serve: Serve, folder: Path) -> None:
    client = await serve(folder)
    assert (await client.get("/app/assets/index-abc.js")).headers["Cache-Control"] == FOREVER
    for path in ("", "sw.js", "icon.png"):
        reply = await client.get(f"/app/{path}")
        assert reply.headers["Cache-Control"] == "no-cache"
        again = await client.get(f"/app/{path}", headers={"If-None-Match": reply.headers["ETag"]})
        assert (again.status, await again.read()) == (304, b"")


@pytest.mark.proves("web.served")
async def test_text_is_sent_compressed_to_who_takes_it(serve: Serve, folder: Path) -> None:
    client = await serve(folder)
    plain = await client.get("/app/sw.js", headers={"Accept-Encoding": "identity"})
    assert (plain.content_type, await plain.text()) == ("text/javascript", SCRIPT)
    # aiohttp's client undoes the compression; its length tells that there was one.
    packed = await client.get("/app/sw.js", headers={"Accept-Encoding": "gzip"})
    assert (packed.headers["Content-Encoding"], await packed.text()) == ("gzip", SCRIPT)
    assert int(packed.headers["Content-Length"]) == len(gzip.compress(SCRIPT.encode(), mtime=0))
    picture = await client.get("/app/icon.png")
    assert ("Content-Encoding" in picture.headers, await picture.read()) == (False, PICTURE)


@pytest.mark.proves("web.served")
@pytest.mark.parametrize(
    "path",
    [
        "build.json",
        "nothing",
        "assets/nothing.js",
        "..%2findex.html",
        "%2e%2e/keys.py",
        "assets/..%2f..%2fkeys.py",
        "%00",
    ],
)
async def test_no_address_names_another_file(serve: Serve, folder: Path, path: str) -> None:
    client = await serve(folder)
    assert (await client.get(f"/app/{path}")).status == 404


async def test_the_address_without_its_slash_leads_to_the_app(serve: Serve, folder: Path) -> None:
    client = await serve(folder)
    reply = await client.get("/app", allow_redirects=False)
    assert (reply.status, reply.headers["Location"]) == (303, "/app/")


@pytest.mark.proves("web.built")
async def test_a_relay_without_the_app_says_so_and_what_to_do(serve: Serve, tmp_path: Path) -> None:
    client = await serve(tmp_path / "missing")
    reply = await client.get("/app/")
    assert reply.status == 503
    text = await reply.text()
    assert "The web app is not built" in text
    assert "make web" in text


async def test_one_card_is_shown_to_its_owner_alone(relay: Relay) -> None:
    asked = await put(relay.agent)
    path = f"/api/v1/mobile/requests/{asked['request_id']}"
    card = await (await relay.owner.get(path)).json()
    assert (card["id"], card["status"], card["agent"]["name"]) == (asked["request_id"], "pending", "deploy-bot")
    stranger, _ = await relay.another_owner()
    missing = await stranger.get(path)
    nowhere = await relay.owner.get(f"/api/v1/mobile/requests/{uuid4()}")
    assert (missing.status, await missing.json()) == (404, await nowhere.json())


async def test_who_answers_is_told_whether_the_agent_has_it(relay: Relay) -> None:
    phone = await relay.silent_device("phone")
    party = Party(relay.client, phone.token)
    waiting = relay.agent.ask()
    for collected in (True, False):
        card = await relay.open_request()
        body = {"answer": "Yes", "answer_id": str(uuid4())}
        reply = await (await party.post(f"/api/v1/mobile/requests/{card['id']}/answer", body)).json()
        assert reply["collected"] is collected
        await waiting
        if collected:
            await put(relay.agent)
