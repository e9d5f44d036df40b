"""Every screen of the app with something on it: where it is, and what must be there before it is looked at."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from playwright.async_api import expect

from tests.app.asking import put
from tests.app.conftest import Relay
from tests.oauth import REDIRECT, a_program
from tests.people import Person, another
from tests.web.conftest import Screen

Go = Callable[[Screen], Awaitable[object]]


def _at(hash: str, *parts: str) -> Go:
    async def go(shown: Screen) -> None:
        await shown.open(hash)
        for part in ("[data-focus]", *parts):
            await expect(shown.page.locator(part).first).to_be_attached()

    return go


def _card(prompt: str, *parts: str) -> Go:
    async def go(shown: Screen) -> None:
        await shown.open()
        await shown.card(prompt)
        for part in parts:
            await expect(shown.page.locator(part).first).to_be_visible()

    return go


async def _held(shown: Screen) -> None:
    await shown.open()
    await shown.page.locator(".item").get_by_role("button", name="Merge").click()
    await shown.phase("held")


async def _more(shown: Screen) -> None:
    await _card("Merge?")(shown)
    await shown.page.get_by_text("More", exact=True).click()
    await expect(shown.page.get_by_role("button", name="Take the question off the table")).to_be_visible()


async def _past(shown: Screen) -> None:
    await shown.open("#/history")
    await shown.page.locator(".item", has_text="Deploy 1.0?").locator("a").click()
    await expect(shown.page.locator(".detail .ending")).to_be_visible()


async def _org(shown: Screen) -> None:
    await shown.open("#/settings/orgs")
    await shown.page.locator("li", has_text="Team").get_by_role("link", name="Members and invitations").click()
    await expect(shown.page.get_by_text("eve@example.org")).to_be_visible()


async def _agent(shown: Screen) -> None:
    await shown.open("#/settings/agents")
    for unfolded in ("New key with limits", "Change deploy-bot"):
        await shown.page.get_by_text(unfolded).first.click()


async def _ready(shown: Screen) -> None:
    await shown.open("#/connect")
    await shown.page.get_by_role("button", name="Make a key").click()
    await expect(shown.page.locator(".copy code").first).to_contain_text("mcp_pk_")


SCREENS: Final[Mapping[str, Go]] = {
    "queue": _at("", ".item"),
    "choice": _card("Merge?"),
    "more": _more,
    "approval": _card("Drop?", ".action pre.diff"),
    "several": _card("Which?", ".md table"),
    "rating": _card("How good?"),
    "number": _card("How many?"),
    "text": _card("Your words?"),
    "undo": _held,
    "history": _at("#/history", ".list .item"),
    "past": _past,
    "connect": _at("#/connect", "form"),
    "connected": _ready,
    "settings": _at("#/settings", ".menu"),
    "agents": _agent,
    "programs": _at("#/settings/programs", ".card"),
    "devices": _at("#/settings/devices", ".card"),
    "notifications": _at("#/settings/notifications", ".card"),
    "browser": _at("#/settings/browser", ".card"),
    "account": _at("#/settings/account", ".cards .card"),
    "signing-in": _at("#/settings/signing-in", ".card"),
    "organizations": _at("#/settings/orgs", ".cards .card"),
    "organization": _org,
    "audit": _at("#/settings/audit", ".entries li"),
    "usage": _at("#/settings/usage", "dl"),
    "data": _at("#/settings/data", ".card"),
    "nowhere": _at("#/nowhere"),
    "missing": _at("#/r/nothing", ".detail.empty"),
}


async def answered(relay: Relay, prompt: str, answer: str) -> None:
    asked = await put(relay.agent, prompt=prompt)
    await relay.owner.post(f"/api/v1/requests/{asked['request_id']}/respond", {"answer": answer})


async def fill(relay: Relay) -> None:
    """Put one question of every kind, some history, a team, and a connected program."""
    await answered(relay, "Deploy 1.0?", "Yes")
    await answered(relay, "Refund Bob?", "No, he has had the goods for a year")
    await relay.agent.post("/api/v1/hitl/notify", {"message": "Build done"})
    await put(relay.agent, prompt="Merge?", choices=["Merge", "Wait"], priority="high")
    action = {"tool": "sql", "arguments": {"old_string": "a\nb", "new_string": "a\nc", "x": "\u202e" + "long " * 40}}
    await put(relay.agent, prompt="Drop?", kind="approval", danger=True, action=action, priority="urgent")
    markdown = "# A\n\n- b\n\n| c |\n| - |\n| d |\n\n```\ncode\n```\n\n[e](https://example.org)"
    await put(relay.agent, prompt="Which?", choices=["one", "two", "three"], multiple=True, context=markdown)
    await put(relay.agent, prompt="How good?", rating={})
    await put(relay.agent, prompt="How many?", number={"minimum": 1, "maximum": 5})
    await put(relay.agent, prompt="Your words?", placeholder_text="say something", priority="low")
    await _people(relay)


async def _people(relay: Relay) -> None:
    ada = await owner(relay)
    team = (await ada.post("/api/v1/orgs", {"name": "Team"}))["id"]
    invite = await ada.post(f"/api/v1/orgs/{team}/invites", {"role": "operator"})
    eve = await another(relay.client)
    relay.client.session.cookie_jar.clear()
    await eve.post(f"/api/v1/invites/{invite['code']}/accept", expect=200)
    await ada.post(f"/api/v1/orgs/{team}/invites", {"role": "admin", "email": "max@example.org"})
    await connected(relay, "Claude")


async def owner(relay: Relay) -> Person:
    """Return the owner as tests of people know them."""
    me = await (await relay.owner.get("/api/v1/auth/me")).json()
    return Person(relay.client, relay.owner.token, me["account"]["id"], me["org"]["id"])


async def connected(relay: Relay, name: str) -> None:
    """Connect a program by consent."""
    program = await a_program(relay.client, client_name=name, redirect_uris=[REDIRECT])
    await program.connect(await owner(relay))
