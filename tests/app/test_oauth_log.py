"""What must not be written down."""

import logging

import pytest

from relay.kernel.log import JsonFormatter
from relay.kernel.settings import Secret
from tests.fakes.clock import FakeClock
from tests.oauth import DEVICE, a_program, allow, decide
from tests.people import MakeClient, a_relay, an_owner, bearer


@pytest.mark.proves("auth.R24")
async def test_no_state_code_or_token_is_in_any_line_of_the_log(
    database_url: Secret, aiohttp_client: MakeClient, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    client = await a_relay(aiohttp_client, database_url, clock)
    owner = await an_owner(client)
    program = await a_program(client, token_endpoint_auth_method="client_secret_post")
    told = await allow(owner, program.request(state="secret-state"))
    tokens = (await program.exchange(told["code"])).body
    renewed = (await program.refresh(tokens["refresh_token"])).body
    await program.refresh(renewed["refresh_token"])
    await program.refresh(tokens["refresh_token"])
    await program.exchange("hac_wrong")
    await decide(owner, program.request(state="secret-state", scope="nonsense"))
    await decide(owner, program.request(state="secret-state", redirect_uri="https://evil.example/cb"))
    device = await a_program(client, grant_types=[DEVICE], redirect_uris=[])
    codes = (await device.post("device")).body
    await device.post("token", grant_type=DEVICE, device_code=codes["device_code"])
    async with client.get("/api/v1/agents", headers=bearer(renewed["access_token"])) as response:
        assert response.status == 401
    # The test server writes an access log, which the relay itself turns off (`access_log=None`).
    ours = [record for record in caplog.records if record.name != "aiohttp.access"]
    log = "\n".join(JsonFormatter().format(record) for record in ours)
    secrets = {
        "secret-state",
        told["code"],
        program.secret or "",
        program.pkce.verifier,
        codes["device_code"],
        codes["user_code"],
        *(t[kind] for t in (tokens, renewed) for kind in ("access_token", "refresh_token")),
    }
    assert "http_request" in log
    assert "grant_revoked" in log
    assert [secret for secret in secrets if secret in log] == []
