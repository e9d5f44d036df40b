"""Where the relay is, who we are, and what is kept on disk."""

import json
import stat
from pathlib import Path

import pytest

from hitl_cli.config import Login, agent_endpoint, forget_login, load_login, login_path, save_login, server_url
from hitl_cli.errors import HitlError

LOGIN = Login(server_url="http://stored:1", token="hses_secret", device_id="d1", api_key="mcp_pk_stored")


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    return {"XDG_CONFIG_HOME": str(tmp_path)}


def test_a_login_is_kept_for_its_owner_only(env: dict[str, str]) -> None:
    path = save_login(LOGIN, env)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert load_login(env) == LOGIN
    assert [p.name for p in path.parent.iterdir()] == ["device.json"]


def test_a_login_of_another_version_is_read(env: dict[str, str]) -> None:
    path = save_login(LOGIN, env)
    path.write_text(json.dumps({**json.loads(path.read_text()), "from_the_future": 1}))
    assert load_login(env) == LOGIN


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"token": 1}'])
def test_a_broken_file_is_a_clear_error(env: dict[str, str], content: str) -> None:
    save_login(LOGIN, env).write_text(content)
    with pytest.raises(HitlError, match="sign in again"):
        load_login(env)


def test_nobody_signed_in_is_no_error(env: dict[str, str]) -> None:
    assert load_login(env) is None
    forget_login(env)


def test_a_relative_config_home_is_ignored() -> None:
    assert login_path({"XDG_CONFIG_HOME": "here"}) == Path.home() / ".config" / "hitl-cli" / "device.json"


def test_the_argument_beats_the_environment_beats_the_login_beats_the_default(env: dict[str, str]) -> None:
    assert server_url("http://given/", {"HITL_SERVER_URL": "http://env"}, LOGIN) == "http://given"
    assert server_url(None, {"HITL_SERVER_URL": "http://env"}, LOGIN) == "http://env"
    assert server_url(None, {}, LOGIN) == "http://stored:1"
    assert server_url(None, {}) == "http://localhost:8000"


def test_the_stored_key_asks_the_relay_it_came_from_and_no_other(env: dict[str, str]) -> None:
    save_login(LOGIN, env)
    assert agent_endpoint(env=env).credential == "mcp_pk_stored"
    assert agent_endpoint("http://elsewhere", env=env).credential is None
    assert agent_endpoint(env={**env, "HITL_API_KEY": "mcp_pk_env\n"}).credential == "mcp_pk_env"
    assert agent_endpoint(None, "mcp_pk_given", {**env, "HITL_API_KEY": "mcp_pk_env"}).credential == "mcp_pk_given"


def test_no_secret_is_printed() -> None:
    printed = f"{LOGIN!r} {agent_endpoint('http://x', 'mcp_pk_given', {})!r}"
    assert "secret" not in printed
    assert "mcp_pk" not in printed
