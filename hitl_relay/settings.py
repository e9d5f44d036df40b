"""The relay's settings: one frozen object, read once. `docs/reference/settings.md` is generated from it."""

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from auth.mail import Smtp
from auth.upstream.providers import OAuthProvider, OidcProvider, oauth_providers, oidc_providers
from push.settings import ApnsSettings, PushSettings
from relay.kernel.network import Network, networks
from relay.kernel.settings import Secret, numbers, one_of, setting, whole


def _url(raw: str) -> str:
    parts = urlsplit(raw)
    if parts.scheme not in {"http", "https"} or not parts.netloc or parts.path.strip("/") or parts.query:
        raise ValueError(f"must be like https://relay.example.org, without a path, not {raw!r}")
    return f"{parts.scheme}://{parts.netloc}"


def _contact(raw: str) -> str:
    if not re.fullmatch(r"mailto:[^@\s]+@[^@\s]+\.[^@\s]+|https://[^\s/]+\.[^\s]+", raw):
        raise ValueError("must be like mailto:you@example.org or https://example.org/contact")
    return raw


def _apple_id(raw: str) -> str:
    if not re.fullmatch(r"[A-Z0-9]{10}", raw):
        raise ValueError("must be ten capital letters and digits")
    return raw


def _bundle(raw: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9.-]{1,200}", raw):
        raise ValueError("must be like org.example.app")
    return raw


def _database(raw: str) -> Secret:
    if not raw.startswith(("postgresql://", "postgres://")):
        raise ValueError("must start with postgresql://")
    return Secret(raw)


def _origins(raw: str) -> tuple[str, ...]:
    origins = tuple(origin.strip() for origin in raw.split(","))
    for origin in origins:
        if not origin.startswith(("https://", "android:apk-key-hash:")) or origin.endswith("/"):
            raise ValueError(f"must be like https://app.example.org or android:apk-key-hash:…, not {origin!r}")
    return origins


def _sender(raw: str) -> str:
    if "@" not in raw or not raw.isprintable():
        raise ValueError(f"must be like relay@example.org, not {raw!r}")
    return raw


def _metrics_token(raw: str) -> Secret:
    if len(raw) < 16:
        raise ValueError("must have at least 16 characters")
    return Secret(raw)


def _secret(raw: str) -> Secret:
    if len(raw) < 32:
        raise ValueError("must have at least 32 characters")
    return Secret(raw)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    host: str = setting(
        "HITL_HOST", "Address to listen on; `0.0.0.0` for every interface.", parse=str, default="localhost"
    )
    port: int = setting("HITL_PORT", "Port to listen on; 0 picks a free one.", parse=whole(0, 65535), default=8000)
    public_url: str = setting(
        "HITL_PUBLIC_URL",
        "Address people and agents use, without a path. With `https`, cookies are Secure and HSTS is sent.",
        parse=_url,
        default="",
        shown="`http://localhost:<port>`",
    )
    database_url: Secret = setting(
        "HITL_DATABASE_URL",
        "An external PostgreSQL (14 or newer), `postgresql://user:password@host/database`. Without it the relay runs "
        "one of its own in the data directory.",
        parse=_database,
        default=Secret(""),
        shown="a private PostgreSQL",
    )
    data_dir: Path | None = setting(
        "HITL_DATA_DIR",
        "Where the private PostgreSQL is kept.",
        parse=Path,
        default=None,
        shown="`/var/lib/hitl-relay` for root, else `~/.local/share/hitl-relay`",
    )
    pg_bin: Path | None = setting(
        "HITL_PG_BIN",
        "Folder with `postgres` and `initdb` for the private PostgreSQL.",
        parse=Path,
        default=None,
        shown="from the installed package, else the system's",
    )
    log_level: str = setting(
        "HITL_LOG_LEVEL",
        "How much is logged.",
        parse=one_of("debug", "info", "warning", "error"),
        default="info",
    )
    log_form: str = setting(
        "HITL_LOG_FORM",
        "`json` for machines, `text` for people.",
        parse=one_of("json", "text"),
        default="",
        shown="`text` on a terminal, else `json`",
    )
    max_body: int = setting(
        "HITL_MAX_BODY",
        "Largest request body, in bytes.",
        parse=whole(1024, 16 * 1024 * 1024),
        # The longest prompt and context, in four-byte characters, would be 800 kB; nobody writes those.
        default=512 * 1024,
    )
    retention_days: int = setting(
        "HITL_RETENTION_DAYS",
        "Days that requests and answers are kept after they were made.",
        parse=whole(1, 3650),
        default=30,
    )
    sealed_hours: int = setting(
        "HITL_SEALED_HOURS",
        "Hours that the ciphertext of sealed requests and answers is kept after they were settled.",
        parse=whole(1, 87_600),
        default=24,
    )
    passkey_origins: tuple[str, ...] = setting(
        "HITL_PASSKEY_ORIGINS",
        "Further origins that may use this relay's passkeys, with commas between: pages of a subdomain "
        "(`https://app.relay.example.org`), Android apps (`android:apk-key-hash:…`).",
        parse=_origins,
        default=(),
        shown="none",
    )
    sign_up: str = setting(
        "HITL_SIGN_UP",
        "Who may make an account: nobody (`closed`), who has an invitation (`invited`), anybody (`open`).",
        parse=one_of("closed", "invited", "open"),
        default="closed",
    )
    oidc: tuple[OidcProvider, ...] = setting(
        "HITL_OIDC",
        "OpenID providers people may sign in with, a JSON list: "
        '`[{"name": "google", "issuer": "https://accounts.google.com", "client_id": "…", "client_secret": "…", '
        '"label": "Google"}]`.',
        parse=oidc_providers,
        default=(),
        shown="none",
    )
    oauth2: tuple[OAuthProvider, ...] = setting(
        "HITL_OAUTH2",
        "Providers with OAuth 2.0 and no OpenID that people may sign in with, such as GitHub, a JSON list: "
        "[sign in with a provider](../howto/sign-in-with-a-provider.md#any-other) has GitHub's, and every field.",
        parse=oauth_providers,
        default=(),
        shown="none",
    )
    smtp_url: Smtp | None = setting(
        "HITL_SMTP_URL",
        "Mail server for sign-in codes and notices: `smtp://user:password@host:587` (TLS if the server offers it) or "
        "`smtps://…` (TLS from the start). Without it no e-mail is sent.",
        parse=Smtp.parse,
        default=None,
        shown="none",
    )
    mail_from: str = setting(
        "HITL_MAIL_FROM",
        "From whom the relay's e-mail comes, `relay@example.org` or `Relay <relay@example.org>`.",
        parse=_sender,
        default="",
        shown="`hitl-relay@` and the host of the public URL",
    )
    metrics_token: Secret = setting(
        "HITL_METRICS_TOKEN",
        "Bearer token with which Prometheus may read `/metrics` (16 characters or more). Without it only a signed-in "
        "owner may.",
        parse=_metrics_token,
        default=Secret(""),
        shown="none",
    )

    secret: Secret = setting(
        "HITL_SECRET",
        "What the keys that sign access tokens are sealed under in the database (32 characters or more). Machines that "
        "share a database need the same one.",
        parse=_secret,
        default=Secret(""),
        shown="made once, and kept in the file `secret` in the data directory",
    )
    token_hours: int = setting(
        "HITL_TOKEN_HOURS",
        "How long an OAuth access token lasts whose program does not renew it, such as the published `hitl-cli`; "
        "disconnecting the program ends it at once. Programs that do renew get 15 minutes.",
        # A month: longer than that, and a forgotten laptop stays connected for good.
        parse=whole(1, 720),
        default=12,
    )
    client_documents: str = setting(
        "HITL_CLIENT_DOCUMENTS",
        "`on`: programs may name themselves by the address of a document about them (Client ID Metadata Documents), "
        "which the relay then reads. Needs `HITL_OUTBOUND` and a way to the Internet.",
        parse=one_of("on", "off"),
        default="off",
    )

    outbound: str = setting(
        "HITL_OUTBOUND",
        "`off`: the relay calls no address that clients, webhooks, identity providers or browsers name.",
        parse=one_of("on", "off"),
        default="on",
    )
    outbound_allow: tuple[Network, ...] = setting(
        "HITL_OUTBOUND_ALLOW",
        "Networks of your own that the relay may call as well, without TLS too, `10.1.0.0/16, fd00:1::/64`. Private "
        "and other special-use addresses are refused otherwise.",
        parse=networks,
        default=(),
        shown="none",
    )

    push_contact: str = setting(
        "HITL_PUSH_CONTACT",
        "Where a push service may write to about this relay's pushes, `mailto:you@example.org` or an `https:` page. "
        "Apple delivers nothing without one that it can reach.",
        parse=_contact,
        default="",
        shown="HITL_PUBLIC_URL, if that is `https`",
    )
    apns_key_file: Path | None = setting(
        "HITL_APNS_KEY_FILE",
        "The `.p8` key with which Apple lets the relay wake iPhones. Read again when it changes.",
        parse=Path,
        default=None,
        shown="none",
    )
    apns_key_id: str = setting(
        "HITL_APNS_KEY_ID", "The key's id: ten characters.", parse=_apple_id, default="", shown="none"
    )
    apns_team_id: str = setting(
        "HITL_APNS_TEAM_ID", "The Apple team's id: ten characters.", parse=_apple_id, default="", shown="none"
    )
    apns_topic: str = setting("HITL_APNS_TOPIC", "The app's bundle id.", parse=_bundle, default="", shown="none")
    fcm_credentials_file: Path | None = setting(
        "HITL_FCM_CREDENTIALS_FILE",
        "The service account's JSON file with which Google lets the relay wake Android devices. Read again when it "
        "changes.",
        parse=Path,
        default=None,
        shown="none",
    )

    trusted_proxies: tuple[Network, ...] = setting(
        "HITL_TRUSTED_PROXIES",
        "Networks of your own proxies, `127.0.0.1, 10.0.0.0/8`: what they say about the caller in `X-Forwarded-For`, "
        "`Forwarded` and `X-Forwarded-Proto` is believed, nobody else's word is.",
        parse=networks,
        default=(),
        shown="none",
    )
    limits: tuple[tuple[str, int], ...] = setting(
        "HITL_LIMITS",
        "Other numbers for the [limits](../topics/limits.md), by name, 0 for none: `asks=6000, address=0`.",
        parse=numbers,
        default=(),
        shown="none changed",
    )

    @property
    def push(self) -> PushSettings:
        apns = ApnsSettings(
            key_file=self.apns_key_file, key_id=self.apns_key_id, team_id=self.apns_team_id, topic=self.apns_topic
        )
        return PushSettings(
            public_url=self.url, contact=self.push_contact, apns=apns, fcm_credentials=self.fcm_credentials_file
        )

    @property
    def url(self) -> str:
        """The address shown to people and compared with an Origin."""
        return self.public_url or f"http://localhost:{self.port}"
