import json

import pytest

from auth.upstream.providers import oauth_providers, oidc_providers, together

GOOD = {"name": "acme", "issuer": "https://id.example.org", "client_id": "relay", "client_secret": "hush-hush"}


def test_a_list_of_providers() -> None:
    (provider,) = oidc_providers(json.dumps([GOOD]))
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
        oidc_providers(json.dumps([GOOD | over]))
    assert "hush-hush" not in str(caught.value)


@pytest.mark.parametrize("raw", ["", "{}", "google", "[1]", json.dumps([GOOD, GOOD])])
def test_what_is_no_list_of_providers_is_refused(raw: str) -> None:
    with pytest.raises(ValueError, match=r"list|0|same name"):
        oidc_providers(raw)


HUB = {
    "name": "github",
    "client_id": "relay",
    "client_secret": "hush-hush",
    "authorize_url": "https://github.example/login/oauth/authorize",
    "token_url": "https://github.example/login/oauth/access_token",
    "userinfo_url": "https://api.github.example/user",
}


def test_a_list_of_providers_without_openid() -> None:
    (provider,) = oauth_providers(json.dumps([HUB]))
    assert (provider.words, provider.subject, provider.pkce) == ("Github", "id", True)
    assert "hush-hush" not in repr(provider)


@pytest.mark.proves("auth.upstream_oauth2")
@pytest.mark.parametrize("subject", ["login", "email", "data.username", "preferred_username", "Name"])
def test_a_provider_cannot_be_told_to_identify_people_by_what_changes_hands(subject: str) -> None:
    with pytest.raises(ValueError, match=r"0\.subject: must be an id that never belongs to somebody else"):
        oauth_providers(json.dumps([HUB | {"subject": subject}]))


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"token_url": None}, "0.token_url"),
        ({"token_url": "github.example"}, "0.token_url"),
        ({"userinfo_url": "https://api.github.example/user#id"}, "0.userinfo_url"),
        ({"subject": "a..b"}, "0.subject"),
        ({"pkce": "maybe"}, "0.pkce"),
        ({"client_auth": "private_key_jwt"}, "0.client_auth"),
        ({"secret": "hush-hush"}, "0.secret"),
    ],
)
def test_what_is_wrong_with_one_without_openid_is_named_too(over: dict[str, object], field: str) -> None:
    with pytest.raises(ValueError, match=field) as caught:
        oauth_providers(json.dumps([HUB | over]))
    assert "hush-hush" not in str(caught.value)


@pytest.mark.proves("auth.upstream_oauth2")
def test_the_ids_of_two_kinds_of_provider_are_never_the_same() -> None:
    (hub,) = oauth_providers(json.dumps([HUB]))
    (other,) = oauth_providers(json.dumps([HUB | {"subject": "node_id"}]))
    assert len({hub.identifies, other.identifies}) == 2
    for identifies in (hub.identifies, other.identifies):
        with pytest.raises(ValueError, match=r"0\.issuer"):
            oidc_providers(json.dumps([GOOD | {"issuer": identifies}]))


def test_two_providers_of_different_kinds_cannot_have_one_name() -> None:
    named = {"name": "same"}
    with pytest.raises(ValueError, match="same name"):
        together(oidc_providers(json.dumps([GOOD | named])), oauth_providers(json.dumps([HUB | named])))
