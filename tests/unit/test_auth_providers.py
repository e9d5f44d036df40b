import json

import pytest

from auth.providers import providers

GOOD = {"name": "acme", "issuer": "https://id.example.org", "client_id": "relay", "client_secret": "hush-hush"}


def test_a_list_of_providers() -> None:
    (provider,) = providers(json.dumps([GOOD]))
    assert (provider.name, provider.words, provider.scope) == ("acme", "Acme", "openid email profile")
    assert "hush-hush" not in repr(provider)


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"name": "A b"}, "0.name"),
        ({"issuer": "id.example.org"}, "0.issuer"),
        ({"issuer": None}, "0.issuer"),
        ({"client_id": ""}, "0.client_id"),
        ({"client_secret": 7}, "0.client_secret"),
        ({"scope": "email"}, "0.scope"),
        ({"secret": "hush-hush"}, "0.secret"),
    ],
)
def test_what_is_wrong_is_named_and_no_secret_shown(over: dict[str, object], field: str) -> None:
    with pytest.raises(ValueError, match=field) as caught:
        providers(json.dumps([GOOD | over]))
    assert "hush-hush" not in str(caught.value)


@pytest.mark.parametrize("raw", ["", "{}", "google", "[1]", json.dumps([GOOD, GOOD])])
def test_what_is_no_list_of_providers_is_refused(raw: str) -> None:
    with pytest.raises(ValueError, match=r"list|0|same name"):
        providers(raw)
