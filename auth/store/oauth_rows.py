"""Rows of the authorization server's tables as what they mean."""

import datetime as dt

from auth.oauth.entities import Code, DeviceCode, Grant, RefreshToken
from relay.domain.ids import AccountId, AgentId, OrgId
from relay.store.database import Record


def grant_of(row: Record) -> Grant:
    return Grant(
        id=row["id"],
        account_id=AccountId(row["account_id"]),
        org_id=OrgId(row["org_id"]),
        client_id=row["client_id"],
        agent_id=AgentId(row["agent_id"]) if row["agent_id"] else None,
        agent_name=row["agent_name"],
        names_itself=row["names_itself"],
        scopes=tuple(row["scopes"]),
        resource=row["resource"],
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        last_used_at=row["last_used_at"],
        revoked_at=row["revoked_at"],
    )


def code_of(row: Record) -> Code:
    return Code(
        digest=row["hash"],
        grant_id=row["grant_id"],
        redirect_uri=row["redirect_uri"],
        challenge=row["challenge"],
        expires_at=row["expires_at"],
        used_at=row["used_at"],
    )


def refresh_of(row: Record) -> RefreshToken:
    return RefreshToken(
        digest=row["hash"],
        grant_id=row["grant_id"],
        expires_at=row["expires_at"],
        used_at=row["used_at"],
        salt=row["salt"],
    )


def device_of(row: Record) -> DeviceCode:
    return DeviceCode(
        digest=row["hash"],
        user_code_digest=row["user_code_hash"],
        client_id=row["client_id"],
        scopes=tuple(row["scopes"]),
        resource=row["resource"],
        asked_from=row["asked_from"],
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        interval=dt.timedelta(seconds=row["interval_s"]),
        polled_at=row["polled_at"],
        denied_at=row["denied_at"],
        grant_id=row["grant_id"],
        used_at=row["used_at"],
    )
