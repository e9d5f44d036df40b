"""What an answer of the authorization server wants written: in the transaction its facts were read in."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias
from uuid import UUID

from auth.oauth.entities import Code, DeviceCode, Grant, RefreshToken
from relay.domain.ids import AgentId


class Reason(StrEnum):
    """Why a grant was revoked."""

    OWNER = "owner"
    CLIENT = "client"
    CODE_REUSED = "code_reused"
    REFRESH_REUSED = "refresh_token_reused"


@dataclass(frozen=True, slots=True)
class AddGrant:
    grant: Grant


@dataclass(frozen=True, slots=True)
class AddCode:
    code: Code


@dataclass(frozen=True, slots=True)
class SpendCode:
    digest: bytes
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class AddRefresh:
    token: RefreshToken


@dataclass(frozen=True, slots=True)
class SpendRefresh:
    """`salt` makes `successor` from the token; the token this one succeeded can be answered for no more."""

    digest: bytes
    at: dt.datetime
    salt: bytes
    successor: bytes


@dataclass(frozen=True, slots=True)
class RevokeGrant:
    grant: Grant
    reason: Reason
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class NameAgent:
    """Make the grant's agent. Where the name is taken a number is added: a program cannot name itself into another."""

    grant: Grant
    agent_id: AgentId
    name: str
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class AddDeviceCode:
    code: DeviceCode


@dataclass(frozen=True, slots=True)
class Poll:
    digest: bytes
    at: dt.datetime
    interval: dt.timedelta


@dataclass(frozen=True, slots=True)
class SpendDeviceCode:
    digest: bytes
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class DecideDeviceCode:
    """`grant_id` is absent when the human said no."""

    digest: bytes
    grant_id: UUID | None
    at: dt.datetime


Change: TypeAlias = (
    AddGrant
    | AddCode
    | SpendCode
    | AddRefresh
    | SpendRefresh
    | RevokeGrant
    | NameAgent
    | AddDeviceCode
    | Poll
    | SpendDeviceCode
    | DecideDeviceCode
)
