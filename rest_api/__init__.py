"""The door for programs: REST with API keys."""

from relay.kernel.operation import Operation
from rest_api import device_log, operator, public_keys
from rest_api.hitl import deliveries, proof, sealed
from rest_api.hitl import routes as hitl


def operations() -> list[Operation]:
    return [
        *hitl.operations,
        *sealed.operations,
        *deliveries.operations,
        *proof.operations,
        *device_log.operations,
        *public_keys.operations,
        *operator.operations,
    ]
