"""Nothing of the client is undocumented."""

import inspect
from pathlib import Path

import click
import pytest

import hitl_cli
from hitl_cli import HITL, sdk
from hitl_cli.errors import ExitCode
from hitl_cli.main import EXIT_CODES, main

DOCS = Path(__file__).parents[2] / "docs"
COMMAND_PAGE = (DOCS / "reference" / "hitl-cli.md").read_text(encoding="utf-8")
SDK_PAGE = (DOCS / "reference" / "python-sdk.md").read_text(encoding="utf-8")

OPTIONS = [
    (name, option)
    for name, command in main.commands.items()
    for parameter in command.params
    if isinstance(parameter, click.Option)
    for option in parameter.opts
]


@pytest.mark.parametrize("name", main.commands)
def test_every_command_is_documented_and_explains_its_exit_codes(name: str) -> None:
    assert f"### `hitl-cli {name}" in COMMAND_PAGE
    assert "Exit codes:" in main.commands[name].get_help(click.Context(main.commands[name]))


@pytest.mark.parametrize(("name", "option"), OPTIONS)
def test_every_option_is_documented(name: str, option: str) -> None:
    section = COMMAND_PAGE.split(f"### `hitl-cli {name}")[1].split("\n#")[0]
    assert option in section


@pytest.mark.parametrize("code", ExitCode)
def test_every_exit_code_is_documented(code: ExitCode) -> None:
    assert f"| {code.value} |" in COMMAND_PAGE
    assert str(code.value) in EXIT_CODES


@pytest.mark.parametrize("method", [HITL.__init__, HITL.request_input, HITL.notify, HITL.notify_completion])
def test_every_argument_of_the_sdk_is_documented(method: object) -> None:
    assert callable(method)
    for name in inspect.signature(method).parameters:
        assert name == "self" or name in SDK_PAGE


@pytest.mark.parametrize("name", hitl_cli.__all__)
def test_every_name_of_the_package_exists_and_is_documented(name: str) -> None:
    assert getattr(hitl_cli, name).__name__ == name
    assert name in SDK_PAGE


def test_a_name_that_does_not_exist_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nothing"):
        _ = hitl_cli.nothing


GROUPED = [
    (group.name, name, option)
    for group in main.commands.values()
    if isinstance(group, click.Group)
    for name, command in group.commands.items()
    for option in [name, *(option for parameter in command.params for option in parameter.opts if option[0] == "-")]
]


@pytest.mark.parametrize(("group", "command", "option"), GROUPED)
def test_every_command_of_a_group_is_documented_with_its_options(group: str, command: str, option: str) -> None:
    section = COMMAND_PAGE.split(f"### `hitl-cli {group}")[1].split("\n#")[0]
    assert f"hitl-cli {group} {command}" in section
    assert option in section


@pytest.mark.parametrize("name", ["Asking", "ApprovalAsking"])
def test_every_word_of_a_question_is_documented(name: str) -> None:
    for word in getattr(sdk, name).__annotations__:
        assert f"`{word}" in SDK_PAGE or f"{word}=" in SDK_PAGE
