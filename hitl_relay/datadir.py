from collections.abc import Mapping
from pathlib import Path
from typing import Final

NAME: Final = "hitl-relay"


def default_data_dir(environ: Mapping[str, str], euid: int, platform: str) -> Path:
    """Where the relay keeps its data: HITL_DATA_DIR, or where this system expects programs to keep theirs."""
    if given := environ.get("HITL_DATA_DIR"):
        return Path(given)
    if euid == 0:
        return (Path("/usr/local/var") if platform == "darwin" else Path("/var/lib")) / NAME
    # The XDG base directory specification: a relative path is to be ignored.
    if (xdg := Path(environ.get("XDG_DATA_HOME", ""))).is_absolute():
        return xdg / NAME
    home = Path(environ["HOME"]) if environ.get("HOME") else Path.home()
    return home / ("Library/Application Support" if platform == "darwin" else ".local/share") / NAME
