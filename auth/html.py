"""Pages for people, written by the server: no script, one small style sheet, everything typed by anybody escaped.

Each function returns HTML that is ready; what it takes as plain words it escapes itself.
"""

import base64
import hashlib
from collections.abc import Iterable
from html import escape
from http import HTTPStatus
from typing import Final

from aiohttp import web

from relay.domain.errors import HitlError, InvalidInput, TooManyRequests, Unavailable
from relay.kernel.problem import status_of

STYLE: Final = """
:root { color-scheme: light dark; font: 1.0625rem/1.5 system-ui, sans-serif; }
body { max-width: 42rem; margin: 0 auto; padding: 1rem 1rem 4rem; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; line-height: 1.25; }
h2 { font-size: 1.2rem; margin-top: 2.5rem; }
label { display: block; margin: 1rem 0 .25rem; font-weight: 600; }
.hint { font-weight: 400; }
input, select, button { font: inherit; box-sizing: border-box; min-height: 2.75rem; padding: .4rem .75rem; }
input, select { width: 100%; }
button { margin-top: 1rem; cursor: pointer; }
code { font-size: 1rem; }
.box { border: 2px solid currentColor; border-radius: .4rem; padding: .75rem 1rem; margin: 1rem 0; }
ul.cards { list-style: none; padding: 0; }
ul.cards > li { border-top: 1px solid GrayText; padding: .75rem 0; }
ul.cards form { display: inline-block; margin-right: .75rem; }
ul.cards button { margin-top: .5rem; }
:focus-visible { outline: 3px solid Highlight; outline-offset: 2px; }
"""

# The hash lets this one style through and no other (CSP3 6.7.3.2).
_STYLE_HASH: Final = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()

POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)


def page(title: str, *parts: str, status: int = HTTPStatus.OK, headers: dict[str, str] | None = None) -> web.Response:
    text = (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)} - HITL Relay</title>\n<style>{STYLE}</style>\n</head>\n"
        f"<body>\n<main>\n<h1>{escape(title)}</h1>\n{''.join(parts)}</main>\n</body>\n</html>\n"
    )
    # Without `same-origin` browsers would send our own forms with `Origin: null`.
    fixed = {"Content-Security-Policy": POLICY, "Referrer-Policy": "same-origin", "Cache-Control": "no-store"}
    return web.Response(text=text, status=status, content_type="text/html", headers={**fixed, **(headers or {})})


def error_page(error: HitlError) -> web.Response:
    return page("That did not work", alert(error), link("/owner", "Back to the relay"), **answer_of(error))


def answer_of(error: HitlError) -> dict[str, object]:
    raise NotImplementedError


def heading(words: str) -> str:
    return f"<h2>{escape(words)}</h2>\n"
