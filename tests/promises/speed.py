"""What being quick must not change."""

from tests.promises.requirement import Requirement

PROMISES = {
    "lane.same_answers": Requirement(
        source="issue 2: W1, W5; bad input", says="the fast lane answers byte for byte what aiohttp alone would"
    ),
    "lane.hands_over": Requirement(
        source="issue 2: W1, W5", says="what the fast lane does not carry is aiohttp's, with nothing lost"
    ),
    "store.kept_plans": Requirement(
        source="issue 2: W4", says="a statement planned once finds every row by its index, however full the tables get"
    ),
    "store.idle_connections": Requirement(
        source="issue 2: W7", says="a relay that has nothing to write holds no connection for writing"
    ),
}
