import base64
import hashlib
import re

import pytest

from auth.html import ALERT_ID, alert, choice, command, error_page, field, form, heading, link, page
from relay.domain.errors import InvalidInput, NotFound, TooManyRequests

EVIL = """"><script>alert('x')</script>&"""


@pytest.mark.proves("auth.R39")
@pytest.mark.parametrize(
    "html",
    [
        heading(EVIL),
        link(EVIL, EVIL),
        command(EVIL),
        form(EVIL, EVIL, hidden={"a": EVIL}),
        field("a", EVIL, value=EVIL, hint=EVIL, placeholder=EVIL),
        choice("a", EVIL, {EVIL: EVIL}),
        alert(InvalidInput(EVIL, f"/{EVIL}")),
    ],
)
def test_whatever_is_typed_stays_text(html: str) -> None:
    assert "<script" not in html
    assert '"><script' not in html
    assert "'x'" not in html


def test_the_policy_lets_through_this_page_s_style_and_nothing_else() -> None:
    response = page(EVIL)
    policy, text = response.headers["Content-Security-Policy"], response.text or ""
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)
    assert style
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'")
    assert "frame-ancestors 'none'" in policy
    assert "script" not in policy
    assert "<script" not in text


def test_a_wrong_field_is_marked_and_linked_from_the_alert() -> None:
    wrong = field("email", "E-mail", wrong=True, hint="yours")
    assert 'aria-invalid="true"' in wrong
    assert f'aria-describedby="email-hint {ALERT_ID}"' in wrong
    assert '<a href="#email">' in alert(InvalidInput("must be an e-mail address", "/email"))


def test_a_label_names_its_field() -> None:
    assert '<label for="email">E-mail</label>' in field("email", "E-mail")


def test_a_refusal_keeps_its_status() -> None:
    assert error_page(NotFound("no such key")).status == 404
    busy = error_page(TooManyRequests("later", 7))
    assert (busy.status, busy.headers["Retry-After"]) == (429, "7")
