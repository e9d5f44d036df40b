"""The system's certificates, read while Python imports.

aiohttp reads them as it is imported, for a context of its own: a third of what it takes to start a command, with the
other core idle. A command that must start quickly has a thread read them instead. aiohttp's own context then trusts
nobody; sessions use the one from here.
"""

import os
import ssl
import sys
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from threading import Thread
from typing import Final

NONE: Final = {"SSL_CERT_FILE": os.devnull, "SSL_CERT_DIR": os.devnull}
"""Where OpenSSL looks (SSL_CTX_set_default_verify_paths(3)): an authority's file, and a folder of them."""

_reading: Future[ssl.SSLContext] | None = None


def trusted() -> ssl.SSLContext | bool:
    """Return what a connector takes as `ssl`; True: what aiohttp has read itself."""
    return _reading.result() if _reading else True


@contextmanager
def read_beside() -> Iterator[None]:
    """Read the certificates in a thread; import aiohttp inside, and nothing else."""
    global _reading  # noqa: PLW0603 - one process, one start
    paths = ssl.get_default_verify_paths()
    if _reading or sys.platform == "win32" or not (paths.cafile or paths.capath):
        yield  # Windows keeps them elsewhere; and who has none gets aiohttp's error about that
        return
    _reading = Future()
    Thread(target=_read, args=(_reading, paths), name="certificates", daemon=True).start()
    before = {name: os.environ.get(name) for name in NONE}
    os.environ.update(NONE)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _read(reading: Future[ssl.SSLContext], paths: ssl.DefaultVerifyPaths) -> None:
    # With paths of its own it does not look at the environment, which says something else just now.
    try:
        reading.set_result(ssl.create_default_context(cafile=paths.cafile, capath=paths.capath))
    except OSError:
        reading.set_result(
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        )  # no certificates there: as OpenSSL would, trust none
