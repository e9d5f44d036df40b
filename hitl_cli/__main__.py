"""`python -m hitl_cli` is `hitl-cli`."""

from hitl_cli.main import main

main(prog_name="hitl-cli")
