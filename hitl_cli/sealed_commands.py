"""The options of `keys` and `receipt`; like `hitl_cli.main`, it imports only click."""

from pathlib import Path
from typing import Final

import click

from hitl_cli.running import run

KEYS_EXAMPLES: Final = """\b
Examples:
  hitl-cli keys fingerprint
  hitl-cli keys verify "12345 67890 …"     (the number that the app shows)
  hitl-cli keys export > agent.pub

"""


def commands(epilog: str) -> tuple[click.Group, click.Group]:
    """Return the two groups, each command of them with the same epilogue as all others."""
    return _keys(epilog), _receipt(epilog)


def _keys(epilog: str) -> click.Group:
    @click.group(epilog=KEYS_EXAMPLES + epilog)
    def keys() -> None:
        """See, compare and trust the keys that questions are sealed with."""

    @keys.command(epilog=epilog)
    @click.option("--json", "as_json", is_flag=True, help="Print all that is known, not only the number.")
    @click.pass_obj
    def fingerprint(server: str | None, *, as_json: bool) -> None:
        """Print the safety number of this machine's key and the account; the app shows the same one."""
        from hitl_cli.commands import keys as does  # noqa: PLC0415

        run(lambda: does.fingerprint(server, as_json=as_json))

    @keys.command(epilog=epilog)
    @click.argument("number", nargs=-1, required=True)
    @click.pass_obj
    def verify(server: str | None, number: tuple[str, ...]) -> None:
        """Compare the NUMBER that the app shows; exit code 8 when it is another one."""
        from hitl_cli.commands import keys as does  # noqa: PLC0415

        run(lambda: does.verify(server, "".join(number)))

    @keys.command(epilog=epilog)
    @click.option("--json", "as_json", is_flag=True, help="Print an object instead of the bare key.")
    def export(*, as_json: bool) -> None:
        """Print the public key of this machine, to be approved by hand."""
        from hitl_cli.commands import keys as does  # noqa: PLC0415

        does.export(as_json=as_json)

    @keys.command(epilog=epilog)
    @click.option("--number", metavar="N", help="The safety number that the app shows, where nobody can be asked.")
    @click.pass_obj
    def trust(server: str | None, number: str | None) -> None:
        """Trust the account's list of devices as it is now, after a human has compared the safety number."""
        from hitl_cli.commands import keys as does  # noqa: PLC0415

        run(lambda: does.trust(server, number))

    return keys


def _receipt(epilog: str) -> click.Group:
    @click.group(epilog=epilog)
    def receipt() -> None:
        """Check who decided."""

    @receipt.command("verify", epilog=epilog)
    @click.argument("file", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True))
    @click.option("--root", metavar="R", help="The account's root; else any that was seen before on this machine.")
    @click.option("--json", "as_json", is_flag=True, help="Print an object instead of lines.")
    def verify_receipt(file: Path, root: str | None, *, as_json: bool) -> None:
        """Check the proof in FILE, without any relay; exit code 8 when it does not hold."""
        from hitl_cli.commands import receipt as does  # noqa: PLC0415

        run(lambda: does.verify(file, root, as_json=as_json))

    return receipt
