"""AsyncAPI 3 of the device socket, made from the message classes.

`make docs` writes it to `docs/protocol/device.asyncapi.json`; a test compares.
"""

from typing import Any, get_args

from pydantic.json_schema import models_json_schema

from mobile_api.session import MAX_MESSAGE, CloseCode
from mobile_api.socket_routes import PROTOCOL
from mobile_api.wire import FromDevice, ToDevice
from relay.kernel.body import WireModel


def document() -> dict[str, Any]:
    """Return the AsyncAPI document, seen from the relay."""
    received: tuple[type[WireModel], ...] = get_args(get_args(FromDevice)[0])
    sent: tuple[type[WireModel], ...] = get_args(ToDevice)
    models = (*received, *sent)
    _, definitions = models_json_schema(
        [(model, "serialization") for model in models], ref_template="#/components/schemas/{model}"
    )
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "HITL Relay device socket", "version": PROTOCOL.rpartition(".v")[2], "description": _ABOUT},
        "channels": {
            "device": {
                "address": "/api/v1/mobile/ws",
                "messages": {model.__name__: {"$ref": f"#/components/messages/{model.__name__}"} for model in models},
                "bindings": {"ws": {"method": "GET", "headers": _HEADERS}},
            }
        },
        "operations": {
            "fromDevice": _operation("receive", received),
            "toDevice": _operation("send", sent),
        },
        "components": {
            "messages": {model.__name__: _message(model) for model in models},
            "schemas": definitions["$defs"],
        },
    }


def _operation(action: str, models: tuple[type[WireModel], ...]) -> dict[str, Any]:
    messages = [{"$ref": f"#/channels/device/messages/{model.__name__}"} for model in models]
    return {"action": action, "channel": {"$ref": "#/channels/device"}, "messages": messages}


def _message(model: type[WireModel]) -> dict[str, Any]:
    summary = " ".join((model.__doc__ or "").split())
    return {"summary": summary, "payload": {"$ref": f"#/components/schemas/{model.__name__}"}}


_HEADERS = {"type": "object", "properties": {"Sec-WebSocket-Protocol": {"const": PROTOCOL}}}

_ABOUT = (
    "One JSON object a text frame; `t` tells them apart. `hello` comes first, within ten seconds. Events are numbered "
    "without gaps for each account and delivered at least once: a device keeps the last number as its cursor and "
    f"skips what it has. A frame from a device has at most {MAX_MESSAGE} bytes. Fields a side does not know are "
    "ignored. Close codes: 4000-4499 connect again, 4500-4999 do not. "
    + ", ".join(f"{code.value} {code.name.lower().replace('_', ' ')}" for code in CloseCode)
    + "."
)
