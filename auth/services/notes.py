"""What a caller did, written into their log."""

from uuid import UUID

from auth.principal import Principal
from relay.domain.ids import AccountId, OrgId
from relay.domain.log_entry import EntryType
from relay.services.journal import Journal


class Notes:
    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    async def by(self, principal: Principal, type: EntryType, subject: UUID, *, org: OrgId | None = None) -> None:
        """Note it in the caller's log, and so in the audit of `org`: the one the caller acts in, if not another."""
        await self._journal.note(
            principal.account_id,
            type,
            subject,
            actor=principal.account_id,
            device=principal.device_id,
            org=org or principal.org_id,
        )

    async def tell(self, account: AccountId, type: EntryType, subject: UUID, by: Principal) -> None:
        """Let the devices of somebody else know what befell them. The audit has it from who did it, once."""
        if account != by.account_id:
            await self._journal.note(account, type, subject, actor=by.account_id)
