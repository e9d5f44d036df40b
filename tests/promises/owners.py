"""Who may do what: accounts, sessions, keys."""

from tests.promises.requirement import Requirement

PROMISES = {
    "auth.R39": Requirement(source="auth research R39", says="what anybody typed is escaped on every page"),
    "auth.R47": Requirement(source="auth research R47", says="what is revoked is refused at once, listeners are told"),
    "auth.R49": Requirement(source="auth research R49", says="an API key is shown once; only its hash is stored"),
    "auth.R50": Requirement(source="auth research R50", says="a bad checksum is refused without a query"),
    "auth.R51": Requirement(source="auth research R51", says="two headers with different credentials are refused"),
    "auth.R52": Requirement(
        source="auth research R52", says="expired, revoked or unknown is 401, wrong kind or scope 403"
    ),
    "auth.R53": Requirement(source="auth research R53", says="a rotated key works until its grace ends, not after"),
    "auth.R54": Requirement(source="auth research R54", says="a key cannot make keys or see other agents"),
    "auth.R55": Requirement(source="auth research R55", says="a credential in a query string is refused"),
    "auth.R56": Requirement(source="auth research R56", says="last use is written within 2 min, at most once a minute"),
    "auth.R57": Requirement(source="auth research R57", says="known and unknown accounts get one answer in one time"),
    "auth.R58": Requirement(source="auth research R58", says="ten failures are followed by a pause, never by a lock"),
    "auth.R59": Requirement(source="auth research R59", says="hashing stays off the loop; beyond its queue is 429"),
    "auth.R60": Requirement(source="auth research R60", says="a session is new at sign-in and dead at sign-out"),
    "auth.R61": Requirement(source="auth research R61", says="the cookie's attributes are exactly the strict ones"),
    "auth.R62": Requirement(source="auth research R62", says="a cross-site request with a valid cookie is refused"),
    "auth.R63": Requirement(source="auth research R63", says="a WebSocket with a foreign Origin gets no cookie"),
    "auth.R69": Requirement(source="auth research R69", says="setup needs the code; two at once make one owner; once"),
    "auth.R71": Requirement(source="auth research R71", says="another organization's id is not found"),
    "auth.R77": Requirement(source="auth research R77", says="secrets are found by hash or compared in constant time"),
    "auth.R78": Requirement(source="auth research R78", says="no error text holds a stack, SQL or a secret"),
    "auth.R79": Requirement(source="auth research R79", says="sign-ins, keys and revocations are in the account's log"),
}
