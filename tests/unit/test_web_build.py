"""The web app's lock, budgets and packages."""

import gzip
import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from mobile_api.web_app import BUILT, PAGE

ROOT = Path(__file__).parents[2]
LOCK = ROOT / "web" / "package-lock.json"

FIRST_LOAD = 45 * 1024
WORKER = 20 * 1024
built = pytest.mark.skipif(not (BUILT / PAGE).is_file(), reason="the app is not built (make web)")


def packed(path: Path) -> int:
    return len(gzip.compress(path.read_bytes()))


@pytest.mark.proves("web.built")
def test_the_lock_names_no_host_to_fetch_from() -> None:
    lock = json.loads(LOCK.read_text(encoding="utf-8"))
    packages = {name: package for name, package in lock["packages"].items() if name}
    assert [name for name, package in packages.items() if "resolved" in package] == []
    assert [name for name, package in packages.items() if "integrity" not in package] == []
    assert [name for name, package in packages.items() if package.get("hasInstallScript")] == []


@pytest.mark.proves("web.budget")
@built
def test_what_a_first_visit_loads_stays_small() -> None:
    page = (BUILT / PAGE).read_text(encoding="utf-8")
    first = [BUILT / name for name in re.findall(r'(?:src|href)="/app/(assets/[^"]+)"', page)]
    assert {path.suffix for path in first} == {".js", ".css"}
    assert packed(BUILT / PAGE) + sum(map(packed, first)) <= FIRST_LOAD
    assert packed(BUILT / "sw.js") <= WORKER


@pytest.mark.proves("web.built")
@built
def test_the_notices_of_what_is_bundled_are_there() -> None:
    notices = (BUILT / "THIRD-PARTY.md").read_text(encoding="utf-8")
    for name in ("preact", "@preact/signals", "marked", "diff", "uqr"):
        assert name in notices


@pytest.mark.proves("web.built")
@built
def test_a_wheel_made_from_here_carries_the_app(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)  # noqa: S603 - our own build
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        names = set(wheel.namelist())
    for path in BUILT.rglob("*"):
        assert not path.is_file() or f"mobile_api/webapp/{path.relative_to(BUILT).as_posix()}" in names
    assert not [name for name in names if name.startswith("web/")]
