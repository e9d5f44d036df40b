"""What several devices of one account see of its log when the news of an entry is late or lost."""

import pytest

from mobile_api.keys import SOCKETS
from mobile_api.session import Close, CloseCode
from relay.domain.ids import OrgId
from relay.domain.log_entry import EntryType
from relay.domain.request import Deadline, State
from relay.kernel.loops import pause
from relay.services.ask import Asker
from relay.services.keys import AGENTS, ASK, CLOCK, DATABASE, JOURNAL_STORE, REQUESTS
from relay.store.requests import AskRow
from rest_api.hitl.wire import AskBody
from tests.app.conftest import Relay


@pytest.mark.proves("fault.hints_lost")
async def test_a_device_that_joins_does_not_make_another_miss_an_entry(relay: Relay) -> None:
    """The second device reads the log's head while the first was not yet told of the newest entry."""
    phone = await relay.device("phone")
    relay.client.session.cookie_jar.clear()  # another browser: a sign-in ends the session it came with
    laptop = await relay.silent_device("laptop")
    at, subject = relay.app[CLOCK].now(), relay.account_id
    entry = {"actor": None, "device": None, "digest": None, "at": at}
    seq = await relay.app[JOURNAL_STORE].note(relay.account_id, EntryType.AGENT_CREATED, subject, **entry)
    await laptop.hello()
    await phone.next("event", seq=seq)


@pytest.mark.proves("fault.postgres_killed")
async def test_a_question_whose_commit_nobody_heard_of_is_shown_when_it_is_asked_again(relay: Relay) -> None:
    """PostgreSQL commits and dies before it says so: the call fails, no device was told, the agent repeats it."""
    phone = await relay.device()
    row = await _row(relay, key="lost")
    await relay.app[REQUESTS].add(row)
    call = relay.agent.ask(idempotency_key="lost")
    card = (await phone.next("request.created"))["request"]
    assert card["id"] == str(row.request.id)
    await phone.answer(card["id"], "yes")
    assert (await (await call).json())["response"] == "yes"


async def _row(relay: Relay, *, key: str) -> AskRow:
    """Return what an ask of `relay.agent` would write."""
    now, service = relay.app[CLOCK].now(), relay.app[ASK]
    org: OrgId = await relay.app[DATABASE].value("SELECT org_id FROM agent")
    [agent] = await relay.app[AGENTS].of_org(org)
    question = AskBody(prompt="Deploy to production?").question(agent.name, key)
    asker = Asker(org, agent.account_id, agent.id)
    request = service._request(asker, question, now, Deadline.after(None, start=now), State.PENDING)
    return AskRow.of(request, idempotency_key=key)


@pytest.mark.proves("device.close_codes")
async def test_a_device_in_the_middle_of_speaking_reads_why_it_is_hung_up_on(relay: Relay) -> None:
    """Were the connection closed at once, what the device writes next would break it before it has read why."""
    phone = await relay.device()
    transport = phone.ws._writer.transport
    transport.pause_reading()
    relay.app[SOCKETS].close_all(Close(CloseCode.RESTARTING, "restarting"))
    for _ in range(3):
        await pause(0)  # a turn of the loop, in which the relay may close
        transport.write(b"\x89\x80\0\0\0\0")  # a masked, empty ping
    transport.resume_reading()
    assert await phone.closed() == CloseCode.RESTARTING
