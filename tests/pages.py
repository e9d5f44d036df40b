"""Reading and sending the server's pages as a browser without scripts does."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

from tests.people import Client, Person

OWN = {"Sec-Fetch-Site": "same-origin"}


class Page(HTMLParser):
    """What a reader of the page finds: its forms with their fields, its links, and all its words."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.forms: dict[str, dict[str, str]] = {}
        self.links: list[str] = []
        self.ids: list[str] = []
        self.labelled: set[str] = set()
        self.inputs: set[str] = set()
        self.tags: list[str] = []
        self.words = ""
        self._form: dict[str, str] = {}
        self._in_label = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.tags.append(tag)
        if "id" in found:
            self.ids.append(found["id"])
        if tag == "form":
            self._form = self.forms[found.get("action", "")] = {}
        elif tag == "a":
            self.links.append(found["href"])
        elif tag == "label":
            self._in_label = "for" not in found
            self.labelled.add(found.get("for", ""))
        elif tag == "input":
            self._input(found)

    def _input(self, found: dict[str, str]) -> None:
        if found["type"] != "checkbox":
            self._form[found["name"]] = found.get("value", "")
        if found["type"] != "hidden" and not self._in_label:
            self.inputs.add(found["id"])

    def handle_endtag(self, tag: str) -> None:
        if tag == "label":
            self._in_label = False

    def handle_data(self, data: str) -> None:
        self.words += data


async def read(client: Client, path: str, *, status: int = 200, **headers: str) -> Page:
    async with client.get(path, headers=headers, allow_redirects=False) as response:
        assert response.status == status, await response.text()
        assert response.headers["Cache-Control"] == "no-store"
        return Page(await response.text())


async def send(client: Client, path: str, fields: dict[str, str], headers: dict[str, str]) -> tuple[int, str, str]:
    async with client.post(path, data=fields, headers=headers, allow_redirects=False) as response:
        return response.status, response.headers.get("Location", ""), await response.text()


async def fill(person: Person, page: str, action: str, **fields: str) -> tuple[int, str, Page]:
    """Fill in a form of a page for a signed-in human, and send it."""
    form = (await read(person.client, page, **person.cookie)).forms[action]
    status, location, text = await send(person.client, action, form | fields, person.cookie)
    return status, location, Page(text)


@dataclass
class Browser:
    """A browser with its cookies."""

    client: Client
    cookies: dict[str, str] = field(default_factory=dict)

    async def get(self, path: str, query: dict[str, str] | None = None) -> tuple[int, str, str]:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        async with self.client.get(path, params=query or {}, headers=headers, allow_redirects=False) as response:
            for name, morsel in response.cookies.items():
                self.cookies[name] = morsel.value
            return response.status, response.headers.get("Location", ""), await response.text()


def browser_of(person: Person) -> Browser:
    return Browser(person.client, {"hitl_sid": person.token})
