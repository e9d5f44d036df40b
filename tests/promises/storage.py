"""What survives, whatever is killed."""

from tests.promises.requirement import Requirement

PROMISES = {
    # Storage
    "store.log_without_gaps": Requirement(source="storage research 4", says="an account's log has no gaps"),
    "store.group_commit": Requirement(source="architecture: Writing", says="many callers share one commit"),
    "store.repeatable_writes": Requirement(source="issue: faults", says="a write repeated after a lost commit is one"),
    "store.migrations": Requirement(source="issue 1.2", says="migrations run once under a lock, forward only"),
    "store.newer_refused": Requirement(source="issue 1.2", says="a database from a newer version is refused clearly"),
    "store.expiry": Requirement(source="issue 1.3", says="two sweepers settle each overdue request once"),
    "store.sealed_log": Requirement(source="issue 1.3: audit chain", says="changing a sealed entry is found"),
    "store.retention": Requirement(source="issue 1.3", says="requests past their time are dropped whole"),
    "store.schema_ceiling": Requirement(source="architecture: Time", says="the schema itself refuses 15 min and 1 s"),
    # Faults
    "fault.relay_killed": Requirement(
        source="issue 1: bad input and faults; quality: Reliability",
        says="a relay killed between any two steps of a request's life loses, doubles and mixes up nothing",
    ),
    "fault.postgres_killed": Requirement(
        source="issue 1: bad input and faults; quality: Reliability",
        says="a killed PostgreSQL costs a 503 or some waiting, and is running again by itself",
    ),
    "fault.stop": Requirement(
        source="quality: graceful stop", says="SIGTERM ends within 10 s: calls get a typed pending, sockets close 4002"
    ),
    "fault.frozen": Requirement(
        source="quality: the slow do not hurt the quick", says="a frozen relay goes on; a frozen device delays nobody"
    ),
    "fault.hints_lost": Requirement(
        source="quality: the bus may lose anything", says="with 30 or 100 % of hints lost everything still arrives"
    ),
    "fault.overload": Requirement(
        source="quality: overload sheds, never collapses",
        says="too much work is queued or refused with a typed reply, and over five seconds after it ends",
    ),
}
