import os

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from push.rfc8291 import CURVE, MAX_PLAIN, BadKeys, Ephemeral, encrypt
from push.vapid import base64url, from_base64url
from tests.emulators.browser import Browser

# RFC 8291 section 5.
PLAIN = b"When I grow up, I want to be a watermelon"
SENDER = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
RECEIVER = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
AUTH = "BTBZMqHH6r4Tts7J_aSIgg"
SALT = "DGv6ra1nlYgDCS1FRnbzlw"
BODY = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl"
    "7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)


@pytest.mark.proves("push.encrypted")
def test_the_example_of_the_rfc_comes_out_byte_for_byte() -> None:
    private = ec.derive_private_key(int.from_bytes(from_base64url(SENDER)), CURVE)
    by = Ephemeral(private, from_base64url(SALT))
    body = encrypt(PLAIN, p256dh=from_base64url(RECEIVER), auth=from_base64url(AUTH), by=by)
    assert base64url(body) == BODY


@pytest.mark.proves("push.encrypted")
@given(plain=st.binary(min_size=1, max_size=MAX_PLAIN), pad_to=st.integers(0, MAX_PLAIN))
def test_the_browser_reads_what_was_sent_whatever_its_length(plain: bytes, pad_to: int) -> None:
    browser = Browser()
    body = encrypt(plain, p256dh=browser.p256dh, auth=browser.auth, by=Ephemeral.fresh(os.urandom), pad_to=pad_to)
    assert browser.open(body) == plain
    assert len(body) == max(len(plain), pad_to) + 103 <= 4096


def test_nobody_else_reads_it() -> None:
    browser, other = Browser(), Browser()
    body = encrypt(PLAIN, p256dh=browser.p256dh, auth=browser.auth, by=Ephemeral.fresh(os.urandom))
    with pytest.raises(InvalidTag):
        other.open(body)


def test_every_push_is_sealed_afresh() -> None:
    browser = Browser()
    bodies = {
        encrypt(PLAIN, p256dh=browser.p256dh, auth=browser.auth, by=Ephemeral.fresh(os.urandom)) for _ in range(2)
    }
    assert len(bodies) == 2


def test_what_does_not_fit_is_refused() -> None:
    browser = Browser()
    with pytest.raises(ValueError, match="3993 bytes"):
        encrypt(bytes(MAX_PLAIN + 1), p256dh=browser.p256dh, auth=browser.auth, by=Ephemeral.fresh(os.urandom))


@pytest.mark.parametrize("key", [b"", bytes(65), b"\x04" + bytes(64), b"\x05" * 65])
def test_keys_that_are_no_keys_are_refused(key: bytes) -> None:
    with pytest.raises(BadKeys):
        encrypt(PLAIN, p256dh=key, auth=bytes(16), by=Ephemeral.fresh(os.urandom))
