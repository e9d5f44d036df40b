"""What the client keeps on disk: files of one person, replaced in one step, changed by one process at a time."""

import fcntl
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from hitl_cli.errors import HitlError


def config_folder(env: Mapping[str, str] = os.environ) -> Path:
    """Return the folder that the published client keeps its files in too."""
    base = env.get("XDG_CONFIG_HOME", "")
    # The XDG specification: a path that is not absolute is to be ignored.
    home = Path(base) if Path(base).is_absolute() else Path.home() / ".config"
    return home / "hitl-cli"


def write_private(path: Path, content: Mapping[str, Any]) -> None:
    """Replace a file in one step: a crash leaves the old one or the new one, and never one that others can read."""
    with _said(path):
        _write_private(path, content)


def _write_private(path: Path, content: Mapping[str, Any]) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # mkstemp makes the file with mode 0600, whatever the umask.
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}-", suffix=path.suffix)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(content, file, indent=2)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        with suppress(FileNotFoundError):
            Path(name).unlink()
        raise


def read_private(path: Path, mend: str) -> Any:
    """Return what a file holds, or None when there is none; `mend` tells the human what to do about a broken one."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise HitlError(f"{path} cannot be read; {mend}") from error


@contextmanager
def exclusively(path: Path) -> Iterator[None]:
    """Be the only process that reads and changes what stands beside this lock; whoever has it is done in a moment."""
    with _opened(path) as descriptor:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield


@contextmanager
def exclusively_if_free(path: Path) -> Iterator[bool]:
    """The same, without waiting: say whether we are the only one."""
    with _opened(path) as descriptor:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    with _said(path):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def _said(path: Path) -> Iterator[None]:
    """Say in a sentence what a full disk, or a folder that may not be written to, is to a command."""
    try:
        yield
    except OSError as error:
        raise HitlError(f"{path} cannot be written: {error.strerror}") from error
