"""The requests this process touched last, so that an answer need not read back what it answers.

What is asked never changes; the state may be out of date, which is why the database decides every settlement.
"""

from collections import OrderedDict
from typing import Final

from relay.domain.ids import RequestId
from relay.domain.request import Request

MAX_REQUESTS: Final = 20_000
MAX_CHARACTERS: Final = 32_000_000
"""Of prompts, contexts and ciphertexts together; a few large requests must not push memory up."""


class RecentRequests:
    def __init__(self) -> None:
        self._requests: OrderedDict[RequestId, Request] = OrderedDict()
        self._characters = 0

    def get(self, id: RequestId) -> Request | None:
        return self._requests.get(id)

    def put(self, request: Request) -> None:
        known = self._requests.get(request.id)
        self._requests[request.id] = request
        if known is None:
            self._characters += _weight(request)
        while len(self._requests) > MAX_REQUESTS or self._characters > MAX_CHARACTERS:
            _, oldest = self._requests.popitem(last=False)
            self._characters -= _weight(oldest)

    def drop(self, id: RequestId) -> None:
        request = self._requests.pop(id, None)
        if request is not None:
            self._characters -= _weight(request)


def _weight(request: Request) -> int:
    return request.content.characters
