import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from hitl_relay.secret import NoSecret, lasting_secret, with_secret
from hitl_relay.settings import Settings
from relay.kernel.settings import Secret


def test_a_secret_is_made_once_and_kept_to_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "new" / "secret"
    made = lasting_secret(path)
    assert len(made) >= 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert lasting_secret(path) == made
    assert [entry.name for entry in path.parent.iterdir()] == ["secret"]


def test_processes_that_start_together_get_the_same_secret(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(lasting_secret, [tmp_path / "secret"] * 40))) == 1


def test_a_file_that_holds_none_is_not_taken_for_one(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_bytes(b"\xff\n")
    with pytest.raises(NoSecret, match="holds no secret"):
        lasting_secret(path)


def test_the_secret_that_is_set_counts(tmp_path: Path) -> None:
    own = Settings(secret=Secret("x" * 32), data_dir=tmp_path)
    assert with_secret(own, {}) == own
    assert list(tmp_path.iterdir()) == []
    assert with_secret(Settings(data_dir=tmp_path), {}).secret == lasting_secret(tmp_path / "secret")


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(NoSecret, match="HITL_SECRET"):
        with_secret(Settings(data_dir=tmp_path / "file"), {})
