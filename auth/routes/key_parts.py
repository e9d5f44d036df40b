"""API keys as pages show them: one by one, with what can be done to each, and once in full."""

from collections.abc import Mapping
from html import escape
from typing import Final

from aiohttp import web

from auth.entities import ApiKey, KeyKind
from auth.html import Kind, box, button_link, command, field, form, options_of, page, paragraph, rows, time, unfolding
from auth.keys import AUTH_SETTINGS
from auth.next_path import HOME
from auth.services.api_keys import NewKey

LIVES: Final = {"90": "in 90 days", "365": "in a year", "30": "in 30 days", "": "never"}


def key_form(hidden: Mapping[str, str]) -> str:
    agent = field(
        "agent_name",
        "Agent",
        hint="Who will ask: a name of yours for the program. A new name makes a new agent.",
        required="",
        maxlength="80",
        autocomplete="off",
    )
    return form("/owner/keys", "Make a key", agent, *_note_and_life("key"), hidden=hidden)


def token_form(hidden: Mapping[str, str]) -> str:
    parts = _note_and_life("token")
    return form("/owner/tokens", "Make a token", *parts, hidden=hidden, kind=Kind.SECONDARY)


def _note_and_life(what: str) -> tuple[str, str]:
    # One page has both forms, and an id must be unique: what wraps its input needs none.
    where = '<input type="text" name="description" value="" maxlength="200" autocomplete="off">'
    return (
        f"<label>Note (optional): where you will put the {what} {where}</label>\n",
        f'<label>The {what} ends <select name="expires_in_days">{options_of(LIVES)}</select></label>\n',
    )


def key_rows(keys: list[ApiKey], hidden: Mapping[str, str]) -> str:
    if not keys:
        return paragraph("None works at the moment.")
    return rows(_key(key, hidden) for key in keys)


def _key(key: ApiKey, hidden: Mapping[str, str]) -> str:
    mask = f"{key.prefix}…{key.last4}"
    note = f" {escape(key.description)}" if key.description else ""
    facts = [f"Made {time(key.created_at)}", _use(key)]
    facts.append(f"ends {time(key.ends_at)}" if key.ends_at else "does not end")
    may = f"May: {', '.join(sorted(key.scopes))}."
    shown = paragraph(f"<code>{escape(mask)}</code>{note}", "<br>", f"{', '.join(facts)}.", "<br>", may)
    rotate = "" if key.grace_until else _rotate_form(key, mask, hidden)
    revoke = form(f"/owner/keys/{key.id}/revoke", f"Revoke {mask} now", hidden=hidden, kind=Kind.DANGER)
    stops = paragraph("Programs that use this key stop working at once.")
    return shown + rotate + unfolding(f"Revoke {mask}", stops, revoke)


def _use(key: ApiKey) -> str:
    if key.last_used_at is None:
        return "not used yet"
    place = f" from {escape(key.last_used_from)}" if key.last_used_from else ""
    return f"last used {time(key.last_used_at)}{place}"


def _rotate_form(key: ApiKey, mask: str, hidden: Mapping[str, str]) -> str:
    graces = {"24": "for a day", "0": "not at all", "1": "for an hour", "168": "for a week"}
    select = f'<label>The old key works on <select name="grace_hours">{options_of(graces)}</select></label>\n'
    successor = form(f"/owner/keys/{key.id}/rotate", f"Make the successor of {mask}", select, hidden=hidden)
    return unfolding(f"Replace {mask}", successor)


def new_key_page(request: web.Request, new: NewKey) -> web.Response:
    return page(
        "Your new key" if new.key.kind is KeyKind.AGENT else "Your new token",
        box(paragraph("<strong>Copy it now: it is not shown again.</strong>"), command(new.secret), kind="warn"),
        paragraph("Try it:"),
        command(_trial(request.app[AUTH_SETTINGS].public_url, new)),
        button_link(HOME, "Back to your relay"),
        status=201,
        here=HOME,
    )


def _trial(relay: str, new: NewKey) -> str:
    credential = f"-H 'Authorization: Bearer {new.secret}'"
    if new.key.kind is KeyKind.ORG:
        return f"curl {relay}/api/v1/auth/whoami {credential}"
    question = """-H 'Content-Type: application/json' -d '{"prompt": "Is this thing on?", "choices": ["Yes", "No"]}'"""
    return f"curl -X POST {relay}/api/v1/hitl/request {credential} {question}"
