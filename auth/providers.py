"""The identity providers the administrator named: `HITL_OIDC`, a JSON list."""

from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError

from relay.kernel.settings import Secret


def _issuer(url: str) -> str:
    if not url.startswith(("https://", "http://")) or "?" in url or "#" in url:
        raise ValueError("must be the issuer's address, https://…, exactly as the provider writes it")
    return url


class Provider(BaseModel):
    """One OpenID provider. `name` is in the address it sends people back to, `label` on the button."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    name: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,30}$")]
    issuer: Annotated[str, StringConstraints(max_length=500), AfterValidator(_issuer)]
    client_id: Annotated[str, StringConstraints(min_length=1, max_length=300)]
    client_secret: Annotated[str, StringConstraints(max_length=1000), AfterValidator(Secret)]
    label: Annotated[str, StringConstraints(max_length=40)] = ""
    scope: Annotated[str, StringConstraints(max_length=300, pattern=r"\bopenid\b")] = "openid email profile"

    @property
    def words(self) -> str:
        return self.label or self.name.title()


_LIST: Final = TypeAdapter(Annotated[tuple[Provider, ...], Field(max_length=10)])


def providers(raw: str) -> tuple[Provider, ...]:
    """Parse the setting. Raises ValueError, which names the field and never what is in it: one is a secret."""
    try:
        found = _LIST.validate_json(raw)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(map(str, first["loc"])) or "the list"
        raise ValueError(f"{where}: {first['msg'].removeprefix('Value error, ')}") from None
    if len({provider.name for provider in found}) != len(found):
        raise ValueError("two providers have the same name")
    return found
