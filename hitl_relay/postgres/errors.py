import errno
from pathlib import Path
from typing import Self

MARK_OF_A_FULL_DISK = "No space left on device"


class PostgresError(Exception):
    """The private PostgreSQL cannot run. The message tells the person at the terminal what, why and what to do."""

    @classmethod
    def of(cls, error: OSError, folder: Path) -> Self:
        """Say what the operating system refused."""
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            return cls.full(folder)
        if isinstance(error, PermissionError):
            place = error.filename or folder
            return cls(
                f"The relay may not write {place}. Give it to this user, or set HITL_DATA_DIR to another folder."
            )
        return cls(f"{error.filename or folder} cannot be used: {error.strerror}. Set HITL_DATA_DIR to another folder.")

    @classmethod
    def full(cls, folder: Path) -> Self:
        return cls(
            f"The disk that holds {folder} is full. Make room, or set HITL_DATA_DIR to a folder on another disk."
        )


class InUse(PostgresError):
    """Another relay owns the directory, and runs its server."""
