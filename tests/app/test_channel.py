"""What several devices of one account see of its log, when the news of an entry is late or lost."""

import pytest

from relay.domain.log_entry import EntryType
from relay.services.keys import CLOCK, JOURNAL_STORE
from tests.app.conftest import Relay


@pytest.mark.proves("fault.hints_lost")
async def test_a_device_that_joins_does_not_make_another_miss_an_entry(relay: Relay) -> None:
    """The second device reads the log's head while the first was not yet told of the newest entry."""
    phone = await relay.device("phone")
    at = relay.app[CLOCK].now()
    seq = await relay.app[JOURNAL_STORE].note(
        relay.account_id, EntryType.AGENT_CREATED, relay.account_id, actor=None, device=None, digest=None, at=at
    )
    await relay.device("laptop")
    await phone.next("event", seq=seq)
