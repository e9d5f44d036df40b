"""OpenAPI 3.1, made from the operations and their models.

`make docs` writes it to `docs/protocol/rest.openapi.json`; a test compares.
"""

import re
from collections.abc import Iterable
from typing import Any, Final

from pydantic import TypeAdapter

from relay.kernel.operation import Access, Operation

_REF: Final = "#/components/schemas/{model}"

_SECURITY: Final[dict[Access, list[dict[str, list[str]]]]] = {
    Access.PUBLIC: [],
    Access.AGENT: [{"agentKey": []}, {"agentKeyHeader": []}, {"accessToken": []}],
    Access.OWNER: [{"session": []}, {"cookie": []}],
    Access.EITHER: [{"agentKey": []}, {"agentKeyHeader": []}, {"accessToken": []}, {"session": []}, {"cookie": []}],
    Access.ANY: [
        {"agentKey": []},
        {"orgToken": []},
        {"agentKeyHeader": []},
        {"accessToken": []},
        {"session": []},
        {"cookie": []},
    ],
    Access.METRICS: [{"session": []}, {"metricsToken": []}],
}

_SCHEMES: Final = {
    "agentKey": {"type": "http", "scheme": "bearer", "description": "An agent's API key, `mcp_pk_…`."},
    "agentKeyHeader": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
    "accessToken": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": "An OAuth access token."},
    "orgToken": {"type": "http", "scheme": "bearer", "description": "An organization's token, `htk_…`."},
    "session": {"type": "http", "scheme": "bearer", "description": "A session token of a signed-in human, `hses_…`."},
    "cookie": {"type": "apiKey", "in": "cookie", "name": "hitl_sid"},
    "metricsToken": {"type": "http", "scheme": "bearer", "description": "The operator's HITL_METRICS_TOKEN."},
}

_PROBLEM: Final[dict[str, Any]] = {
    "type": "object",
    "description": "RFC 9457. Some codes add facts: `already_decided` has `state`, `at`, `by`, `device`.",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "pointer": {"type": "string", "description": "RFC 6901: the field that is wrong."},
    },
    "additionalProperties": True,
}


_OAUTH_ERROR: Final[dict[str, Any]] = {
    "type": "object",
    "description": "RFC 6749 5.2, RFC 7591 3.2.2, RFC 8628 3.5.",
    "required": ["error", "error_description"],
    "properties": {"error": {"type": "string"}, "error_description": {"type": "string"}},
}


def document(operations: Iterable[Operation], version: str) -> dict[str, Any]:
    """Return the OpenAPI document of `operations`."""
    paths: dict[str, dict[str, Any]] = {}
    schemas: dict[str, Any] = {"Problem": _PROBLEM, "OAuthError": _OAUTH_ERROR}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "HITL Relay",
            "version": version,
            "description": "Ask a human, get the answer. Times are RFC 3339 in UTC; errors are problem documents.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": paths,
        "components": {"schemas": dict(sorted(schemas.items())), "securitySchemes": _SCHEMES},
    }


def _operation(operation: Operation, schemas: dict[str, Any]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": f"{operation.handler.__module__.rsplit('.', 1)[-1]}_{operation.handler.__name__}",
        "summary": operation.summary,
        "tags": [operation.tag],
        "security": _SECURITY[operation.access],
        "responses": _responses(operation, schemas),
    }
    if parameters := _parameters(operation, schemas):
        described["parameters"] = parameters
    if operation.body:
        media = "application/x-www-form-urlencoded" if operation.takes_form else "application/json"
        content = {media: {"schema": _schema(operation.body, schemas)}}
        described["requestBody"] = {"required": True, "content": content}
    return described


def _responses(operation: Operation, schemas: dict[str, Any]) -> dict[str, Any]:
    done: dict[str, Any] = {"description": operation.summary}
    if operation.reply is not None:
        done["content"] = {operation.media: {"schema": _schema(operation.reply, schemas)}}
    elif operation.media and operation.status not in {101, 204}:
        done["content"] = {operation.media: {}}
    responses = {str(operation.status): done}
    for status, meaning in operation.other.items():
        responses[str(status)] = {"description": meaning}
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    if operation.refuse:
        problem = {"application/json": {"schema": {"$ref": "#/components/schemas/OAuthError"}}}
    return responses | {"default": {"description": "What went wrong, and where.", "content": problem}}


def _parameters(operation: Operation, schemas: dict[str, Any]) -> list[dict[str, Any]]:
    parameters: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"{(\w+)}", operation.path)
    ]
    if operation.query:
        schema = TypeAdapter(operation.query).json_schema(ref_template=_REF)
        schemas.update(schema.pop("$defs", {}))
        parameters += [{"name": name, "in": "query", "schema": of} for name, of in schema["properties"].items()]
    return parameters


def _schema(model: Any, schemas: dict[str, Any]) -> dict[str, Any]:
    """Return a reference to the model's schema, which is added to `schemas` with all it refers to."""
    schema: dict[str, Any] = TypeAdapter(model).json_schema(ref_template=_REF)
    schemas.update(schema.pop("$defs", {}))
    if schema.get("type") == "object" and "title" in schema:
        schemas[schema["title"]] = schema
        return {"$ref": _REF.format(model=schema["title"])}
    return schema
