"""The docs show every screen of the app."""

import pytest

from tests.docs.screens import FOLDER, PAGE, looks_of, page_text
from tests.web.places import SCREENS
from tests.web.sealed_places import SEALED_SCREENS

ALL = (*SCREENS, *SEALED_SCREENS)

MOST_BYTES = 2_000_000
"""A clone should not be mostly pictures."""


@pytest.mark.proves("web.pictures")
def test_every_screen_has_its_pictures_and_no_picture_is_of_nothing() -> None:
    wanted = {f"{name}-{looks}.webp" for name in ALL for looks in looks_of(name)}
    assert {path.name for path in FOLDER.iterdir()} == wanted
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) <= MOST_BYTES


@pytest.mark.proves("web.pictures")
def test_the_page_shows_them_all() -> None:
    assert PAGE.read_text(encoding="utf-8") == page_text(ALL)
