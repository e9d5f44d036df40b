"""What the how-to tells people to set is taken as it stands."""

import re

import pytest

from hitl_relay.settings import Settings
from relay.kernel.settings import read_settings
from tests.docs.pages import ROOT
from tests.emulators.github import ISSUER

PAGE = (ROOT / "docs/howto/sign-in-with-a-provider.md").read_text(encoding="utf-8")
TOLD = re.findall(r"^(HITL_\w+)='(.+?)'$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.proves("docs.complete")
@pytest.mark.parametrize(("name", "value"), TOLD, ids=["github", "google", "keycloak"])
def test_every_provider_on_the_page_is_taken(name: str, value: str) -> None:
    settings = read_settings(Settings, {name: value})
    assert [provider.words for provider in (*settings.oidc, *settings.oauth2)] != []


@pytest.mark.proves("docs.complete")
def test_githubs_entry_is_what_the_emulator_was_tried_with() -> None:
    (hub,) = read_settings(Settings, dict(TOLD[:1])).oauth2
    assert (hub.subject, hub.pkce, hub.issuer, hub.prompt) == ("id", True, ISSUER, "select_account")
    assert hub.identifies == "https://api.github.com/user#id"


@pytest.mark.proves("docs.complete")
def test_every_field_of_a_provider_is_explained() -> None:
    explained = set(re.findall(r"`(\w+)`", PAGE))
    (hub,) = read_settings(Settings, dict(TOLD[:1])).oauth2
    (google,) = read_settings(Settings, dict(TOLD[1:2])).oidc
    assert {*type(hub).model_fields, *type(google).model_fields} <= explained
