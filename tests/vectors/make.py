"""Write `tests/vectors/sealed.json`: one example of everything in `docs/protocol/sealed.md`, and of what is refused.

    python -m tests.vectors.make

Every key and nonce comes from a label, so the file is the same each time. Python and the browser open the same one.
"""

import json
from pathlib import Path
from typing import Any

from tests.vectors.accepted import accepted
from tests.vectors.refusals import refusals

PATH = Path(__file__).with_name("sealed.json")


def document() -> dict[str, Any]:
    return {
        "about": "Made by tests/vectors/make.py. Bytes are standard base64; `keys` has every private half.",
        **accepted(),
        "refused": refusals(),
    }


def text() -> str:
    return json.dumps(document(), indent=1) + "\n"


if __name__ == "__main__":
    PATH.write_text(text(), encoding="utf-8")
