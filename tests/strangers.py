"""A second account with an organization of its own, until invitations exist: written as the setup writes the first."""

import os

from aiohttp import web

from auth.passwords import Passwords
from auth.store.accounts import SQL
from relay.domain.ids import uuid7
from relay.services.keys import CLOCK, DATABASE


async def add_stranger(app: web.Application, email: str, password: str) -> None:
    passwords, now = Passwords(), app[CLOCK].now()
    hashed = await passwords.hash(password)
    passwords.close()
    account, org = uuid7(now, os.urandom), uuid7(now, os.urandom)
    async with app[DATABASE].transaction() as connection:
        await connection.execute(SQL["add_org"], org, "Elsewhere", now)
        await connection.execute(SQL["add_account"], account, email, "Eve", hashed, now)
        await connection.execute(SQL["add_membership"], org, account, "owner", now)
