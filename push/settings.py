"""What push needs to know, as the roof tells it."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class ApnsSettings:
    """A `.p8` key of an Apple developer account, its two ids, and the app's bundle id."""

    key_file: Path | None = None
    key_id: str = ""
    team_id: str = ""
    topic: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PushSettings:
    """`contact` is where push services may write to; empty: the public URL, if that is one they can reach."""

    public_url: str
    contact: str = ""
    apns: ApnsSettings = ApnsSettings()
    fcm_credentials: Path | None = None

    @property
    def vapid_contact(self) -> str:
        """RFC 8292 2.1: a `mailto:` or `https:` address."""
        if self.contact:
            return self.contact
        return self.public_url if self.public_url.startswith("https://") else "mailto:owner@localhost"

    @property
    def is_contact_reachable(self) -> bool:
        return not self.vapid_contact.endswith("localhost")
