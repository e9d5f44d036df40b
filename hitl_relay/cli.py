"""The `hitl-relay` command."""


def main() -> None:
    raise SystemExit("not built yet")
