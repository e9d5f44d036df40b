from collections.abc import Iterator

import pytest

from tests.cluster import TestCluster


@pytest.fixture(scope="session")
def cluster() -> Iterator[str]:
    """The address of a running PostgreSQL, with `{db}` where the name of the database goes."""
    with TestCluster() as cluster:
        yield cluster.url
