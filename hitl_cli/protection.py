"""How a question is protected on its way, and its answer on the way back. Plain ones must not pay for PyNaCl."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, Protocol, TypeAlias, cast, get_args
from uuid import uuid4

from hitl_cli.errors import HitlError, Untrusted
from hitl_cli.http import RelayHttp
from hitl_cli.wire import Outcome, Reply

Receipts: TypeAlias = Literal["auto", "require", "off"]
Kind: TypeAlias = Literal["input", "approval", "completion", "notification"]

PATHS: Final[Mapping[Kind, str]] = {
    "input": "/api/v1/hitl/request",
    "approval": "/api/v1/hitl/request",
    "completion": "/api/v1/hitl/complete",
    "notification": "/api/v1/hitl/notify",
}
_TRUE: Final = frozenset({"1", "true", "yes", "on"})
_FALSE: Final = frozenset({"", "0", "false", "no", "off"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Protection:
    e2ee: bool = False
    allow_v1: bool = False
    root: str | None = None
    receipts: Receipts = "auto"

    @classmethod
    def chosen(
        cls,
        *,
        e2ee: bool | None = None,
        allow_v1: bool | None = None,
        root: str | None = None,
        receipts: str | None = None,
        env: Mapping[str, str] = os.environ,
    ) -> "Protection":
        """Take what a program or a command line said, else what the environment says."""
        wanted = receipts or env.get("HITL_RECEIPTS") or "auto"
        if wanted not in get_args(Receipts):
            raise HitlError(f"receipts are auto, require or off, not {wanted}")
        return cls(
            e2ee=_flag("HITL_E2EE_ENABLED", env) if e2ee is None else e2ee,
            allow_v1=_flag("HITL_E2EE_ALLOW_V1", env) if allow_v1 is None else allow_v1,
            root=root or env.get("HITL_E2EE_ROOT") or None,
            receipts=cast("Receipts", wanted),
        )


class Prepared(Protocol):
    """A question as it is sent, and what makes a reply of its outcome."""

    @property
    def path(self) -> str: ...

    @property
    def body(self) -> Mapping[str, Any]: ...

    @property
    def safety_number(self) -> str:
        """What to compare before the human can read the question; empty when nothing is to be compared."""

    async def reply(self, outcome: Outcome) -> Reply:
        """Return what the human said, or raise why there is nothing to be believed."""


async def prepared(relay: RelayHttp, kind: Kind, body: Mapping[str, Any], protection: Protection) -> Prepared:
    """Make a call of what a program says, one that can be repeated. Sealing it checks the account's devices first."""
    if not protection.e2ee:
        keyed = {**body, "idempotency_key": body.get("idempotency_key") or str(uuid4())}
        return _Plain(relay, kind, keyed, protection)
    from hitl_cli.sealing.identity import Identity  # noqa: PLC0415 - PyNaCl, only for whoever seals
    from hitl_cli.sealing.sealer import Sealer  # noqa: PLC0415

    sealer = Sealer(relay, Identity(root=protection.root), allow_v1=protection.allow_v1)
    return await sealer.seal(kind, body)


@dataclass(frozen=True, slots=True)
class _Plain:
    relay: RelayHttp
    kind: Kind
    body: Mapping[str, Any]
    protection: Protection

    safety_number = ""

    @property
    def path(self) -> str:
        return PATHS[self.kind]

    async def reply(self, outcome: Outcome) -> Reply:
        answer = outcome.answer()
        wanted = self.protection.receipts
        if outcome.default_applied or wanted == "off" or (wanted == "auto" and not outcome.raw.get("receipt")):
            return self._reply(outcome, answer)
        from hitl_cli.sealing.identity import Identity  # noqa: PLC0415 - as above
        from hitl_cli.sealing.receipts import checked_proof, unsigned  # noqa: PLC0415

        if not outcome.raw.get("receipt"):
            raise unsigned()
        identity = Identity(root=self.protection.root)
        try:
            proof, verdict = await checked_proof(self.relay, identity, outcome, self.kind, self.body)
        except HitlError as error:
            if wanted == "require" or isinstance(error, Untrusted):
                raise
            # The proof cannot be had, or what was seen cannot be kept: the answer is worth what one without proof is.
            return self._reply(outcome, answer)
        if verdict.device is None and wanted == "require":
            raise unsigned()
        device = verdict.device
        return self._reply(
            outcome, answer, device=device.name if device else "", verified=device is not None, proof=proof
        )

    def _reply(self, outcome: Outcome, answer: Any, **known: Any) -> Reply:
        comment = str(outcome.raw.get("comment") or "")
        return Reply(answer, outcome.request_id, comment=comment, default_applied=outcome.default_applied, **known)


def _flag(name: str, env: Mapping[str, str]) -> bool:
    said = env.get(name, "").strip().lower()
    if said not in _TRUE | _FALSE:
        # To take a misspelt wish for encryption for none would be worse than not to go on.
        raise HitlError(f"{name} is neither true nor false: nothing was sent")
    return said in _TRUE
