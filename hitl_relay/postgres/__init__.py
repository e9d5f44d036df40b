"""The private PostgreSQL: `hitl-relay serve` needs no database server of somebody else's."""

from hitl_relay.postgres.cluster import Cluster
from hitl_relay.postgres.errors import InUse, PostgresError
from hitl_relay.postgres.server import PrivatePostgres

__all__ = ["Cluster", "InUse", "PostgresError", "PrivatePostgres"]
