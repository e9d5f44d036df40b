import datetime as dt

import pytest

from relay.domain.ids import AccountId, AgentId, DeviceId, OrgId
from relay.domain.parties import AgentKey, DeviceKind
from relay.store.database import Database
from relay.store.parties import AgentStore, DeviceStore
from tests.builders import ACCOUNT, AGENT, NOON, ORG, a_device, an_agent, an_id

SECOND = dt.timedelta(seconds=1)
STRANGER = AccountId(an_id())


@pytest.fixture
def agents(database: Database) -> AgentStore:
    return AgentStore(database)


@pytest.fixture
def devices(database: Database) -> DeviceStore:
    return DeviceStore(database)


async def test_an_agent_is_found_by_id_and_by_name_in_its_organization_only(agents: AgentStore) -> None:
    agent = an_agent(name="Deployer")
    assert await agents.add(agent)
    assert await agents.by_id(ORG, agent.id) == await agents.by_name(ORG, "dePLOYER") == agent
    assert await agents.of_org(ORG) == [agent]
    elsewhere = OrgId(an_id())
    assert await agents.by_id(elsewhere, agent.id) is None
    assert await agents.by_name(elsewhere, agent.name) is None
    assert await agents.of_org(elsewhere) == []


async def test_a_name_is_taken_once_in_an_organization_however_it_is_written(agents: AgentStore) -> None:
    assert await agents.add(an_agent(name="deployer"))
    assert not await agents.add(an_agent(id=AgentId(an_id()), name="DEPLOYER"))
    assert await agents.add(an_agent(id=AgentId(an_id()), org_id=OrgId(an_id())))


async def test_a_public_key_registered_again_is_not_new(agents: AgentStore) -> None:
    await agents.add(an_agent())
    key = AgentKey(agent_id=AGENT, public_key=b"k" * 32, key_type="x25519", created_at=NOON)
    assert await agents.add_key(key)
    assert not await agents.add_key(key)
    assert await agents.keys(AGENT) == [key]


async def test_when_an_agent_was_last_seen_never_goes_back(agents: AgentStore) -> None:
    await agents.add(an_agent())
    for at in (NOON + SECOND, NOON):
        await agents.seen({AGENT: at, AgentId(an_id()): at})
    found = await agents.by_id(ORG, AGENT)
    assert found
    assert found.last_seen_at == NOON + SECOND


async def test_a_device_is_its_accounts_alone(devices: DeviceStore) -> None:
    device = a_device(kind=DeviceKind.TERMINAL, ed25519=b"e" * 32, x25519=b"x" * 32)
    await devices.add(device)
    assert await devices.by_id(ACCOUNT, device.id) == device
    assert await devices.of_account(ACCOUNT) == [device]
    assert await devices.by_id(STRANGER, device.id) is None
    assert await devices.of_account(STRANGER) == []
    assert await devices.rename(STRANGER, device.id, "mine") is None
    assert await devices.revoke(STRANGER, device.id, NOON) is None
    assert await devices.by_id(ACCOUNT, device.id) == device


async def test_a_device_is_renamed(devices: DeviceStore) -> None:
    device = a_device()
    await devices.add(device)
    renamed = await devices.rename(ACCOUNT, device.id, "old phone")
    assert renamed
    assert renamed.name == "old phone"
    assert await devices.by_id(ACCOUNT, device.id) == renamed


async def test_a_revoked_device_is_gone_and_is_revoked_once(devices: DeviceStore) -> None:
    device = a_device()
    await devices.add(device)
    revoked = await devices.revoke(ACCOUNT, device.id, NOON)
    assert revoked
    assert revoked.revoked_at == NOON
    assert await devices.revoke(ACCOUNT, device.id, NOON) is None
    assert await devices.rename(ACCOUNT, device.id, "again") is None
    assert await devices.by_id(ACCOUNT, device.id) is None
    assert await devices.of_account(ACCOUNT) == []


async def test_when_a_device_was_last_seen_never_goes_back(devices: DeviceStore) -> None:
    device = a_device()
    await devices.add(device)
    for at in (NOON + SECOND, NOON):
        await devices.seen({device.id: at, DeviceId(an_id()): at})
    found = await devices.by_id(ACCOUNT, device.id)
    assert found
    assert found.last_seen_at == NOON + SECOND
