"""What several devices of one account see of its log when the news of an entry is late or lost."""

import pytest

from relay.domain.log_entry import EntryType
from relay.services.keys import CLOCK, JOURNAL_STORE
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
