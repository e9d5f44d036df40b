"""What ended: one credential, or all of a device, an agent or an account."""

from collections.abc import Hashable
from dataclasses import dataclass
from uuid import UUID

from auth.principal import Principal
from relay.domain.ids import AccountId, AgentId, DeviceId, OrgId


@dataclass(frozen=True, slots=True, kw_only=True)
class Revocation:
    """One of these; `org_id` goes with an account, and means its membership there.

    What ends with an account, or a membership, are the credentials it owns, not the agents that ask it.
    """

    credential_id: UUID | None = None
    device_id: DeviceId | None = None
    agent_id: AgentId | None = None
    account_id: AccountId | None = None
    org_id: OrgId | None = None

    @property
    def whose(self) -> Hashable:
        """Return what covers a principal when it is in `covering(principal)`."""
        if self.account_id is not None and self.org_id is not None:
            return (self.account_id, self.org_id)
        return self.credential_id or self.device_id or self.agent_id or self.account_id

    def covers(self, principal: Principal) -> bool:
        return self.whose is not None and self.whose in covering(principal)


def covering(principal: Principal) -> tuple[Hashable, ...]:
    """Return everything whose end is this principal's end."""
    return (
        principal.credential_id,
        principal.device_id,
        principal.agent_id,
        principal.owner_id,
        (principal.owner_id, principal.org_id),
    )
