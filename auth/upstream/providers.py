"""The identity providers the administrator named: `HITL_OIDC` and `HITL_OAUTH2`, JSON lists."""

from enum import StrEnum
from typing import Annotated, Final, TypeAlias, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError

from relay.kernel.settings import Secret

CHANGES_HANDS: Final = frozenset(
    {"email", "handle", "login", "mail", "name", "nickname", "preferred_username", "screen_name", "upn", "username"}
)
"""Members that may be somebody else's tomorrow: given up, renamed, assigned again."""


def _issuer(url: str) -> str:
    if not url.startswith(("https://", "http://")) or "?" in url or "#" in url:
        raise ValueError("must be the issuer's address, https://…, exactly as the provider writes it")
    return url


def _endpoint(url: str) -> str:
    if not url.startswith(("https://", "http://")) or "#" in url:
        raise ValueError("must be an address, https://…, without a fragment")
    return url


def _lasting(path: str) -> str:
    if path.rpartition(".")[2].lower() in CHANGES_HANDS:
        raise ValueError("must be an id that never belongs to somebody else; names and e-mail addresses do")
    return path


Endpoint = Annotated[str, StringConstraints(max_length=400), AfterValidator(_endpoint)]
Member = Annotated[str, StringConstraints(max_length=60, pattern=r"^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$")]
Scope = Annotated[str, StringConstraints(max_length=300)]


class _Named(BaseModel):
    """`name` is in the address the provider sends people back to, `label` on the button."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    name: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,30}$")]
    client_id: Annotated[str, StringConstraints(min_length=1, max_length=300)]
    client_secret: Annotated[str, StringConstraints(max_length=1000), AfterValidator(Secret)]
    label: Annotated[str, StringConstraints(max_length=40)] = ""

    @property
    def words(self) -> str:
        return self.label or self.name.title()


class OidcProvider(_Named):
    """An OpenID provider: everything else about it is in its own metadata."""

    issuer: Annotated[str, StringConstraints(max_length=500), AfterValidator(_issuer)]
    scope: Annotated[Scope, StringConstraints(pattern=r"\bopenid\b")] = "openid email profile"

    @property
    def identifies(self) -> str:
        """Under which issuer its subjects are kept."""
        return self.issuer


class ClientAuth(StrEnum):
    POST = "client_secret_post"
    BASIC = "client_secret_basic"


class OAuthProvider(_Named):
    """A provider that has OAuth 2.0 and no OpenID. Nothing can be discovered about it, so all of it is said here.

    `subject` is the member of the user's description that is their id for good; `email` counts where `email_verified`
    is true beside it, or where `emails_url` lists the address as primary and verified.
    """

    authorize_url: Endpoint
    token_url: Endpoint
    userinfo_url: Endpoint
    emails_url: Endpoint | None = None
    subject: Annotated[Member, AfterValidator(_lasting)] = "id"
    email: Member = "email"
    email_verified: Member | None = None
    scope: Scope = ""
    pkce: bool = True
    issuer: Annotated[str, StringConstraints(max_length=500)] = ""
    """What its answers name as `iss` (RFC 9207), where it sends that."""
    prompt: Annotated[str, StringConstraints(max_length=60)] = ""
    """What has it ask who is there, instead of waving through who is signed in."""
    client_auth: ClientAuth = ClientAuth.POST

    @property
    def identifies(self) -> str:
        """Under which issuer its subjects are kept: whose description, and which id in it.

        An OpenID issuer has no fragment, so that the ids of one kind of provider are never taken for the other's; and
        whoever changes `subject` cannot have one kind of id taken for another.
        """
        return f"{self.userinfo_url}#{self.subject}"


Provider: TypeAlias = OidcProvider | OAuthProvider
P = TypeVar("P", OidcProvider, OAuthProvider)

_OIDC: Final = TypeAdapter(Annotated[tuple[OidcProvider, ...], Field(max_length=10)])
_OAUTH: Final = TypeAdapter(Annotated[tuple[OAuthProvider, ...], Field(max_length=10)])


def oidc_providers(raw: str) -> tuple[OidcProvider, ...]:
    return _parsed(_OIDC, raw)


def oauth_providers(raw: str) -> tuple[OAuthProvider, ...]:
    return _parsed(_OAUTH, raw)


def together(*lists: tuple[Provider, ...]) -> tuple[Provider, ...]:
    """Return all providers. Raises ValueError when two have one name: it is the address people come back to."""
    found = tuple(provider for listed in lists for provider in listed)
    if len({provider.name for provider in found}) != len(found):
        raise ValueError("two providers have the same name")
    return found


def _parsed(adapter: TypeAdapter[tuple[P, ...]], raw: str) -> tuple[P, ...]:
    """Parse a setting. Raises ValueError, which names the field and never what is in it: one is a secret."""
    try:
        found = adapter.validate_json(raw)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(map(str, first["loc"])) or "the list"
        raise ValueError(f"{where}: {first['msg'].removeprefix('Value error, ')}") from None
    together(found)
    return found
