"""A browser for programs that open one: its human signs in, and allows what is asked.

    python browser.py EMAIL PASSWORD ADDRESS

It knows no more of the relay's pages than their forms, and ends where the relay sends it: at the program.
"""

import sys
import urllib.request
from html.parser import HTMLParser
from pathlib import Path
from shlex import quote
from stat import S_IRWXU
from urllib.parse import urlencode, urljoin, urlsplit


class Forms(HTMLParser):
    """The fields of every form of a page, by the address it goes to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: dict[str, dict[str, str]] = {}
        self._fields: dict[str, str] = {}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._fields = self.found[given.get("action", "")] = {}
        elif tag == "input" and given.get("type", "text") in {"hidden", "text", "email", "password"}:
            self._fields[given["name"]] = given.get("value", "")


class Browser:
    """Keeps cookies and follows redirects."""

    def __init__(self) -> None:
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        self._opener.addheaders = [("Sec-Fetch-Site", "same-origin")]
        self.address, self._page = "", ""

    def open(self, address: str, fields: dict[str, str] | None = None) -> None:
        body = urlencode(fields).encode() if fields is not None else None
        with self._opener.open(address, body) as page:
            self.address, self._page = page.url, page.read().decode()

    def send(self, **typed: str) -> None:
        """Send the form of this page that goes to the page's own address."""
        path = urlsplit(self.address).path
        self.open(urljoin(self.address, path), Forms(self._page).found[path] | typed)


def main(email: str, password: str, address: str) -> None:
    browser = Browser()
    browser.open(address)
    browser.send(email=email, password=password)
    browser.send(decision="allow", days="90")


def installed_browser(folder: Path, email: str, password: str) -> Path:
    """Make it a command that takes only the address, as programs run what BROWSER names; its log is beside it."""
    command = folder / "browser"
    words = " ".join(quote(word) for word in (sys.executable, __file__, email, password))
    command.write_text(f'#!/bin/sh\necho opened >> "$0.log"\nexec {words} "$1" >> "$0.log" 2>&1\n')
    command.chmod(S_IRWXU)
    return command


if __name__ == "__main__":
    main(*sys.argv[1:])
