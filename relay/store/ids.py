"""Ids as rows have them.

asyncpg reads an id as a UUID written in C, which is a `uuid.UUID` in every respect but that its hash, its text and its
bytes cost a tenth. A round trip asks for them some fifty times: so an id that is made here, or that comes from
outside and is about to be used again and again, becomes one too.
"""

from typing import TypeVar, cast
from uuid import UUID

from asyncpg.pgproto import pgproto

Id = TypeVar("Id", bound=UUID)


def as_stored(id: Id) -> Id:
    """Return the same id as a row would have it."""
    return cast("Id", pgproto.UUID(id.bytes))
