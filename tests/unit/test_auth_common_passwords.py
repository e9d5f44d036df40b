import pytest

from auth.common_passwords import is_common

ABOUT = ("ada.lovelace@example.org", "Ada Lovelace")


@pytest.mark.proves("auth.common_passwords")
@pytest.mark.parametrize(
    "password",
    [
        "password",
        "Password123!",
        "P4ssw0rd",
        "passwordpassword",
        "qwertyuiop",
        "poiuytrewq",
        "12345678",
        "9876543210",
        "abcdefgh",
        "aaaaaaaaaaaa",
        "abababababab",
        "iloveyou2",
        "Summer2026!",
        "letmein!!!",
        "HITL-Relay1",
        "AdaLovelace",
        "lovelace99",
        "ada.lovelace@example.org",
        "20261121",
        "!!!???...",
        "\uff50\uff41\uff53\uff53\uff57\uff4f\uff52\uff44",
    ],
)
def test_what_is_tried_first_is_refused(password: str) -> None:
    assert is_common(password, ABOUT)


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery staple",
        "a long sentence nobody guesses",
        "xK9#mQ2$vL",
        "Trollhättan-7-Elche",
        "密码密码不是这个哦",
    ],
)
def test_others_are_taken(password: str) -> None:
    assert not is_common(password, ABOUT)
