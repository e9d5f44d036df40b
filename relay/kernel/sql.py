"""Named queries kept in .sql files beside the store that runs them."""

import re
from collections.abc import Mapping
from importlib.resources import files
from types import MappingProxyType
from typing import Final

_HEADER: Final = re.compile(r"^-- name: (\w+)$", re.MULTILINE)


def load_queries(package: str, filename: str) -> Mapping[str, str]:
    """Read the `-- name: x` blocks of a file; two blocks of one name are a programming error."""
    text = files(package).joinpath(filename).read_text(encoding="utf-8")
    _, *blocks = _HEADER.split(text)
    names, bodies = blocks[::2], blocks[1::2]
    if len(set(names)) != len(names):
        raise ValueError(f"{filename} names a query twice")
    return MappingProxyType(dict(zip(names, (body.strip() for body in bodies), strict=True)))
