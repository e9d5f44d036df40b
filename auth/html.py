"""Pages for people, written by the server: no script, one small style sheet, everything typed by anybody escaped.

Each function returns HTML that is ready; what it takes as plain words it escapes itself.
"""

import base64
import datetime as dt
import hashlib
from collections.abc import Mapping
from html import escape
from http import HTTPStatus
from typing import Final

from aiohttp import web

from relay.domain.errors import HitlError, InvalidInput, TooManyRequests, Unavailable
from relay.kernel.body import iso
from relay.kernel.problem import status_of

STYLE: Final = """
:root { color-scheme: light dark; font: 1.0625rem/1.5 system-ui, sans-serif; }
body { max-width: 42rem; margin: 0 auto; padding: 1rem 1rem 4rem; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; line-height: 1.25; }
h2 { font-size: 1.2rem; margin-top: 2.5rem; }
h3 { font-size: 1.0625rem; margin-bottom: .25rem; }
label { display: block; margin: 1rem 0 .25rem; font-weight: 600; }
input, select, button, summary { font: inherit; box-sizing: border-box; min-height: 2.75rem; padding: .4rem .75rem; }
input, select { width: 100%; }
button { margin-top: 1rem; cursor: pointer; }
summary { cursor: pointer; text-decoration: underline; padding-left: 0; }
code, pre { font-size: 1rem; }
pre { white-space: pre-wrap; }
p.hint { margin: 0 0 .25rem; }
.box { border: 2px solid currentColor; border-radius: .4rem; padding: .25rem 1rem; margin: 1rem 0; }
ul.keys { list-style: none; padding: 0; }
ul.keys > li { border-top: 1px solid GrayText; padding: .75rem 0; }
:focus-visible { outline: 3px solid Highlight; outline-offset: 2px; }
"""

# The hash lets this one style through and no other (CSP Level 3, 6.7.3).
_STYLE_HASH: Final = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()

POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)


NO_STORE: Final = {"Cache-Control": "no-store"}


def see(address: str) -> web.Response:
    """Send the browser to `address` with a GET, so that reloading repeats nothing."""
    return web.Response(status=HTTPStatus.SEE_OTHER, headers={"Location": address, **NO_STORE})


def page(
    title: str, *parts: str, status: int = HTTPStatus.OK, headers: Mapping[str, str] | None = None
) -> web.Response:
    text = (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)} - HITL Relay</title>\n<style>{STYLE}</style>\n</head>\n"
        f"<body>\n<main>\n<h1>{escape(title)}</h1>\n{''.join(parts)}</main>\n</body>\n</html>\n"
    )
    # Under `no-referrer` browsers would send our own forms with `Origin: null`.
    fixed = {"Content-Security-Policy": POLICY, "Referrer-Policy": "same-origin", **NO_STORE}
    return web.Response(text=text, status=status, content_type="text/html", headers={**fixed, **(headers or {})})


def refusal(title: str, error: HitlError, *parts: str) -> web.Response:
    """Return a page that says what was refused, with the status a program would get."""
    headers = {}
    if isinstance(error, TooManyRequests | Unavailable):
        headers["Retry-After"] = str(error.retry_after_s)
    return page(title, alert(error), *parts, status=status_of(error), headers=headers)


def error_page(error: HitlError) -> web.Response:
    return refusal("That did not work", error, paragraph(link("/owner", "Back to the relay")))


ALERT_ID: Final = "refused"


def alert(error: HitlError) -> str:
    """Say what is wrong where screen readers announce it; a wrong field is linked."""
    words = escape(str(error))
    field = error.pointer.lstrip("/") if isinstance(error, InvalidInput) else ""
    if field.isidentifier():
        words = f'<a href="#{field}">{words}</a>'
    return f'<div class="box" role="alert" id="{ALERT_ID}"><p>{words}</p></div>\n'


def heading(words: str, level: int = 2) -> str:
    return f"<h{level}>{escape(words)}</h{level}>\n"


def paragraph(*ready: str) -> str:
    return f"<p>{' '.join(ready)}</p>\n"


def link(address: str, words: str) -> str:
    return f'<a href="{escape(address)}">{escape(words)}</a>'


def command(words: str) -> str:
    return f"<pre><code>{escape(words)}</code></pre>\n"


def time(at: dt.datetime) -> str:
    shown = at.astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M UTC")
    return f'<time datetime="{iso(at)}">{shown}</time>'


def form(action: str, button: str, *parts: str, hidden: Mapping[str, str] | None = None) -> str:
    kept = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">\n'
        for name, value in (hidden or {}).items()
    )
    return (
        f'<form method="post" action="{escape(action)}">\n{kept}{"".join(parts)}'
        f"<button>{escape(button)}</button>\n</form>\n"
    )


def field(name: str, label: str, *, value: str = "", hint: str = "", wrong: bool = False, **attributes: str) -> str:
    """Return a labelled input. Its name is its id; `attributes` are the input's own, an empty one a bare word."""
    described = " ".join([f"{name}-hint"] * bool(hint) + [ALERT_ID] * wrong)
    own: dict[str, str] = {"type": "text", "value": value, **attributes}
    if described:
        own["aria-describedby"] = described
    if wrong:
        own["aria-invalid"] = "true"
    words = " ".join(f'{key}="{escape(word)}"' if word or key == "value" else key for key, word in own.items())
    said = f'<p class="hint" id="{name}-hint">{escape(hint)}</p>\n' if hint else ""
    return f'<label for="{name}">{escape(label)}</label>\n{said}<input id="{name}" name="{name}" {words}>\n'


def choice(name: str, label: str, options: Mapping[str, str]) -> str:
    """Return a labelled select; `options` maps what is sent to what is read."""
    listed = "".join(f'<option value="{escape(sent)}">{escape(read)}</option>' for sent, read in options.items())
    return f'<label for="{name}">{escape(label)}</label>\n<select id="{name}" name="{name}">{listed}</select>\n'
