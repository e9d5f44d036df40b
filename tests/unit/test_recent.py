import pytest

from relay.domain.ids import RequestId
from relay.services import recent
from relay.services.recent import RecentRequests
from tests.builders import a_content, a_request, an_answer, an_id


def test_a_request_is_found_until_it_is_dropped() -> None:
    kept, request = RecentRequests(), a_request()
    kept.put(request)
    assert kept.get(request.id) is request
    settled = request.answered(an_answer())
    kept.put(settled)
    assert kept.get(request.id) is settled
    kept.drop(request.id)
    kept.drop(request.id)
    assert kept.get(request.id) is None
    assert kept.get(RequestId(an_id())) is None


def test_the_oldest_go_when_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent, "MAX_REQUESTS", 3)
    kept, requests = RecentRequests(), [a_request() for _ in range(5)]
    for request in requests:
        kept.put(request)
    assert [kept.get(request.id) for request in requests] == [None, None, *requests[2:]]


def test_the_oldest_go_when_they_are_too_large_and_dropped_ones_do_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent, "MAX_CHARACTERS", 100)
    kept = RecentRequests()
    large = [a_request(content=a_content(prompt="p" * 30, context="c" * 10)) for _ in range(3)]
    kept.put(large[0])
    for _ in range(5):
        kept.put(large[1])
    assert kept.get(large[0].id)
    kept.put(large[2])
    assert kept.get(large[0].id) is None
    kept.drop(large[1].id)
    kept.put(large[0])
    assert kept.get(large[0].id)
    assert kept.get(large[2].id)
