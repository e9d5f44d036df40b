"""Who PostgreSQL runs as: ourselves, or, because it refuses to be root, an unprivileged user that root chooses."""

import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from hitl_relay.postgres.errors import PostgresError

CANDIDATES: Final = ("postgres", "nobody")


@dataclass(frozen=True, slots=True)
class RunUser:
    """The arguments of `subprocess` that drop to this user; all None when there is nothing to drop."""

    uid: int | None = None
    gid: int | None = None
    groups: tuple[int, ...] | None = None

    @classmethod
    def for_data(cls, data: Path, euid: int) -> Self:
        """Choose the user; a data directory that exists keeps the owner it has."""
        if euid != 0:
            if not _named(euid):
                raise PostgresError(
                    f"PostgreSQL needs a user with a name, and the user id {euid} has none on this machine. "
                    f"Run the relay as a user of /etc/passwd, or set HITL_DATABASE_URL to a server of your own."
                )
            return cls()
        if data.exists() and (owner := data.stat()).st_uid != 0:
            return cls(owner.st_uid, owner.st_gid, ())
        for name in CANDIDATES:
            if user := _user(name):
                return cls(user.pw_uid, user.pw_gid, ())
        raise PostgresError(
            "PostgreSQL refuses to run as root, and there is neither a user `postgres` nor `nobody` to run it as. "
            "Start the relay as an ordinary user."
        )

    @property
    def name(self) -> str:
        uid = os.geteuid() if self.uid is None else self.uid
        return _named(uid) or str(uid)

    def own(self, path: Path) -> None:
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def barrier(self, path: Path) -> Path | None:
        """Return the first folder on the way to `path`, or `path` itself, that this user may not enter or execute."""
        if self.uid is None:
            return None
        return next((place for place in (*reversed(path.parents), path) if not self._may_enter(place)), None)

    def _may_enter(self, place: Path) -> bool:
        status = place.stat()
        if status.st_uid == self.uid:
            return bool(status.st_mode & stat.S_IXUSR)
        if status.st_gid == self.gid:
            return bool(status.st_mode & stat.S_IXGRP)
        return bool(status.st_mode & stat.S_IXOTH)


def _user(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def _named(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return ""
