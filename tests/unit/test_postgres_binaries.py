from pathlib import Path

import pytest

from hitl_relay.postgres import PostgresError, binaries
from hitl_relay.postgres.binaries import Binaries, find, inspect, reachable
from hitl_relay.postgres.run_user import RunUser


def installation(folder: Path, said: str) -> Path:
    folder.mkdir(parents=True)
    for name in ("postgres", "initdb"):
        (folder / name).write_text(f"#!/bin/sh\necho '{said}'\n")
        (folder / name).chmod(0o755)
    return folder


@pytest.fixture
def system(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine without wheels, where the system's versions would lie in the returned folder."""
    monkeypatch.setattr(binaries, "WHEELS", ())
    monkeypatch.setattr(binaries, "SYSTEM", tmp_path / "system")
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    return tmp_path / "system"


@pytest.mark.parametrize(
    ("said", "version", "major"),
    [
        ("postgres (PostgreSQL) 18.4", "18.4", 18),
        ("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)", "15.18", 15),
        ("postgres (PostgreSQL) 19beta2", "19beta2", 19),
    ],
)
def test_the_version_is_what_the_program_says(tmp_path: Path, said: str, version: str, major: int) -> None:
    found = inspect(installation(tmp_path / "bin", said))
    assert found
    assert (found.version, found.major) == (version, major)


def test_a_folder_without_initdb_is_no_installation(tmp_path: Path) -> None:
    (installation(tmp_path / "bin", "postgres (PostgreSQL) 18.4") / "initdb").unlink()
    assert inspect(tmp_path / "bin") is None


def test_a_program_for_another_machine_is_no_installation(tmp_path: Path) -> None:
    (installation(tmp_path / "bin", "") / "postgres").write_bytes(b"\x7fELF of another kind")
    assert inspect(tmp_path / "bin") is None


def test_a_version_too_old_is_not_used(tmp_path: Path) -> None:
    folder = installation(tmp_path / "bin", "postgres (PostgreSQL) 13.22")
    with pytest.raises(PostgresError, match=r"HITL_PG_BIN names .* where no PostgreSQL 14 or newer runs"):
        find(folder, major=None)


def test_the_folder_named_by_the_administrator_goes_before_all_others(tmp_path: Path) -> None:
    folder = installation(tmp_path / "bin", "postgres (PostgreSQL) 14.1")
    assert find(folder, major=None) == Binaries(folder, "14.1")


def test_nothing_at_all_is_answered_with_three_ways_out(system: Path) -> None:
    with pytest.raises(PostgresError, match=r"hitl-relay\[embedded\].* package, or set HITL_DATABASE_URL"):
        find(None, major=None)


def test_the_newest_system_version_is_found_first_unless_the_data_is_older(system: Path) -> None:
    for major in (9, 14, 16):
        installation(system / str(major) / "bin", f"postgres (PostgreSQL) {major}.1")
    assert find(None, major=None).version == "16.1"
    assert find(None, major=14).version == "14.1"
    with pytest.raises(PostgresError, match=r"made by PostgreSQL 15, and only 16\.1, 14\.1"):
        find(None, major=15)


def test_a_program_on_the_path_is_the_last_resort(system: Path) -> None:
    folder = installation(system.parent / "path", "postgres (PostgreSQL) 17.2")
    assert find(None, major=None) == Binaries(folder, "17.2")


def test_reachable_programs_are_not_copied(tmp_path: Path) -> None:
    found = Binaries(installation(tmp_path / "bin", "postgres (PostgreSQL) 18.4"), "18.4")
    assert reachable(found, RunUser(), tmp_path / "home") is found
