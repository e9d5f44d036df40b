"""Who gave a plain answer: the receipt that the device signed, held against the question that was asked."""

from collections.abc import Mapping
from typing import Any

from hitl_cli.asking import insist
from hitl_cli.errors import HitlError
from hitl_cli.http import RelayHttp
from hitl_cli.sealed.canon import canon
from hitl_cli.sealed.proof import Verdict, check_proof
from hitl_cli.sealed.wrong import Wrong, must, refused
from hitl_cli.sealing.identity import Identity
from hitl_cli.sealing.message import message_of
from hitl_cli.sealing.pins import account_name
from hitl_cli.wire import Outcome


async def checked_proof(
    relay: RelayHttp, identity: Identity, outcome: Outcome, kind: str, body: Mapping[str, Any]
) -> tuple[Mapping[str, Any], Verdict]:
    """Fetch the proof of an answer and refuse one that is about anything else than this question and this answer."""
    proof = await insist(lambda: relay.call("GET", f"/api/v1/requests/{outcome.request_id}/proof"))
    verdict = check_proof(proof)
    receipt, said, asked = verdict.receipt, verdict.said, verdict.asked
    must(receipt["request"] == outcome.request_id, Wrong.RECEIPT_OTHER, "the receipt is for another request")
    if said is None or asked is None:
        raise refused(Wrong.RECEIPT_OTHER, "the receipt does not show what was asked and answered")
    answer = [outcome.response, outcome.raw.get("comment") or ""]
    must(canon([said.value, said.comment]) == canon(answer), Wrong.RECEIPT_OTHER, "the receipt is for another answer")
    words = {name: value for name, value in asked.items() if name != "agent"}
    ours = canon(words) == canon(message_of(kind, body))
    must(ours, Wrong.OTHER_QUESTION, "the human was shown another question than was asked")
    account = account_name(relay.endpoint.server_url, body.get("audience"))
    if verdict.device is not None:
        log = identity.pins.checked(account, proof["log"])
        must(verdict.device.sign in log.devices, Wrong.UNKNOWN_DEVICE, "a device signed that has left the account")
    else:
        logless = identity.pins.of(account) is None and not identity.pins.told
        must(logless, Wrong.UNKNOWN_DEVICE, "the receipt is of no device of the account")
    return proof, verdict


def unsigned() -> HitlError:
    return refused(Wrong.NO_RECEIPT, "no device signed this answer, and only signed answers were wanted")
