"""Access tokens: ours and nobody else's, for as long as the consent holds, by keys that change."""

import base64
import datetime as dt
import hmac
import json
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from auth.keys import AUTH_CACHE, GRANTS, SIGNING_KEYS
from auth.oauth.signing_keys import KeyState, new_key, opened
from auth.services.auth_cache import Revocation
from relay.kernel.settings import Secret
from relay.services.keys import DATABASE
from tests.fakes.clock import FakeClock
from tests.oauth import BASE, a_program, allow, claims_of
from tests.people import JSON, Client, MakeClient, Person, a_relay, an_owner, bearer, sign_in

HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)


@pytest.fixture
async def client(database_url: Secret, aiohttp_client: MakeClient, clock: FakeClock) -> Client:
    return await a_relay(aiohttp_client, database_url, clock)


@pytest.fixture
async def owner(client: Client) -> Person:
    return await an_owner(client)


@pytest.fixture
async def token(client: Client, owner: Person) -> str:
    tokens = await (await a_program(client, grant_types=["authorization_code"])).connect(owner)
    return str(tokens["access_token"])


async def status_of(client: Client, token: str) -> int:
    async with client.get("/api/v1/agents", headers=bearer(token)) as response:
        return response.status


def signed(client: Client, claims: JSON, header: JSON | None = None) -> str:
    """Sign claims with the relay's own key."""
    signer = client.app[SIGNING_KEYS].signer()
    headers = {"kid": signer.kid, "typ": "at+jwt", **(header or {})}
    return jwt.encode(claims, signer.private, "ES256", headers)


@pytest.mark.proves("auth.R44")
async def test_a_token_that_lacks_or_bends_a_claim_is_refused(client: Client, token: str, clock: FakeClock) -> None:
    good = claims_of(token)
    assert await status_of(client, signed(client, good)) == 200
    now = int(clock.now().timestamp())
    for missing in ("iss", "aud", "sub", "client_id", "scope", "iat", "exp", "jti", "agent_id", "gid", "org"):
        assert await status_of(client, signed(client, {k: v for k, v in good.items() if k != missing})) == 401, missing
    for bent in (
        {"iss": "https://elsewhere.example"},
        {"iss": "http://localhost:8000/"},
        {"exp": now},
        {"exp": "soon"},
        {"exp": 10**400},
        {"exp": True},
        {"iat": now + 6},
        {"iat": None},
        {"gid": "nonsense"},
        {"gid": 7},
        {"gid": "00000000-0000-7000-8000-000000000000"},
        {"scope": 7},
    ):
        assert await status_of(client, signed(client, good | bent)) == 401, bent


@pytest.mark.proves("auth.R19")
async def test_a_token_for_another_audience_is_refused(client: Client, token: str) -> None:
    for audience in ("https://elsewhere.example", "http://localhost:8000/other", ["https://elsewhere.example"], ""):
        assert await status_of(client, signed(client, claims_of(token) | {"aud": audience})) == 401, audience


@pytest.mark.proves("auth.R44")
async def test_a_token_of_another_type_or_key_is_refused(client: Client, token: str) -> None:
    claims = claims_of(token)
    for header in ({"typ": "JWT"}, {"typ": None}, {"typ": "id+jwt"}, {"kid": "unknown"}, {"kid": ""}):
        assert await status_of(client, signed(client, claims, header)) == 401, header
    other = ec.generate_private_key(ec.SECP256R1())
    ours = client.app[SIGNING_KEYS].signer().kid
    assert await status_of(client, jwt.encode(claims, other, "ES256", {"kid": ours, "typ": "at+jwt"})) == 401


@pytest.mark.proves("auth.R44")
async def test_confusing_the_algorithm_leads_nowhere(client: Client, token: str) -> None:
    claims, kid = claims_of(token), client.app[SIGNING_KEYS].signer().kid
    header = {"kid": kid, "typ": "at+jwt"}
    none = jwt.encode(claims, None, "none", header)
    public = client.app[SIGNING_KEYS].signer().private.public_key()
    jwk = json.dumps(client.app[SIGNING_KEYS].key_set()[0])
    rsa_key = rsa.generate_private_key(65537, 2048)
    forged = [none, none + "x", jwt.encode(claims, rsa_key, "RS256", header)]
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    forged += [_hs256(claims, secret, header) for secret in (jwk.encode(), pem, pem.strip(), der)]
    for token_ in forged:
        assert await status_of(client, token_) == 401


def _hs256(claims: JSON, secret: bytes, header: JSON) -> str:
    """Sign as RFC 7515 A.1 does; PyJWT refuses to with a secret that looks like a public key."""
    parts = [json.dumps({"alg": "HS256", **header}).encode(), json.dumps(claims).encode()]
    text = b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in parts)
    signature = base64.urlsafe_b64encode(hmac.digest(secret, text, "sha256")).rstrip(b"=")
    return f"{text.decode()}.{signature.decode()}"


@pytest.mark.proves("auth.R44")
async def test_a_token_that_was_touched_is_refused(client: Client, token: str) -> None:
    head, body, signature = token.split(".")
    flipped = signature[:-2] + ("A" if signature[-2] != "A" else "B") + signature[-1]
    for spoilt in (
        f"{head}.{body}.{flipped}",
        f"{head}.{body}.",
        f"{head}.{body}",
        f"{head}..{signature}",
        f".{body}.{signature}",
        "..",
        "a.b.c",
        f"{head}.{body}.{signature}.x",
        token + "A" * 4096,
    ):
        assert await status_of(client, spoilt) == 401, spoilt
    assert await status_of(client, token) == 200


@pytest.mark.proves("auth.R45")
async def test_keys_that_a_token_brings_along_are_ignored(client: Client, token: str) -> None:
    mine = ec.generate_private_key(ec.SECP256R1())
    jwk = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(mine.public_key()))
    ours = client.app[SIGNING_KEYS].signer().kid
    for brought in ({"jwk": jwk}, {"jku": "https://evil.example/jwks"}, {"x5u": "https://evil.example/x"}, {"x5c": []}):
        for kid in (ours, "mine"):
            header: dict[str, Any] = {"kid": kid, "typ": "at+jwt", **brought}
            assert await status_of(client, jwt.encode(claims_of(token), mine, "ES256", header)) == 401, brought


@pytest.mark.proves("auth.R37")
async def test_a_human_sees_what_is_connected_and_ends_it(client: Client, owner: Person, token: str) -> None:
    assert await status_of(client, token) == 200
    (grant,) = await owner.get("/api/v1/oauth/grants")
    claims = claims_of(token)
    assert (grant["id"], grant["client_name"], grant["agent_id"]) == (claims["gid"], "Probe", claims["agent_id"])
    heard: list[Revocation] = []
    client.app[AUTH_CACHE].on_revoked(heard.append)
    await owner.delete(f"/api/v1/oauth/grants/{grant['id']}")
    assert [str(gone.credential_id) for gone in heard] == [grant["id"]]
    assert await status_of(client, token) == 401
    assert await owner.get("/api/v1/oauth/grants") == []
    await owner.delete(f"/api/v1/oauth/grants/{grant['id']}", expect=404)


@pytest.mark.proves("auth.R37")
async def test_a_program_is_disconnected_on_the_owner_s_page(client: Client, owner: Person, token: str) -> None:
    from tests.pages import fill

    action = f"/owner/grants/{claims_of(token)['gid']}/revoke"
    status, location, _ = await fill(owner, "/owner", action)
    assert (status, location) == (303, "/owner")
    assert await status_of(client, token) == 401


async def test_a_token_s_use_is_written_down(client: Client, owner: Person, token: str, clock: FakeClock) -> None:
    from auth.keys import USAGE

    await status_of(client, token)
    await client.app[USAGE].flush()
    (grant,) = await owner.get("/api/v1/oauth/grants")
    assert grant["last_used_at"] == "2026-03-04T12:00:00.000Z"


@pytest.mark.proves("auth.R47")
async def test_a_token_ends_with_its_account(client: Client, owner: Person, token: str) -> None:
    await client.app[DATABASE].execute("UPDATE account SET disabled_at = created_at")
    assert await status_of(client, token) == 401


@pytest.mark.proves("auth.deletion")
async def test_an_account_about_to_be_deleted_connects_nothing_until_it_is_kept(client: Client, owner: Person) -> None:
    program = await a_program(client)
    tokens = await program.connect(owner)
    code = (await allow(owner, program.request()))["code"]
    assert await status_of(client, tokens["access_token"]) == 200
    await owner.post("/api/v1/account/deletion", expect=202)
    assert await status_of(client, tokens["access_token"]) == 401
    for refused in (await program.refresh(tokens["refresh_token"]), await program.exchange(code)):
        assert (refused.status, refused.error) == (400, "invalid_grant")
    await (await sign_in(client)).delete("/api/v1/account/deletion")
    assert await status_of(client, tokens["access_token"]) == 200
    assert (await program.refresh(tokens["refresh_token"])).status == 200
    assert (await program.exchange(code)).status == 200


async def test_an_access_token_is_no_human(client: Client, token: str) -> None:
    for path in ("/api/v1/oauth/grants", "/api/v1/api-keys", "/api/v1/auth/me", "/owner"):
        async with client.get(path, headers=bearer(token)) as response:
            assert response.status == 403, path


async def test_the_operator_asks_about_a_token(client: Client, owner: Person, token: str, clock: FakeClock) -> None:
    async def about(token: str) -> JSON:
        form = {"token": token}
        async with client.post(f"{BASE}/introspect", data=form, headers=owner.bearer) as response:
            assert (response.status, response.headers["Cache-Control"]) == (200, "no-store")
            found: JSON = await response.json()
            return found

    found = await about(token)
    assert found == {"active": True, "token_type": "Bearer", "username": "Probe", **claims_of(token)}
    assert await about("nonsense") == {"active": False}
    clock.forward(12 * HOUR)
    assert await about(token) == {"active": False}


async def test_ended_grants_and_what_belongs_to_them_are_forgotten(
    client: Client, owner: Person, clock: FakeClock
) -> None:
    program = await a_program(client)
    tokens = await program.connect(owner)
    await allow(owner, program.request())
    grants, database = client.app[GRANTS], client.app[DATABASE]

    async def left() -> int:
        await grants.forget_ended()
        found: int = await database.value("SELECT count(*) FROM oauth_grant")
        return found

    assert await left() == 2
    clock.forward(HOUR + dt.timedelta(seconds=1))
    assert await left() == 1  # the consent no program came for
    assert (await program.post("revoke", token=tokens["refresh_token"])).status == 200
    clock.forward(30 * DAY)
    assert await left() == 1
    clock.forward(dt.timedelta(seconds=1))
    assert await left() == 0
    for table in ("oauth_code", "oauth_refresh_token"):
        assert await database.value(f"SELECT count(*) FROM {table}") == 0  # noqa: S608 - two names of ours


async def key_set(client: Client) -> list[str]:
    async with client.get("/.well-known/jwks.json") as response:
        return [key["kid"] for key in (await response.json())["keys"]]


@pytest.mark.proves("auth.R46")
async def test_after_a_rotation_old_tokens_verify_until_they_end(
    client: Client, token: str, clock: FakeClock, owner: Person
) -> None:
    keys = client.app[SIGNING_KEYS]
    old = keys.signer().kid
    new = await keys.rotate()
    assert await key_set(client) == [old, new]
    assert await status_of(client, token) == 200
    fresh = (await (await a_program(client, grant_types=["authorization_code"])).connect(owner))["access_token"]
    assert jwt.get_unverified_header(fresh)["kid"] == new
    clock.forward(12 * HOUR - dt.timedelta(seconds=1))
    assert await status_of(client, token) == 200
    clock.forward(HOUR + dt.timedelta(seconds=1))
    await keys.tend()
    assert await key_set(client) == [new]
    assert await client.app[DATABASE].value("SELECT count(*) FROM signing_key") == 1


@pytest.mark.proves("auth.R46")
async def test_keys_change_by_themselves_every_ninety_days_and_are_shown_a_day_before(
    client: Client, owner: Person, clock: FakeClock
) -> None:
    keys = client.app[SIGNING_KEYS]
    first = keys.signer().kid
    clock.forward(89 * DAY - HOUR)
    await keys.tend()
    assert await key_set(client) == [first]
    clock.forward(HOUR)
    await keys.tend()
    assert (len(await key_set(client)), keys.signer().kid) == (2, first)
    clock.forward(DAY)
    await keys.tend()
    second = keys.signer().kid
    assert second != first
    assert await key_set(client) == [first, second]
    clock.forward(13 * HOUR)
    await keys.tend()
    assert await key_set(client) == [second]


async def test_another_process_verifies_by_a_key_it_has_not_seen(
    client: Client, owner: Person, database_url: Secret, aiohttp_client: MakeClient, clock: FakeClock
) -> None:
    other = await a_relay(aiohttp_client, database_url, clock)
    assert other.app[SIGNING_KEYS].signer().kid == client.app[SIGNING_KEYS].signer().kid
    clock.forward(dt.timedelta(seconds=11))
    await client.app[SIGNING_KEYS].rotate()
    tokens = await (await a_program(client)).connect(owner)
    assert await status_of(other, tokens["access_token"]) == 200


async def test_a_lost_secret_costs_a_new_key_and_no_token(
    client: Client, token: str, database_url: Secret, aiohttp_client: MakeClient, clock: FakeClock
) -> None:
    other = await a_relay(aiohttp_client, database_url, clock, secret=Secret("another secret, of 32 characters"))
    assert other.app[SIGNING_KEYS].signer().kid != client.app[SIGNING_KEYS].signer().kid
    assert await status_of(other, token) == 200
    person = await sign_in(other)
    renewed = await (await a_program(other)).connect(person)
    assert await status_of(other, renewed["access_token"]) == 200


async def test_made_up_key_ids_do_not_make_the_relay_ask_the_database(client: Client, token: str) -> None:
    keys = client.app[SIGNING_KEYS]
    seen = keys._read_at
    for number in range(20):
        assert await keys.verifier(f"made-up-{number}") is None
    assert keys._read_at == seen


def test_a_key_opens_with_its_secret_only(clock: FakeClock) -> None:
    key = new_key("k", "one secret", KeyState.ACTIVE, clock.now())
    assert opened(key, "one secret") is not None
    assert opened(key, "another secret") is None
    assert b"ENCRYPTED" in key.sealed


@pytest.mark.proves("auth.R46")
async def test_a_key_that_is_shown_no_more_verifies_nothing_though_nobody_tended(
    client: Client, token: str, clock: FakeClock, owner: Person
) -> None:
    """Whoever stole an old key could still sign; what the relay itself signed with it has ended before."""
    keys = client.app[SIGNING_KEYS]
    stolen = keys.signer()
    await keys.rotate()

    def forged() -> str:
        now = int(clock.now().timestamp())
        claims = claims_of(token) | {"iat": now, "exp": now + 60}
        return jwt.encode(claims, stolen.private, "ES256", {"kid": stolen.kid, "typ": "at+jwt"})

    clock.forward(13 * HOUR - dt.timedelta(seconds=1))
    assert await status_of(client, forged()) == 200
    clock.forward(dt.timedelta(seconds=1))
    assert await status_of(client, forged()) == 401
