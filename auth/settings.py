"""The address people open, and what follows from it: the origin of their forms and the name of their cookie."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from auth.entities import SESSION_LIFE
from auth.mail import Smtp
from auth.upstream.providers import Provider
from relay.kernel.network import Network
from relay.kernel.settings import Secret

NO_TOKEN: Final = Secret("")


@dataclass(frozen=True, slots=True)
class AuthSettings:
    """Built once. `metrics_token` lets a collector read the metrics without a session."""

    public_url: str
    metrics_token: Secret = NO_TOKEN
    secret: Secret = NO_TOKEN
    """What the keys that sign access tokens are sealed under."""
    token_life: dt.timedelta = dt.timedelta(hours=12)
    """Of access tokens whose program does not renew them."""
    client_documents: bool = False
    trusted_proxies: tuple[Network, ...] = ()
    limits: Mapping[str, int] = field(default_factory=dict)
    """Other numbers for limits, by name; 0 for none."""
    passkey_origins: tuple[str, ...] = ()
    """Other pages and apps than ours that may use our passkeys."""
    providers: tuple[Provider, ...] = ()
    sign_up: str = "closed"
    smtp: Smtp | None = None
    mail_from: str = ""
    origin: str = field(init=False)
    host: str = field(init=False)
    secure: bool = field(init=False)
    cookie: str = field(init=False)
    flow_cookie: str = field(init=False)
    """Names the browser that began something it is to end itself."""

    def __post_init__(self) -> None:
        url = urlsplit(self.public_url)
        secure = url.scheme == "https"
        object.__setattr__(self, "origin", _origin(url.scheme, url.hostname or "", url.port))
        object.__setattr__(self, "host", url.hostname or "")
        object.__setattr__(self, "secure", secure)
        # A `__Host-` cookie cannot be set by another host or path, but browsers take one over https only.
        object.__setattr__(self, "cookie", "__Host-sid" if secure else "hitl_sid")
        object.__setattr__(self, "flow_cookie", "__Host-flow" if secure else "hitl_flow")

    @property
    def cookie_life_s(self) -> int:
        return int(SESSION_LIFE.total_seconds())


def _origin(scheme: str, host: str, port: int | None) -> str:
    """Return the origin as browsers write it (RFC 6454 6.2): without the scheme's own port."""
    name = f"[{host}]" if ":" in host else host
    own = {"https": 443, "http": 80}.get(scheme)
    return f"{scheme}://{name}" if port in {None, own} else f"{scheme}://{name}:{port}"
