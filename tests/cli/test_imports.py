"""What a command costs before it does anything: the modules it imports."""

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from click.testing import CliRunner

from hitl_cli.main import main

ROOT = Path(__file__).parents[2]
HEAVY = {"nacl", "cffi", "cryptography", "pydantic", "asyncpg", "mcp", "authlib", "prometheus_client", "argon2", "rich"}

HELP = "import hitl_cli.main"
PLAIN = "import hitl_cli.main, hitl_cli.commands.asking, hitl_cli.protection"
SDK = "from hitl_cli import HITL, SyncHITL"
SEALED = "import hitl_cli.sealing.sealer, hitl_cli.sealing.receipts"


def imported(statement: str) -> set[str]:
    """The packages that are loaded after a statement."""
    code = f"{statement}\nimport sys\nprint(*{{name.partition('.')[0] for name in sys.modules}})"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603 - our own code
    return set(done.stdout.split())


@pytest.mark.proves("client.quick")
def test_help_and_usage_errors_import_click_and_little_else() -> None:
    assert imported(HELP) & {*HEAVY, "aiohttp", "asyncio"} == set()


def test_the_version_is_looked_up_for_whoever_asks_alone() -> None:
    asked = [sys.executable, "-c", f"{PLAIN}\nimport sys\nprint('importlib.metadata' in sys.modules)"]
    done = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603 - our own code
    assert done.stdout == "False\n"
    shown = CliRunner().invoke(main, ["--version"])
    assert (shown.exit_code, shown.output) == (0, f"hitl-cli, version {version('hitl-relay')}\n")


@pytest.mark.proves("client.quick")
@pytest.mark.parametrize("statement", [PLAIN, SDK])
def test_a_plain_question_does_not_pay_for_sealing(statement: str) -> None:
    assert imported(statement) & HEAVY == set()


def test_a_sealed_question_pays_for_pynacl_alone() -> None:
    assert imported(SEALED) & HEAVY == {"nacl", "cffi"} & imported(SEALED)
    assert "nacl" in imported(SEALED)
