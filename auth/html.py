"""Pages for people, written by the server: one small style sheet, everything typed by anybody escaped.

Each function returns HTML that is ready; what it takes as plain words it escapes itself.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from enum import StrEnum
from html import escape
from http import HTTPStatus
from typing import Final

from aiohttp import web

from auth.style import STYLE, STYLE_HASH
from relay.domain.errors import HitlError, InvalidInput, TooManyRequests, Unavailable
from relay.kernel.body import iso
from relay.kernel.problem import status_of

PRODUCT: Final = "HITL Relay"

POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
SCRIPTED: Final = POLICY + "; script-src 'self'; connect-src 'self'"
"""For the pages that offer passkeys, which only a script can ask a browser for: our own file, nothing inline."""

NAVIGATION: Final = {"/app/": "Questions", "/owner": "Agents and keys", "/orgs": "Organizations", "/account": "Account"}
"""Where every page of a signed-in human leads."""

NO_STORE: Final = {"Cache-Control": "no-store"}


def see(address: str) -> web.Response:
    """Send the browser to `address` with a GET, so that reloading repeats nothing."""
    return web.Response(status=HTTPStatus.SEE_OTHER, headers={"Location": address, **NO_STORE})


def page(
    title: str,
    *parts: str,
    status: int = HTTPStatus.OK,
    headers: Mapping[str, str] | None = None,
    here: str = "",
    script: str = "",
    goes_on: str = "",
) -> web.Response:
    """Return a whole page.

    One for a signed-in human names its place in the navigation (`here`) and is made of cards; any other is one card.
    `script` is the address of a script of ours; `goes_on` is where the browser goes by itself, at once.
    """
    if here:
        main = f'<main class="wide">\n<h1>{escape(title)}</h1>\n{"".join(parts)}</main>\n'
    else:
        main = f'<main class="narrow">\n{card(f"<h1>{escape(title)}</h1>", *parts)}</main>\n'
    loaded = f'<script src="{escape(script)}" type="module"></script>\n' if script else ""
    if goes_on:
        loaded += f'<meta http-equiv="refresh" content="0;url={escape(goes_on)}">\n'
    text = (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)} - {PRODUCT}</title>\n<style>{STYLE}</style>\n{loaded}</head>\n"
        f"<body>\n{_top(here)}{main}</body>\n</html>\n"
    )
    # Under `no-referrer` browsers would send our own forms with `Origin: null`.
    policy = SCRIPTED if script else POLICY
    fixed = {"Content-Security-Policy": policy, "Referrer-Policy": "same-origin", **NO_STORE}
    return web.Response(text=text, status=status, content_type="text/html", headers={**fixed, **(headers or {})})


def _top(here: str) -> str:
    brand = f'<a class="brand" href="/"><span class="mark" aria-hidden="true"></span>{PRODUCT}</a>'
    links = "".join(
        f'<a href="{address}"{" aria-current=page" * (address == here)}>{words}</a>\n'
        for address, words in NAVIGATION.items()
    )
    return f'<header class="top">{brand}{f"<nav>{links}</nav>" if here else ""}</header>\n'


def card(*parts: str) -> str:
    return f'<section class="card">\n{"".join(parts)}</section>\n'


def refusal(title: str, error: HitlError, *parts: str, here: str = "", script: str = "") -> web.Response:
    """Return a page that says what was refused, with the status a program would get."""
    headers = {}
    if isinstance(error, TooManyRequests | Unavailable):
        headers["Retry-After"] = str(error.retry_after_s)
    return page(title, alert(error), *parts, status=status_of(error), headers=headers, here=here, script=script)


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


def box(*parts: str, kind: str = "") -> str:
    """Set something apart; `kind` is `good` for what went well, `warn` for what wants care."""
    return f'<div class="box {kind}" role="status">{"".join(parts)}</div>\n'


def heading(words: str, level: int = 2) -> str:
    return f"<h{level}>{escape(words)}</h{level}>\n"


def hint(words: str) -> str:
    return f'<p class="hint">{escape(words)}</p>\n'


def rows(items: Iterable[str]) -> str:
    """Return a list of ready parts, a line between them."""
    return f'<ul class="rows">\n{"".join(f"<li>{item}</li>" for item in items)}</ul>\n'


def unfolding(summary: str, *parts: str) -> str:
    """Ask for a second step before something that cannot be undone, without a script."""
    return f"<details><summary>{escape(summary)}</summary>\n{''.join(parts)}</details>\n"


def either() -> str:
    return '<p class="or">or</p>\n'


def paragraph(*ready: str) -> str:
    return f"<p>{' '.join(ready)}</p>\n"


def link(address: str, words: str) -> str:
    return f'<a href="{escape(address)}">{escape(words)}</a>'


def command(words: str) -> str:
    return f"<pre><code>{escape(words)}</code></pre>\n"


def time(at: dt.datetime) -> str:
    shown = at.astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M UTC")
    return f'<time datetime="{iso(at)}">{shown}</time>'


class Kind(StrEnum):
    """How much a button stands out, as its class in the style sheet."""

    PRIMARY = "primary"
    SECONDARY = "secondary"
    DANGER = "danger"


def form(
    action: str, button: str, *parts: str, hidden: Mapping[str, str] | None = None, kind: Kind = Kind.PRIMARY
) -> str:
    kept = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">\n'
        for name, value in (hidden or {}).items()
    )
    return (
        f'<form method="post" action="{escape(action)}">\n{kept}{"".join(parts)}'
        f'<button class="{kind}">{escape(button)}</button>\n</form>\n'
    )


def button_link(address: str, words: str, kind: Kind = Kind.SECONDARY) -> str:
    """Return a link that looks like a button: it leads somewhere and changes nothing."""
    return f'<a class="button {kind}" href="{escape(address)}">{escape(words)}</a>\n'


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


def tick(name: str, label: str) -> str:
    """Return a box to tick; ticked, it sends `true`."""
    return f'<label class="tick"><input type="checkbox" name="{name}" value="true">{escape(label)}</label>\n'


def options_of(options: Mapping[str, str], chosen: str | None = None) -> str:
    """Return the options of a select; `options` maps what is sent to what is read."""
    return "".join(
        f'<option value="{escape(sent)}"{" selected" * (sent == chosen)}>{escape(read)}</option>'
        for sent, read in options.items()
    )


def choice(name: str, label: str, options: Mapping[str, str], chosen: str | None = None) -> str:
    """Return a labelled select, with what is `chosen` already."""
    listed = options_of(options, chosen)
    return f'<label for="{name}">{escape(label)}</label>\n<select id="{name}" name="{name}">{listed}</select>\n'
