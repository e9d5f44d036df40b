"""Which programs of others are run, and how each is started. `make test-conformance` installs them."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[3]
PROGRAMS: Final = Path(__file__).parent / "programs"
VENVS: Final = Path(sys.prefix) / "clients"
NODE_MODULES: Final = Path(__file__).parents[1] / "node_modules"
NODE: Final = VENVS / "node/bin/node"


@dataclass(frozen=True)
class Client:
    """A program that asks "Deploy?" and prints JSON with the answer's `text`.

    `python` or `node` names where it runs; `resumes` says whether its protocol and SDK go on with a lost stream.
    """

    name: str
    program: str
    runtime: str
    more: tuple[str, ...] = ()
    resumes: bool = False

    @property
    def is_installed(self) -> bool:
        return NODE_MODULES.exists() and NODE.exists() if self.runtime == "node" else (VENVS / self.runtime).exists()

    def command(self, url: str, key: str) -> list[str]:
        if self.runtime == "node":
            return [str(NODE), str(PROGRAMS / self.program), url, key, *self.more]
        return [
            str(VENVS / self.runtime / "bin/python"),
            str(PROGRAMS / self.program),
            *self.before,
            url,
            key,
            *self.more,
        ]

    @property
    def before(self) -> tuple[str, ...]:
        return (str(NODE_MODULES / ".bin/mcp-remote"),) if self.program == "remote.py" else ()


CLIENTS: Final = (
    Client("python-2-modern", "sdk2.py", "mcp-2", ("auto",)),
    Client("python-2-handshake", "sdk2.py", "mcp-2", ("legacy",), resumes=True),
    Client("python-1", "sdk1.py", "mcp-1", resumes=True),
    Client("fastmcp-2", "fast.py", "fastmcp-2", resumes=True),
    Client("fastmcp-4", "fast.py", "fastmcp-4"),
    Client("typescript-1", "ts1.mjs", "node", ("patient",), resumes=True),
    Client("typescript-1-default", "ts1.mjs", "node", ("default",)),
    Client("typescript-2-handshake", "ts2.mjs", "node", ("legacy",), resumes=True),
    Client("typescript-2-modern", "ts2.mjs", "node", ("auto",)),
    Client("mcp-remote", "remote.py", "mcp-2"),
)


def environ(home: Path) -> dict[str, str]:
    """Return what a program needs of the environment, and nothing that would make it call elsewhere."""
    return {"PATH": f"{NODE.parent}:{os.environ['PATH']}", "HOME": str(home), "NO_PROXY": "*"}
