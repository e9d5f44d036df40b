"""The page about roles says what the table of scopes says."""

import pytest

from auth.entities import Role
from auth.scopes import ROLE_SCOPES
from tests.docs.pages import DOCS, rows


@pytest.mark.proves("org.roles")
def test_the_page_of_roles_is_the_table_of_scopes() -> None:
    order = (Role.OWNER, Role.ADMIN, Role.OPERATOR)
    page = {row[0].strip("`"): row[1:4] for row in rows(DOCS / "topics/organizations.md", "Roles")}
    table = {
        scope: ["yes" if scope in ROLE_SCOPES[role] else "no" for role in order]
        for scope in set().union(*ROLE_SCOPES.values())
    }
    assert page == table
