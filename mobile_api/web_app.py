"""The web app as the server holds it: every built file in memory, compressed once, with what browsers need to know.

They are few and small (some 200 kB). Nothing is read from disk for a request, so no address can name another file.
"""

import gzip
import hashlib
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

BUILT: Final = Path(__file__).parent / "webapp"
"""Where `web/build.py` puts the app; absent when it was not built."""

PAGE: Final = "index.html"

POLICY: Final = (
    # `connect-src 'self'` is the device socket too: CSP level 3 counts ws: and wss: of the same host.
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; manifest-src 'self'; "
    "worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    # One policy may make addresses of scripts: that of the service worker.
    "require-trusted-types-for 'script'; trusted-types hitl"
)

FOREVER: Final = "public, max-age=31536000, immutable"
"""For what has a hash of its content in its name."""

ASK_AGAIN: Final = "no-cache"

_TEXT: Final = frozenset({".html", ".js", ".css", ".svg", ".webmanifest"})
_TYPES: Final = {".js": "text/javascript", ".webmanifest": "application/manifest+json"}
"""What Python's own table has otherwise, or not at all."""

_KEPT_BACK: Final = frozenset({"build.json"})


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    body: bytes
    compressed: bytes | None
    media: str
    etag: str
    caching: str


Files = Mapping[str, File]


def load(folder: Path = BUILT) -> Files:
    """Read the built app; nothing when there is none."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path.name not in _KEPT_BACK)
    files = {path.relative_to(folder).as_posix(): _file(path, folder) for path in paths}
    return files if PAGE in files else {}


def _file(path: Path, folder: Path) -> File:
    body = path.read_bytes()
    packed = gzip.compress(body, mtime=0) if path.suffix in _TEXT else None
    return File(
        body=body,
        compressed=packed if packed is not None and len(packed) < len(body) else None,
        media=_TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "text/plain",
        etag=f'"{hashlib.sha256(body).hexdigest()[:32]}"',
        caching=FOREVER if path.parent == folder / "assets" else ASK_AGAIN,
    )
