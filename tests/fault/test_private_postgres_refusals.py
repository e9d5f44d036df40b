"""What cannot work is refused in a sentence that says what to do, and leaves nothing locked or running."""

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from hitl_relay.postgres import PostgresError, PrivatePostgres
from hitl_relay.postgres.binaries import find
from tests.cluster import reachable_folder

OWNER = Path(__file__).with_name("owner.py")
NOBODY = "65534"

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root starts PostgreSQL as somebody else")


@pytest.fixture
def folder() -> Iterator[Path]:
    folder = reachable_folder()
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


async def refusal(root: Path, binaries: Path | None = None) -> str:
    with pytest.raises(PostgresError) as refused:
        await PrivatePostgres(root, binaries=binaries).start()
    return str(refused.value)


async def own(root: Path, *, binaries: Path, uid: str = "") -> dict[str, str]:
    """Start and stop a private PostgreSQL in another process; return the last thing it says."""
    owner = await asyncio.create_subprocess_exec(
        sys.executable, OWNER, root, binaries, uid, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    said, _ = await owner.communicate(b"")
    last: dict[str, str] = json.loads(said.splitlines()[-1])
    return last


def programs(folder: Path, *, postgres: str = "", initdb: str = "") -> Path:
    """Make a PostgreSQL 18 of two shell scripts."""
    folder.mkdir()
    for name, script in (("postgres", f"echo 'postgres (PostgreSQL) 18.9'\n{postgres}"), ("initdb", initdb)):
        (folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / name).chmod(0o755)
    return folder


async def test_a_second_owner_is_refused_and_the_first_goes_on(folder: Path) -> None:
    first = PrivatePostgres(folder / "root")
    await first.start()
    try:
        assert "is in use by another relay" in await refusal(folder / "root")
        connection = await asyncpg.connect(first.url)
        await connection.close()
    finally:
        await first.stop()


async def test_a_refused_start_leaves_the_directory_free(folder: Path) -> None:
    missing = folder / "missing"
    assert "HITL_PG_BIN" in await refusal(folder / "root", missing)
    assert "HITL_PG_BIN" in await refusal(folder / "root", missing)


async def test_data_of_another_major_version_is_refused_by_its_number(folder: Path) -> None:
    (folder / "root" / "pg").mkdir(parents=True)
    (folder / "root").chmod(0o711)
    (folder / "root" / "pg" / "PG_VERSION").write_text("13\n")
    message = await refusal(folder / "root")
    assert "made by PostgreSQL 13" in message
    assert str(find(None, major=None).version) in message


async def test_a_root_that_is_a_file_is_refused(folder: Path) -> None:
    (folder / "file").touch()
    assert "is a file, not a folder" in await refusal(folder / "file")
    assert "cannot be used: Not a directory" in await refusal(folder / "file" / "root")


async def test_a_folder_the_user_may_not_write_is_named(folder: Path) -> None:
    binaries = readable_copy(folder / "install")
    (folder / "closed").mkdir(mode=0o500)
    said = await own(folder / "closed" / "root", binaries=binaries, uid=NOBODY if os.geteuid() == 0 else "")
    assert said["error"].startswith(f"The relay may not write {folder}/closed/root.")
    assert "HITL_DATA_DIR" in said["error"]


@pytest.mark.parametrize(("program", "script"), [("initdb", "exit 1"), ("postgres", 'test "$1" = --version')])
async def test_a_full_disk_is_called_a_full_disk(folder: Path, program: str, script: str) -> None:
    full = "echo 'could not write: No space left on device' >&2"
    scripts = {"initdb": 'while [ "$1" != -D ]; do shift; done; echo 18 > "$2/PG_VERSION"'} | {
        program: f"{script} || {full}" if program == "postgres" else f"{full}; {script}"
    }
    binaries = programs(folder / "bin", **scripts)
    assert f"The disk that holds {folder}/root is full." in await refusal(folder / "root", binaries)
    assert not list((folder / "root").glob("pg.new-*"))


async def test_initdb_that_fails_is_quoted(folder: Path) -> None:
    binaries = programs(folder / "bin", initdb="echo 'initdb: error: the moon is wrong' >&2; exit 1")
    assert "the moon is wrong" in await refusal(folder / "root", binaries)


async def test_a_lost_password_is_said_plainly(folder: Path) -> None:
    postgres = PrivatePostgres(folder / "root")
    await postgres.start()
    await postgres.stop()
    (folder / "root" / "password").unlink()
    assert "Restore it from a backup" in await refusal(folder / "root")


@as_root
async def test_a_folder_closed_to_the_user_postgresql_runs_as_is_named_and_stays_closed(folder: Path) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    message = await refusal(closed / "deep" / "root")
    assert re.search(rf"runs as the user \w+, who may not enter {closed}\. Set HITL_DATA_DIR", message)
    assert closed.stat().st_mode & 0o777 == 0o700


@as_root
async def test_programs_in_a_closed_folder_are_copied_once_and_the_folder_stays_closed(folder: Path) -> None:
    closed = folder / "closed"
    binaries = readable_copy(closed)
    closed.chmod(0o700)
    postgres = PrivatePostgres(folder / "root", binaries=binaries)
    await postgres.start()
    await postgres.stop()
    copies = list((folder / "root").glob("bin*"))
    assert [copy.name for copy in copies] == [f"bin-{find(binaries, major=None).version}"]
    made = copies[0].stat().st_ctime_ns
    await postgres.start()
    await postgres.stop()
    assert copies[0].stat().st_ctime_ns == made
    assert closed.stat().st_mode & 0o777 == 0o700


@as_root
async def test_an_ordinary_user_runs_it_as_itself(folder: Path) -> None:
    binaries = readable_copy(folder / "install")
    (folder / "home").mkdir()
    os.chown(folder / "home", int(NOBODY), int(NOBODY))
    assert await own(folder / "home" / "data" / "root", binaries=binaries, uid=NOBODY) == {"answer": 42}
    assert (folder / "home" / "data" / "root").stat().st_mode & 0o777 == 0o700


@as_root
async def test_a_user_without_a_name_is_told_so(folder: Path) -> None:
    said = await own(folder / "root", binaries=folder, uid="54321")
    assert "the user id 54321 has none" in said["error"]


def readable_copy(target: Path) -> Path:
    """Copy the installation that is found here, libraries beside it included, to where everybody may run it."""
    found = find(None, major=None).folder
    prefix = found.parent
    if prefix.is_relative_to("/usr/lib"):
        pytest.skip("the system's PostgreSQL does not run from another folder")
    inside = target / prefix.parent.name / prefix.name
    inside.mkdir(parents=True)
    for name in ("bin", "lib", "share"):
        shutil.copytree(prefix / name, inside / name)
    libraries = prefix.parent.with_name(f"{prefix.parent.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, target / libraries.name)
    return inside / "bin"
