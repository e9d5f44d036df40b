"""What the relay writes to people."""

from auth.entities import Account
from auth.mail import Letter

SIGNATURE = "\n\n-- \nYour relay, {url}\n"


def sign_in_letter(to: str, *, url: str, code: str, link: str) -> Letter:
    return Letter(
        to,
        f"Your sign-in code for {_host(url)}",
        f"Somebody, probably you, wants to sign in to {url} with this e-mail address.\n\n"
        f"The code, for the browser that asked for it:\n\n    {code}\n\n"
        f"Or open this link there and press the button:\n\n    {link}\n\n"
        "Both work once, within ten minutes, and in that browser only. If it was not you, do nothing: nobody gets in "
        "without the code. Never tell it to anybody." + SIGNATURE.format(url=url),
    )


def notice(account: Account, what: str, *, url: str) -> Letter:
    """Tell the owner of an account what changed in it (ASVS 6.3.7)."""
    return Letter(
        account.email,
        f"{what} ({_host(url)})",
        f"Hello {account.name},\n\n{what}.\n\nIf it was you, all is well. If it was not: open {url}/account, sign out "
        "everywhere else and choose another password; or tell whoever runs the relay." + SIGNATURE.format(url=url),
    )


def _host(url: str) -> str:
    return url.partition("://")[2]


def sign_up_letter(to: str, *, url: str, code: str) -> Letter:
    return Letter(
        to,
        f"Your new account at {_host(url)}",
        f"Somebody, probably you, wants an account at {url} with this e-mail address.\n\n"
        f"The code, for the browser that asked for it:\n\n    {code}\n\n"
        "It works once, within ten minutes. If it was not you, do nothing." + SIGNATURE.format(url=url),
    )


def known_address_letter(to: str, *, url: str, code: str) -> Letter:  # noqa: ARG001 - as sign_up_letter
    return Letter(
        to,
        f"You have an account at {_host(url)}",
        f"Somebody, probably you, wanted a new account at {url} with this e-mail address. There is one already: "
        f"sign in at {url}/sign-in. If it was not you, do nothing." + SIGNATURE.format(url=url),
    )
