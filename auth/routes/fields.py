"""Form fields that several pages share."""

from collections.abc import Mapping

from auth.html import field
from auth.passwords import LONGEST, SHORTEST
from relay.domain.errors import HitlError, InvalidInput


def email(typed: Mapping[str, str], wrong: str) -> str:
    return field(
        "email",
        "E-mail address",
        value=typed.get("email", ""),
        wrong=wrong == "email",
        type="email",
        autocomplete="username",
        required="",
        maxlength="254",
    )


def person_name(typed: Mapping[str, str], wrong: str) -> str:
    return field(
        "name",
        "Your name",
        value=typed.get("name", ""),
        hint="Agents are told who answered.",
        wrong=wrong == "name",
        autocomplete="name",
        required="",
        maxlength="80",
    )


def new_password(wrong: str, *, name: str = "password", label: str = "Password") -> str:
    return field(
        name,
        label,
        hint=f"At least {SHORTEST} characters. A long sentence is better than a short riddle.",
        wrong=wrong == name,
        type="password",
        autocomplete="new-password",
        required="",
        minlength=str(SHORTEST),
        maxlength=str(LONGEST),
    )


def current_password(wrong: str, *, label: str = "Password") -> str:
    return field(
        "password",
        label,
        wrong=wrong == "password",
        type="password",
        autocomplete="current-password",
        required="",
        maxlength=str(LONGEST),
    )


def field_of(error: HitlError) -> str:
    """Return the name of the field an error is about, if it is about one."""
    return error.pointer.lstrip("/") if isinstance(error, InvalidInput) else ""
