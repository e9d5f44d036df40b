import pytest

from auth.mail import Smtp


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("smtp://mail.example.org", (False, "mail.example.org", 587, None, None)),
        ("smtps://mail.example.org", (True, "mail.example.org", 465, None, None)),
        ("smtp://a%40b:p%3Aw@[::1]:25/", (False, "::1", 25, "a@b", "p:w")),
    ],
)
def test_the_address_of_a_mail_server(url: str, found: tuple[object, ...]) -> None:
    smtp = Smtp.parse(url)
    assert (smtp.tls, smtp.host, smtp.port, smtp.user, smtp.password) == found
    assert "p:w" not in repr(smtp)


@pytest.mark.parametrize("url", ["mail.example.org", "http://mail.example.org", "smtp://", "smtp://a:x", "smtp://a/b"])
def test_what_is_no_mail_server_is_said_to_be_none(url: str) -> None:
    with pytest.raises(ValueError, match=r"smtp://user|Port"):
        Smtp.parse(url)
