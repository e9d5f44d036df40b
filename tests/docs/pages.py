"""Reading our own Markdown: tables, links, code."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
DOCS: Final = ROOT / "docs"
REFERENCE: Final = DOCS / "reference"

PACKAGES: Final = ("hitl_relay", "rest_api", "mcp_endpoint", "mobile_api", "auth", "push", "relay", "hitl_cli")

_MADE: Final = frozenset({"build", "dist", "__pycache__", "node_modules", "webapp"})


def files() -> list[Path]:
    """Return every file of the repository that a person wrote, or that is generated and kept."""
    return [path for path in ROOT.rglob("*") if path.is_file() and not _is_made(path)]


def _is_made(path: Path) -> bool:
    folders = path.relative_to(ROOT).parts[:-1]
    return any(name in _MADE or (name.startswith(".") and name != ".ci") for name in folders) or path.name == ".git"


def markdown() -> list[Path]:
    return [path for path in files() if path.suffix == ".md"]


def sources() -> list[Path]:
    return [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]


def named(page: Path) -> str:
    """Return the page's name for a test's id."""
    return str(page.relative_to(ROOT))


def rows(page: Path, under: str = "") -> list[list[str]]:
    """Return the cells of every table of `page`, or of those below the heading `under`; without their heads."""
    found: list[list[str]] = []
    body = False
    for line in _section(page.read_text(encoding="utf-8"), under):
        if not line.startswith("|"):
            body = False
        elif re.fullmatch(r"[|\s:-]+", line):
            body = True
        elif body:
            found.append([cell.strip() for cell in line.strip("|").split("|")])
    return found


def words(page: Path, under: str = "") -> set[str]:
    """Return what stands as code in the first column of the tables."""
    return {word for row in rows(page, under) for word in re.findall(r"`([^`]+)`", row[0])}


def links(text: str) -> list[str]:
    """Return the targets of links, outside of code."""
    return re.findall(r"\]\(([^)\s]+)\)", re.sub(r"`[^`\n]*`", "", without_blocks(text)))


def anchors(text: str) -> set[str]:
    """Return what `#…` may name: each heading in small letters, spaces as dashes, without punctuation."""
    titles = re.findall(r"^#+ (.+)$", without_blocks(text), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


def code(text: str) -> Iterator[str]:
    """Yield everything set as code: blocks and single words."""
    for _, block in blocks(text):
        yield block
    yield from re.findall(r"`([^`\n]+)`", without_blocks(text))


def blocks(text: str) -> list[tuple[str, str]]:
    """Return the fenced blocks: (language, content)."""
    return re.findall(r"^```(\w*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def without_blocks(text: str) -> str:
    return re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)


def _section(text: str, under: str) -> list[str]:
    lines = text.splitlines()
    if not under:
        return lines
    start = lines.index(f"## {under}") + 1
    end = next((n for n in range(start, len(lines)) if lines[n].startswith("## ")), len(lines))
    return lines[start:end]
