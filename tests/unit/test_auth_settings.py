import pytest

from auth.settings import AuthSettings


@pytest.mark.parametrize(
    ("public_url", "origin", "cookie", "secure"),
    [
        ("https://relay.example.org", "https://relay.example.org", "__Host-sid", True),
        ("https://Relay.Example.org:443/", "https://relay.example.org", "__Host-sid", True),
        ("https://relay.example.org:8443", "https://relay.example.org:8443", "__Host-sid", True),
        ("http://localhost:8000", "http://localhost:8000", "hitl_sid", False),
        ("http://192.0.2.7:80", "http://192.0.2.7", "hitl_sid", False),
        ("http://[2001:db8::1]:8000", "http://[2001:db8::1]:8000", "hitl_sid", False),
    ],
)
def test_origin_and_cookie_follow_from_the_public_url(public_url: str, origin: str, cookie: str, secure: bool) -> None:
    settings = AuthSettings(public_url=public_url)
    assert (settings.origin, settings.cookie, settings.secure) == (origin, cookie, secure)
