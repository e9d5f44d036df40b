"""What the client keeps of keys, pins and questions, and what it makes of broken and of stolen files."""

import json
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from hitl_cli.errors import HitlError, IdentityChanged, Untrusted
from hitl_cli.sealed import log_entries
from hitl_cli.sealed.canon import b64
from hitl_cli.sealed.keys import DeviceKey, opening_key
from hitl_cli.sealed.log import Entry
from hitl_cli.sealed.question import Sent
from hitl_cli.sealing.agent_key import agent_key, key_path, load_agent_key
from hitl_cli.sealing.pins import Pins, account_name
from hitl_cli.sealing.sent import Record, SentRecords, Ticket
from tests.sealing import NOW, PHONE_ID, Draw, an_account

SERVER = "https://relay.example"
ROOT = Path(__file__).parents[2]


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    return {"XDG_CONFIG_HOME": str(tmp_path)}


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


# The key


def test_a_key_is_made_once_in_the_published_clients_place_and_form(env: dict[str, str]) -> None:
    made = agent_key(env, Draw("key"))
    stored = json.loads(key_path(env).read_text(encoding="utf-8"))
    assert stored == {"public_key": made.public, "private_key": b64(made.private)}
    assert (key_path(env).name, key_path(env).parent.name, mode(key_path(env))) == ("agent.key", "hitl-cli", 0o600)
    assert agent_key(env, Draw("another")) == made


def test_a_key_that_others_could_read_is_closed(env: dict[str, str]) -> None:
    agent_key(env, Draw("key"))
    key_path(env).chmod(0o644)
    assert load_agent_key(env)
    assert mode(key_path(env)) == 0o600


def test_the_key_of_an_earlier_name_is_read_if_it_is_the_only_one(env: dict[str, str], tmp_path: Path) -> None:
    earlier, key = tmp_path / "hitl-shin-relay" / "agent.key", an_account().agent
    earlier.parent.mkdir()
    earlier.write_text(json.dumps({"public_key": key.public, "private_key": b64(key.private)}), encoding="utf-8")
    assert agent_key(env, Draw("new")) == key
    assert not key_path(env).exists()
    key_path(env).parent.mkdir(exist_ok=True)
    newer = {"public_key": an_account().inbox.public, "private_key": b64(an_account().inbox.private)}
    key_path(env).write_text(json.dumps(newer), encoding="utf-8")
    assert agent_key(env, Draw("new")) == an_account().inbox


@pytest.mark.parametrize("tail", [b"", b"public half"])
def test_an_ed25519_key_is_used_as_what_it_converts_to(env: dict[str, str], tail: bytes) -> None:
    device = DeviceKey.make(Draw("ed25519"))
    private = device.seed + (b"" if not tail else bytes(32))
    key_path(env).parent.mkdir()
    key_path(env).write_text(json.dumps({"public_key": device.sign, "private_key": b64(private)}), encoding="utf-8")
    assert load_agent_key(env) == opening_key(device.seed)


@pytest.mark.parametrize(
    "stored",
    [
        "{",
        "[]",
        "{}",
        '{"public_key": 1, "private_key": 2}',
        '{"public_key": "AAAA", "private_key": "AAAA"}',
        json.dumps({"public_key": b64(bytes(32)), "private_key": b64(bytes(range(32)))}),
    ],
)
def test_a_broken_key_is_never_replaced(env: dict[str, str], stored: str) -> None:
    key_path(env).parent.mkdir()
    key_path(env).write_text(stored, encoding="utf-8")
    with pytest.raises(HitlError, match=r"agent\.key"):
        agent_key(env, Draw("key"))
    assert key_path(env).read_text(encoding="utf-8") == stored


PUBLISHED = Path(sys.prefix) / "published-client/bin/python"

EXCHANGING = """
import sys
from pathlib import Path
from hitl_cli.crypto import generate_agent_keypair, load_agent_keypair, save_agent_keypair
print(*load_agent_keypair(Path(sys.argv[1])))
pair = generate_agent_keypair()
save_agent_keypair(*pair, Path(sys.argv[1]))
print(*pair)
"""


@pytest.mark.skipif(not PUBLISHED.exists(), reason="`make test` installs the published client")
def test_the_published_client_and_ours_read_each_others_key(env: dict[str, str], tmp_path: Path) -> None:
    ours = agent_key(env, Draw("key"))
    command = [str(PUBLISHED), "-c", EXCHANGING, str(key_path(env))]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)  # noqa: S603 - our own code
    read, made = done.stdout.splitlines()
    assert read.split() == [ours.public, b64(ours.private)]
    theirs = load_agent_key(env)
    assert theirs
    assert made.split() == [theirs.public, b64(theirs.private)]


MAKING = """
import os, secrets, sys
from hitl_cli.sealing.agent_key import agent_key
sys.stdin.read()
print(agent_key(os.environ, secrets.token_bytes).public)
"""


def test_processes_that_make_the_key_at_once_get_the_same_one(env: dict[str, str]) -> None:
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    command = [sys.executable, "-c", MAKING]
    racing = [subprocess.Popen(command, cwd=ROOT, env=env, **pipes) for _ in range(4)]  # noqa: S603 - our own code
    for process in racing:  # all have started and wait; closing their stdin lets them go
        assert process.stdin
        process.stdin.close()
    keys = set()
    for process in racing:
        assert process.stdout
        keys.add(process.stdout.read())
        process.stdout.close()
        assert process.wait(30) == 0
    assert len(keys) == 1


# Pins


@pytest.fixture
def pins(env: dict[str, str]) -> Pins:
    return Pins(env)


def another_log() -> list[Entry]:
    thief = DeviceKey.make(Draw("thief"))
    return [log_entries.add(thief, device_id=PHONE_ID, name="Phone", by=thief, log=None, at=NOW)]


@pytest.mark.proves("sealed.pinned")
def test_what_was_seen_first_is_pinned_and_followed(pins: Pins) -> None:
    account = an_account()
    assert pins.of(SERVER) is None
    pins.checked(SERVER, account.entries[:2])
    pins.checked(SERVER, account.entries)
    pinned = pins.of(SERVER)
    assert pinned
    assert (pinned.pin, pinned.compared) == (account.known.pin(), False)
    assert mode(pins.path) == 0o600
    with pytest.raises(Untrusted, match="log_rolled_back"):
        pins.checked(SERVER, account.entries[:-1])
    with pytest.raises(Untrusted, match="unreadable"):
        pins.checked(SERVER, [])
    assert pins.of(SERVER) == pinned


@pytest.mark.proves("sealed.pinned")
def test_a_log_that_begins_anew_is_refused_until_a_human_trusts_it(pins: Pins) -> None:
    account = an_account()
    pins.checked(SERVER, account.entries)
    with pytest.raises(IdentityChanged):
        pins.checked(SERVER, another_log())
    assert pins.checked(SERVER, account.entries).root == account.known.root
    pins.trust(SERVER, another_log())
    pinned = pins.of(SERVER)
    assert pinned
    assert pinned.compared
    with pytest.raises(IdentityChanged):
        pins.checked(SERVER, account.entries)


def test_each_relay_and_each_audience_has_a_pin_of_its_own(pins: Pins) -> None:
    pins.checked(SERVER, an_account().entries)
    pins.checked(account_name(SERVER, "somebody"), another_log())
    pins.checked("https://other.example", another_log())
    assert pins.of(SERVER) != pins.of(account_name(SERVER, "somebody"))
    assert pins.knows(an_account().known.root)
    assert not pins.knows("another")


def test_a_root_that_the_program_was_told_needs_no_first_use(env: dict[str, str]) -> None:
    account = an_account()
    told = Pins(env, account.known.root)
    with pytest.raises(IdentityChanged):
        told.checked(SERVER, another_log())
    assert told.of(SERVER) is None
    told.checked(SERVER, account.entries)
    pinned = told.of(SERVER)
    assert pinned
    assert pinned.compared


def test_a_root_that_the_program_was_told_replaces_what_was_pinned(env: dict[str, str]) -> None:
    Pins(env).checked(SERVER, another_log())
    account = an_account()
    assert Pins(env, account.known.root).checked(SERVER, account.entries).root == account.known.root


@pytest.mark.parametrize("stored", ["{", "[]", '{"https://relay.example": {"root": 1}}'])
def test_a_broken_file_of_pins_is_no_empty_one(pins: Pins, stored: str) -> None:
    pins.path.parent.mkdir()
    pins.path.write_text(stored, encoding="utf-8")
    with pytest.raises(HitlError, match=r"pins\.json"):
        pins.checked(SERVER, another_log())
    assert pins.path.read_text(encoding="utf-8") == stored


# What was sent


def a_sent(id: str = "q1", expires: int = NOW + 600) -> Sent:
    return Sent(payload="", id=id, name=f"name of {id}", root="root", expires=expires)


def a_record(sent: Sent, **over: Any) -> Record:
    usual = {"account": SERVER, "agent": "agent", "asked": "deploy?", "key": "", "name": sent.name, "root": "root"}
    return Record(**{**usual, "expires": sent.expires, **over})


@pytest.fixture
def records(env: dict[str, str]) -> SentRecords:
    return SentRecords(env, lambda: NOW)


def begun(records: SentRecords, id: str, **over: Any) -> Ticket:
    return records.begin(a_sent(id), a_record(a_sent(id), **over))


def take(records: SentRecords, ticket: Ticket, id: str) -> str:
    with records.answering(ticket, id) as record:
        return record.name


@pytest.mark.proves("sealed.one_answer")
def test_an_answer_is_taken_by_everybody_who_waits_and_by_nobody_who_asks_later(records: SentRecords) -> None:
    first, second = begun(records, "q1"), begun(records, "q2")
    assert take(records, first, "q1") == "name of q1"
    assert take(records, second, "q1") == "name of q1"  # joined the same question, and waited with it
    later = begun(records, "q3")
    with pytest.raises(Untrusted, match="replayed"):
        take(records, later, "q1")
    assert take(records, later, "q3") == "name of q3"


def test_an_answer_that_nobody_took_reaches_who_asks_again(records: SentRecords) -> None:
    begun(records, "q1")
    assert take(records, begun(records, "q2"), "q1") == "name of q1"


def test_a_caller_that_names_its_question_gets_its_answer_again(records: SentRecords) -> None:
    take(records, begun(records, "q1", key="step 7"), "q1")
    assert take(records, begun(records, "q2", key="step 7"), "q1") == "name of q1"
    with pytest.raises(Untrusted, match="replayed"):
        take(records, begun(records, "q3", key="step 8"), "q1")


@pytest.mark.parametrize("over", [{"asked": "lunch?"}, {"account": "other"}, {"agent": "other"}, {"root": "other"}])
def test_an_answer_to_something_else_is_refused(records: SentRecords, over: dict[str, str]) -> None:
    begun(records, "q1", **over)
    with pytest.raises(Untrusted, match="other_question"):
        take(records, begun(records, "q2"), "q1")


def test_an_answer_to_a_question_of_another_machine_is_refused(records: SentRecords) -> None:
    with pytest.raises(Untrusted, match="other_question"):
        take(records, begun(records, "q1"), "q9")


def test_an_answer_that_is_not_believed_is_not_taken(records: SentRecords) -> None:
    ticket = begun(records, "q1")
    with pytest.raises(ZeroDivisionError), records.answering(ticket, "q1"):
        raise ZeroDivisionError
    assert take(records, begun(records, "q2"), "q1") == "name of q1"


def test_what_can_no_longer_be_answered_is_forgotten_and_refused(env: dict[str, str]) -> None:
    begun(SentRecords(env, lambda: NOW), "q1")
    later = SentRecords(env, lambda: NOW + 600 + 121)
    with pytest.raises(Untrusted, match="other_question"):
        take(later, begun(later, "q2"), "q1")
    assert "q1" not in (Path(env["XDG_CONFIG_HOME"]) / "hitl-cli" / "sent.json").read_text(encoding="utf-8")


def test_the_record_is_private_and_holds_no_words(records: SentRecords, env: dict[str, str]) -> None:
    begun(records, "q1")
    path = Path(env["XDG_CONFIG_HOME"]) / "hitl-cli" / "sent.json"
    assert mode(path) == 0o600
    kept = json.loads(path.read_text(encoding="utf-8"))["sent"]["q1"]
    assert kept.keys() == {"account", "agent", "asked", "key", "name", "root", "expires", "answered"}


def test_a_broken_record_is_said_to_be_broken(records: SentRecords, env: dict[str, str]) -> None:
    path = Path(env["XDG_CONFIG_HOME"]) / "hitl-cli" / "sent.json"
    path.parent.mkdir()
    path.write_text('{"turn": 1, "sent": {"q": {}}}', encoding="utf-8")
    with pytest.raises(HitlError, match=r"sent\.json"):
        begun(records, "q1")
