"""Client ID metadata documents (draft-ietf-oauth-client-id-metadata-document-02).

A client's id is the address of a document about it.

Whoever has the address has the client, so nothing in a document is secret and nothing in it is believed beyond that:
the host of the address is what a human can go by.
"""

import datetime as dt
import json
from dataclasses import replace
from typing import Any, Final
from urllib.parse import urlsplit

from auth.oauth.entities import GRANT_TYPES, AuthMethod, Client, ClientKind
from auth.oauth.redirects import Place, place_of
from auth.oauth.registration import ClientMetadata, registered
from auth.oauth.scopes import KNOWN
from relay.domain.errors import InvalidInput
from relay.domain.ids import Chance
from relay.kernel.body import Json, parse_model

MOST_BYTES: Final = 5 * 1024
"""What the draft (section 6.6) lets a server stop at."""

FRESH: Final = dt.timedelta(hours=1)
"""So long a document is not read again."""
STALE: Final = dt.timedelta(hours=24)
"""So long the last good one counts while its host cannot be reached."""

SECRET: Final = ("client_secret", "client_secret_expires_at")


def is_document_id(client_id: str) -> bool:
    """Return whether a client id is an address as section 3 wants it."""
    if place_of(client_id) is not Place.WEB:
        return False
    parts = urlsplit(client_id)
    return parts.scheme == "https" and len(parts.path) > 1 and not {".", ".."} & set(parts.path.split("/"))


def client_of(
    client_id: str, status: int, content_type: str, body: bytes, *, at: dt.datetime, chance: Chance
) -> Client:
    """Return the client that a reply describes. Raises InvalidInput with what is wrong with it."""
    if status != 200:
        raise _bad(f"answers with status {status}")
    media = content_type.partition(";")[0].strip().lower()
    if media != "application/json" and not media.endswith("+json"):
        raise _bad("is not JSON")
    document = _object(body)
    if document.get("client_id") != client_id:
        raise _bad("is about another client_id")
    if any(name in document for name in SECRET) or document.get("token_endpoint_auth_method", "none") != "none":
        raise _bad("is not that of a public client, and a document everybody can read keeps no secret")
    metadata = parse_model(json.dumps(_for_us(document)), ClientMetadata)
    client, _ = registered(metadata, at, chance)
    return replace(client, id=client_id, kind=ClientKind.DOCUMENT, auth_method=AuthMethod.NONE, read_at=at)


def _object(body: bytes) -> Json:
    try:
        document: Any = json.loads(body)
    except (ValueError, RecursionError):
        raise _bad("is not JSON") from None
    if not isinstance(document, dict):
        raise _bad("is no JSON object")
    return document


def _for_us(document: Json) -> Json:
    """Leave out what is meant for other servers: one document describes a client to all of them."""
    ours: Json = {**document, "token_endpoint_auth_method": "none"}
    if isinstance(grants := document.get("grant_types"), list):
        ours["grant_types"] = [grant for grant in grants if grant in GRANT_TYPES]
    if isinstance(responses := document.get("response_types"), list):
        ours["response_types"] = [response for response in responses if response == "code"]
    if isinstance(scope := document.get("scope"), str):
        ours["scope"] = " ".join(word for word in scope.split() if word in KNOWN)
    return ours


def _bad(why: str) -> InvalidInput:
    return InvalidInput(f"the document at the program's address {why}", "/client_id")
