"""The pages hold together: links lead somewhere, and what they tell people to type exists."""

import ast
import json
import re
from pathlib import Path

import pytest

from hitl_relay.app import operations
from hitl_relay.cli import main as relay_command
from tests.docs.pages import ROOT, anchors, blocks, code, files, links, markdown, named, sources

PAGES = pytest.mark.parametrize("page", markdown(), ids=named)

CALL = re.compile(r"\b(GET|POST|PATCH|PUT|DELETE) (/[\w/{}.-]*)")
COMMAND = re.compile(r"(?:^|/)hitl-relay ([a-z][\w-]*)(?: ([a-z][\w-]*))?", re.MULTILINE)
VARIABLE = re.compile(r"\bHITL_[A-Z0-9_]+\b")
OTHER_READERS = ("web/build.py", "deploy/Caddyfile")
MACHINE = re.compile(rf"{re.escape(str(ROOT))}|(?<![\w.-])/(?:work|Users/[a-z]\w*)/")


@pytest.mark.proves("docs.complete")
@PAGES
def test_every_link_leads_somewhere(page: Path):
    text = page.read_text(encoding="utf-8")
    for target in links(text):
        if target.startswith(("http://", "https://", "mailto:")):
            continue
        path, _, anchor = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        assert there.exists(), target
        if anchor and there.suffix == ".md":
            assert anchor in anchors(there.read_text(encoding="utf-8")), target


@pytest.mark.proves("docs.complete")
def test_every_page_can_be_reached_from_the_index():
    index = ROOT / "docs/README.md"
    linked = {(index.parent / link.partition("#")[0]).resolve() for link in links(index.read_text(encoding="utf-8"))}
    unlisted = {"README.md", "decisions.md"}
    pages = [page for page in markdown() if page.is_relative_to(ROOT / "docs") and page.name not in unlisted]
    assert [named(page) for page in pages if page not in linked] == []


@pytest.mark.proves("docs.complete")
@PAGES
def test_every_make_target_exists(page: Path):
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z][\w-]*):", makefile, re.MULTILINE))
    for text in code(page.read_text(encoding="utf-8")):
        for name in re.findall(r"^(?:sudo )?make ([a-z][\w-]*)", text, re.MULTILINE):
            assert name in targets, name


@pytest.mark.proves("docs.complete")
@PAGES
def test_every_relay_command_exists(page: Path):
    for text in code(page.read_text(encoding="utf-8")):
        for name, more in COMMAND.findall(text):
            command = relay_command.commands.get(name)
            assert command is not None, name
            if more:
                assert more in getattr(command, "commands", {}), f"{name} {more}"


@pytest.mark.proves("docs.complete")
@PAGES
def test_every_call_that_is_named_exists(page: Path):
    known = {(operation.method, re.sub(r"{\w+}", "{}", operation.path)) for operation in operations()}
    for text in code(page.read_text(encoding="utf-8")):
        for method, path in CALL.findall(text):
            if not path.startswith("/…"):
                assert (method, re.sub(r"{\w+}", "{}", path)) in known, f"{method} {path}"


@pytest.mark.proves("docs.complete")
@PAGES
def test_every_variable_that_is_named_is_read(page: Path):
    read = {
        name
        for path in (*sources(), *(ROOT / name for name in OTHER_READERS))
        for name in VARIABLE.findall(path.read_text(encoding="utf-8"))
    }
    assert set(VARIABLE.findall(page.read_text(encoding="utf-8"))) <= read


@pytest.mark.proves("docs.complete")
@PAGES
def test_examples_are_well_formed(page: Path):
    for language, block in blocks(page.read_text(encoding="utf-8")):
        if language == "python":
            ast.parse(block)
        if language == "json":
            json.loads(block)


def test_no_file_names_a_place_on_somebodys_machine():
    found = []
    for path in files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # not text
        found += [f"{named(path)}: {hit}" for hit in MACHINE.findall(text)]
    assert found == []
