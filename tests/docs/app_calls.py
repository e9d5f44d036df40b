"""Which operations of the REST door the app calls, read from its sources."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

SOURCES: Final = Path(__file__).parents[2] / "web/src"

Call = tuple[str, str]
"""Method and path, each parameter of which is `{}`."""

VERBS: Final = {
    "get": "GET",
    "useResource": "GET",
    "download": "GET",
    "post": "POST",
    "patch": "PATCH",
    "del": "DELETE",
}
CONSTANT: Final = re.compile(r"const (\w+) = [`']([^`']*/[^`']*)[`']")
IMPORT: Final = re.compile(r"import \{([^}]*)\} from '(\.[^']*)'")
WHERE: Final = (
    r"(?:<[^()]*?>)?\(\s*(?:'(?P<method>[A-Z]+)',\s*)?(?:`(?P<built>[^`]*)|'(?P<plain>[^']*)'|(?P<name>\w+)\b)"
)
CALLED: Final = re.compile(rf"\b(?P<verb>{'|'.join(VERBS)}|call){WHERE}")


def calls() -> Iterator[Call]:
    """Yield what the app asks the relay for, as often as it stands there."""
    for source in SOURCES.rglob("*.ts*"):
        yield from _calls_of(source)


def _calls_of(source: Path) -> Iterator[Call]:
    text, known = source.read_text(encoding="utf-8"), _constants(source)
    for call in CALLED.finditer(text):
        method = call["method"] or VERBS.get(call["verb"])
        given = {call["built"] or call["plain"] or ""} if call["name"] is None else known.get(call["name"], set())
        for path in given:
            whole = _resolved(path, known)
            if method and whole.startswith("/api/"):
                yield method, whole


def _constants(source: Path) -> Mapping[str, set[str]]:
    """Return the paths that have a name in this file, or come into it by one."""
    text = source.read_text(encoding="utf-8")
    known: dict[str, set[str]] = {}
    for names, module in IMPORT.findall(text):
        for name in filter(None, (each.strip().removeprefix("type ") for each in names.split(","))):
            theirs, _, ours = name.partition(" as ")
            for there in (source.parent / f"{module}{end}" for end in (".ts", ".tsx", "/index.tsx")):
                found = dict(CONSTANT.findall(there.read_text(encoding="utf-8"))) if there.is_file() else {}
                if theirs in found:
                    known.setdefault(ours or theirs, set()).add(found[theirs])
    for name, path in CONSTANT.findall(text):
        known.setdefault(name, set()).add(path)
    return known


def _resolved(path: str, known: Mapping[str, set[str]]) -> str:
    """Fill in constants; what else is filled in is a parameter, or, not behind a slash, a query."""

    def fill(match: re.Match[str]) -> str:
        values = known.get(match[1], set())
        return next(iter(values)) if len(values) == 1 else "{}"

    path = re.sub(r"\$\{(\w+)\}", fill, path)
    path = re.sub(r"\$\{[^}]*\}?", "{}", path)
    return re.sub(r"(?<!/)\{\}.*", "", path).partition("?")[0]
