import datetime as dt
from uuid import UUID, uuid4

from auth.principal import CredentialKind, Principal
from auth.services.auth_cache import FRESH, SIZE, AuthCache, Revocation
from relay.domain.ids import AccountId, DeviceId, OrgId

NOW = dt.datetime(2026, 3, 4, 12, tzinfo=dt.UTC)


def a_principal(*, credential: UUID | None = None, device: UUID | None = None) -> Principal:
    return Principal(
        org_id=OrgId(uuid4()),
        account_id=AccountId(uuid4()),
        owner_id=AccountId(uuid4()),
        scopes=frozenset(),
        credential_id=credential or uuid4(),
        device_id=DeviceId(device) if device else None,
        kind=CredentialKind.SESSION,
    )


def put(cache: AuthCache, digest: bytes, principal: Principal, *, ends_at: dt.datetime | None = None) -> None:
    cache.put(digest, principal, now=NOW, ends_at=ends_at, epoch=cache.epoch)


def test_a_verified_credential_is_remembered_for_half_a_minute() -> None:
    cache, principal = AuthCache(), a_principal()
    put(cache, b"d", principal)
    assert cache.get(b"d", NOW + FRESH - dt.timedelta(milliseconds=1)) is principal
    assert cache.get(b"d", NOW + FRESH) is None
    assert len(cache) == 0


def test_a_credential_is_not_remembered_past_its_end() -> None:
    cache = AuthCache()
    put(cache, b"d", a_principal(), ends_at=NOW + dt.timedelta(seconds=3))
    assert cache.get(b"d", NOW + dt.timedelta(seconds=2))
    assert cache.get(b"d", NOW + dt.timedelta(seconds=3)) is None


def test_the_one_used_least_recently_makes_room() -> None:
    cache = AuthCache()
    for number in range(SIZE):
        put(cache, number.to_bytes(2), a_principal())
    assert cache.get((0).to_bytes(2), NOW)
    put(cache, b"new", a_principal())
    assert len(cache) == SIZE
    assert cache.get((0).to_bytes(2), NOW)
    assert cache.get((1).to_bytes(2), NOW) is None


def test_a_revocation_drops_what_it_covers_and_tells_the_listeners() -> None:
    cache, device, credential, told = AuthCache(), uuid4(), uuid4(), list[Revocation]()
    cache.on_revoked(told.append)
    put(cache, b"device", a_principal(device=device))
    put(cache, b"credential", a_principal(credential=credential))
    other = a_principal()
    put(cache, b"other", other)
    cache.revoked(Revocation(device_id=DeviceId(device)))
    cache.revoked(Revocation(credential_id=credential))
    assert [cache.get(digest, NOW) for digest in (b"device", b"credential", b"other")] == [None, None, other]
    assert len(told) == 2


def test_a_revocation_of_an_account_covers_all_its_credentials() -> None:
    principal = a_principal()
    assert Revocation(account_id=principal.owner_id).covers(principal)
    assert not Revocation(account_id=principal.account_id).covers(principal)
    assert not Revocation(account_id=AccountId(uuid4())).covers(principal)
    assert not Revocation().covers(principal)


def test_a_look_up_that_a_revocation_overtook_is_not_remembered() -> None:
    cache, principal = AuthCache(), a_principal()
    before = cache.epoch
    cache.revoked(Revocation(credential_id=principal.credential_id))
    cache.put(b"d", principal, now=NOW, ends_at=None, epoch=before)
    assert cache.get(b"d", NOW) is None


def test_forgetting_tells_nobody() -> None:
    cache, told = AuthCache(), list[Revocation]()
    cache.on_revoked(told.append)
    principal = a_principal()
    put(cache, b"d", principal)
    cache.forget(Revocation(credential_id=principal.credential_id))
    assert cache.get(b"d", NOW) is None
    assert told == []
