"""The directory of one cluster, and what must hold before a server may run on it.

    <root>/lock           held (flock) by the relay that owns the directory
    <root>/pg/            PostgreSQL's data; appears complete, by a rename, or not at all
    <root>/password       of the database user `relay`
    <root>/run/           the socket; or a link to a short temporary folder if this path is too long for one
    <root>/postgres.log   what the server says
    <root>/bin-<version>/ a copy of the programs, only if the user who runs them cannot reach the originals

When the relay is root, `pg` and `run` belong to the user PostgreSQL runs as and everything else stays root's, so that
whoever takes over the database cannot make root write elsewhere.
"""

import fcntl
import os
import secrets
import shutil
import tempfile
from pathlib import Path
from typing import Final
from urllib.parse import quote

from hitl_relay.postgres.binaries import Binaries
from hitl_relay.postgres.errors import MARK_OF_A_FULL_DISK, InUse, PostgresError
from hitl_relay.postgres.process import run
from hitl_relay.postgres.run_user import RunUser

SOCKET: Final = ".s.PGSQL.5432"

MAX_SOCKET_PATH: Final = 100
"""In bytes. The kernel takes 107 (Linux) or 103 (macOS)."""

MAX_LOG_BYTES: Final = 10 * 1024 * 1024


class Cluster:
    def __init__(self, root: Path) -> None:
        # Resolved, because processes are recognised by the directory the kernel says they stand in.
        self.root = root.resolve()
        self.data = self.root / "pg"
        self.log = self.root / "postgres.log"
        self.sockets = self.root / "run"
        self._lock: int | None = None

    @property
    def major(self) -> int | None:
        """The version that made the data; None before there is any."""
        try:
            return int((self.data / "PG_VERSION").read_text())
        except FileNotFoundError:
            return None
        except ValueError:
            raise PostgresError(
                f"{self.data} is not a PostgreSQL data directory. Move it away, or restore it."
            ) from None

    @property
    def password(self) -> str:
        try:
            return (self.root / "password").read_text().strip()
        except FileNotFoundError:
            raise PostgresError(
                f"{self.root / 'password'} is gone, and with it the way into {self.data}. Restore it from a backup."
            ) from None

    @property
    def url(self) -> str:
        """Where its server is, while one runs. Holds the password."""
        host = quote(str((self.root / "run").resolve()))
        # The port names the socket; unsaid, PGPORT of the environment would.
        return f"postgresql://relay:{self.password}@/postgres?host={host}&port=5432"

    def claim(self, user: RunUser) -> None:
        """Make the directory if it is new and become its only owner, until `release` or until this process ends."""
        if self.root.exists() and not self.root.is_dir():
            raise PostgresError(f"{self.root} is a file, not a folder. Set HITL_DATA_DIR to a folder.")
        self._make_root(user)
        if barrier := user.barrier(self.root):
            raise PostgresError(
                f"PostgreSQL runs as the user {user.name}, who may not enter {barrier}. "
                f"Set HITL_DATA_DIR to a folder below one that everybody may enter, such as /var/lib/hitl-relay."
            )
        lock = os.open(self.root / "lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            raise InUse(
                f"{self.root} is in use by another relay. Stop that one or set HITL_DATA_DIR to another folder; "
                f"several relays share data through one server named by HITL_DATABASE_URL."
            ) from None
        self._lock = lock

    def release(self) -> None:
        if self._lock is None:
            return
        if (self.root / "run").is_symlink():
            self._forget_short_sockets()
        os.close(self._lock)
        self._lock = None

    def create(self, binaries: Binaries, user: RunUser) -> None:
        """Make the data directory. A crash at any point leaves nothing that the next start takes for data."""
        for old in self.root.glob("pg.new-*"):
            shutil.rmtree(old, ignore_errors=True)
        # A name of its own: an initdb that outlived its relay cannot write into ours.
        new = Path(tempfile.mkdtemp(prefix="pg.new-", dir=self.root))
        user.own(new)
        password = self._new_password()
        user.own(password)
        said = run([*_initdb(binaries), "-D", str(new), "--pwfile", str(password)], user=user)
        if said.returncode != 0:
            shutil.rmtree(new, ignore_errors=True)
            raise self.failure("could not make its data directory", said.stdout + said.stderr)
        password.replace(self.root / "password")
        new.rename(self.data)
        self._sync_root()

    def tidy(self, user: RunUser) -> None:
        """Clear what a killed server leaves: it is stale by construction, for we own the directory and nobody runs."""
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        self._make_sockets(user)
        for stale in (SOCKET, f"{SOCKET}.lock"):
            (self.sockets / stale).unlink(missing_ok=True)
        if self.log.exists() and self.log.stat().st_size > MAX_LOG_BYTES:
            os.truncate(self.log, 0)
        os.close(os.open(self.log, os.O_CREAT | os.O_NOFOLLOW, 0o600))

    def is_ready(self, pid: int) -> bool:
        """Say whether the server `pid` takes connections, by the eighth line of its pid file."""
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        return len(lines) >= 8 and lines[0] == str(pid) and lines[7].strip() == "ready"

    def failure(self, what: str, said: str) -> PostgresError:
        if MARK_OF_A_FULL_DISK in said:
            return PostgresError.full(self.root)
        lines = [line.strip() for line in said.splitlines() if line.strip()]
        telling = [line for line in lines if "FATAL" in line or "PANIC" in line or "error:" in line] or lines
        return PostgresError(f"PostgreSQL {what}. It said: {' / '.join(telling[-2:]) or 'nothing'}")

    def _make_root(self, user: RunUser) -> None:
        for folder in (*reversed(self.root.parents), self.root):
            if not folder.exists():
                folder.mkdir()
                # Root's umask may close a folder that the user PostgreSQL runs as has to pass.
                folder.chmod(0o711 if user.uid is not None else 0o700)

    def _make_sockets(self, user: RunUser) -> None:
        sockets = self.root / "run"
        if sockets.is_symlink():
            self._forget_short_sockets()
        # asyncpg splits a host at commas.
        if len(os.fsencode(sockets / SOCKET)) > MAX_SOCKET_PATH or "," in str(sockets):
            sockets.symlink_to(tempfile.mkdtemp(prefix="hitl-relay-"))
        else:
            sockets.mkdir(mode=0o700, exist_ok=True)
        self.sockets = sockets.resolve()
        user.own(self.sockets)
        if barrier := user.barrier(self.sockets):
            raise PostgresError(
                f"PostgreSQL runs as the user {user.name}, who may not enter {barrier}. Set TMPDIR to /tmp."
            )

    def _forget_short_sockets(self) -> None:
        shutil.rmtree((self.root / "run").readlink(), ignore_errors=True)
        (self.root / "run").unlink()

    def _new_password(self) -> Path:
        path = self.root / "password.new"
        path.unlink(missing_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(24) + "\n")
            file.flush()
            os.fsync(file.fileno())
        return path

    def _sync_root(self) -> None:
        """Make the renames survive a power cut."""
        folder = os.open(self.root, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _initdb(binaries: Binaries) -> list[str]:
    # The same order of text on every machine, whatever its LANG; versions before 17 call that `C`.
    locale = ["--locale-provider=builtin", "--locale=C.UTF-8"] if binaries.major >= 17 else ["--no-locale"]
    return [
        binaries.program("initdb"),
        "--username=relay",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--data-checksums",
        "--no-instructions",
        *locale,
    ]
