from pathlib import Path

import pytest

from hitl_relay.datadir import default_data_dir

HOME = {"HOME": "/home/ada"}


@pytest.mark.parametrize(
    ("environ", "euid", "platform", "folder"),
    [
        ({"HITL_DATA_DIR": "/data", "XDG_DATA_HOME": "/xdg"}, 0, "linux", "/data"),
        ({"HITL_DATA_DIR": "", **HOME}, 1000, "linux", "/home/ada/.local/share/hitl-relay"),
        ({"XDG_DATA_HOME": "/xdg", **HOME}, 0, "linux", "/var/lib/hitl-relay"),
        ({"XDG_DATA_HOME": "/xdg", **HOME}, 1000, "linux", "/xdg/hitl-relay"),
        ({"XDG_DATA_HOME": "relative", **HOME}, 1000, "linux", "/home/ada/.local/share/hitl-relay"),
        (HOME, 501, "darwin", "/home/ada/Library/Application Support/hitl-relay"),
        (HOME, 0, "darwin", "/usr/local/var/hitl-relay"),
    ],
)
def test_the_data_goes_where_the_system_expects_it_unless_told_otherwise(
    environ: dict[str, str], euid: int, platform: str, folder: str
) -> None:
    assert default_data_dir(environ, euid, platform) == Path(folder)
