"""`hitl-cli` and the SDK."""

from tests.promises.requirement import Requirement

PROMISES = {
    "client.sdk": Requirement(source="seed 003: HITL snippet", says="the SDK sample runs unchanged and leaks nothing"),
    "client.command": Requirement(source="seed 003: CLI lines", says="the command lines run unchanged"),
    "client.login": Requirement(source="issue 6.3", says="login in a browser, or by a code on a headless machine"),
    "client.renewal": Requirement(source="issue 6.3", says="a login renews itself, for all processes at once"),
    "client.agents": Requirement(source="issue 6.3", says="agents are listed and made from the shell"),
    "client.completion": Requirement(source="issue 6.3", says="bash, zsh and fish complete commands and options"),
    "sealed.terminal": Requirement(
        source="issue 6.3", says="a terminal is a device: it opens, refuses, answers, signs"
    ),
    "sealed.proxy": Requirement(
        source="seed 003: MCP Proxy Mode", says="the proxy shows plain tools and seals all it sends"
    ),
    "client.one_question": Requirement(source="domain rule 5", says="whatever the network does, a call asks once"),
    "client.withdraws": Requirement(source="issue 1.8", says="an interrupted command takes its question back"),
    "client.exit_codes": Requirement(source="issue 1.8", says="how a question ended is told by the exit code"),
    "client.inbox": Requirement(source="issue 1.8", says="a terminal is a device that can answer every form"),
    "client.nothing_hidden": Requirement(source="domain rule 7", says="a terminal obeys no prompt and shows it all"),
    "client.nothing_lost": Requirement(source="issue 1.8", says="what was typed survives a dropped connection"),
    "client.danger": Requirement(source="issue 1.8", says="a dangerous answer needs the word yes"),
    "client.certificates": Requirement(
        source="issue 7.3", says="a quick start trusts the authorities of the system or the environment, and no other"
    ),
    "client.quick": Requirement(source="issue 7.3", says="a plain question imports nothing it does not use"),
    "client.terminal_restored": Requirement(source="issue 1.8", says="the terminal is left as it was, also by a crash"),
}
