"""A new owner's way from the setup link to the first answered request, and what they press on it."""

from playwright.async_api import Page, expect


class Clicks:
    """A person who counts what they press."""

    def __init__(self, page: Page) -> None:
        self.page, self.count = page, 0

    async def press(self, name: str, within: str = "body") -> None:
        await self.page.locator(within).get_by_role("button", name=name).locator("visible=true").first.click()
        self.count += 1


async def first_minute(page: Page, setup_link: str) -> int:
    """Become the owner, make a key, ask and answer; return how many clicks it took."""
    person = Clicks(page)
    await page.goto(setup_link)
    await page.get_by_label("E-mail address").fill("ada@example.org")
    await page.get_by_label("Your name").fill("Ada")
    await page.get_by_label("Password", exact=False).first.fill("correct horse battery staple")
    await person.press("Make me the owner")
    await expect(page.get_by_role("heading", name="Connect an agent")).to_be_visible()
    await person.press("Make a key")
    await expect(page.get_by_text("mcp_pk_").first).to_be_visible()
    await person.press("Send me a test request")
    await person.press("Yes, I can", within=".answer")
    await expect(page.get_by_text("Your agent got: Yes, I can.")).to_be_visible(timeout=15_000)
    return person.count
