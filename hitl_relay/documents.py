"""Write the reference pages and protocol documents that are made from the code. A test compares them.

python -m hitl_relay.documents        (or: make docs)
"""

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from hitl_relay.app import api_document
from hitl_relay.settings import Settings
from mobile_api import asyncapi

DOCS: Final = Path(__file__).parents[1] / "docs"


def documents() -> Mapping[Path, str]:
    """Return every generated document with its content."""
    return {
        DOCS / "reference/settings.md": settings_page(),
        DOCS / "protocol/rest.openapi.json": _json(api_document()),
        DOCS / "protocol/device.asyncapi.json": _json(asyncapi.document()),
    }


def settings_page() -> str:
    """Return the manual of the settings, in Markdown."""
    lines = ["# Settings", "", "All are environment variables; an empty one counts as unset.", ""]
    lines += ["| variable | default | meaning |", "| --- | --- | --- |"]
    for field in dataclasses.fields(Settings):
        shown = field.metadata["shown"] or f"`{field.default}`"
        lines.append(f"| `{field.metadata['env']}` | {shown} | {field.metadata['doc']} |")
    return "\n".join(lines) + "\n"


def _json(document: object) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def write() -> None:
    for path, text in documents().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write()
