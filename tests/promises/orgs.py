"""Organizations: who is in them, what they may do there, and what is seen of it."""

from tests.promises.requirement import Requirement

PROMISES = {
    "org.personal": Requirement(
        source="issue 3.4: personal org for each account", says="every account has an organization it cannot lose"
    ),
    "org.roles": Requirement(
        source="issue 3.4: roles owner / admin / operator", says="each role may do what the one table says, no more"
    ),
    "org.last_owner": Requirement(
        source="issue 3.4", says="the last owner cannot leave, be removed or be demoted, whatever happens at once"
    ),
    "org.active": Requirement(
        source="issue 3.4: switch of active org; seed 000: Organizations",
        says="agents, keys and lists are those of the organization the session is in",
    ),
    "org.devices": Requirement(
        source="decisions: a device is its human's", says="a device hears of all its human's organizations"
    ),
    "org.removal": Requirement(
        source="issue 3.4; auth research R47",
        says="with a membership end its keys, its open questions and all sight of the organization",
    ),
    "org.invites": Requirement(
        source="issue 3.4: invites (link + code, single use, scanner-safe)",
        says="an invitation is spent by accepting it, once, within seven days, and by nothing else",
    ),
    "org.agents": Requirement(
        source="issue 3.4: agents per org", says="agents are renamed, paused, archived, reassigned and deleted"
    ),
    "org.audit": Requirement(
        source="issue 3.4: audit log page and export; auth research R79",
        says="what concerns an organization is found by it, also after a member has left, without a word in it",
    ),
    "org.tokens": Requirement(
        source="issue 3.2; seed 001: htk_ tokens",
        says="an organization's token opens what is for programs' tasks only",
    ),
    "keys.scopes": Requirement(
        source="issue 3.2", says="a key does what it was made for, never more than its kind and maker may"
    ),
    "auth.R72": Requirement(source="auth research R72", says="no list, stream or socket shows another organization's"),
    "auth.R73": Requirement(source="auth research R73", says="an agent's credential sees its agent only"),
}
