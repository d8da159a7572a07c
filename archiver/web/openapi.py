"""``/openapi.json``: made of the routes themselves, so that none is missing and none is told of that is not there."""

from __future__ import annotations

import re
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from archiver.model.software import VERSION
from archiver.model.token import Role
from archiver.web.api.schemas import COMPONENTS, ref
from archiver.web.operation import Operation, OperationRoute, Parameter
from archiver.web.state import state_of

_JSON = "application/json"
_PLACE = re.compile(r"\{(\w+)(?::\w+)?\}")
_ALWAYS = {
    400: "The request is malformed",
    503: "Catalogue or store does not answer just now",
}


def openapi(request: Request) -> Response:
    """The document of this application."""
    base = state_of(request).links(request).base
    return JSONResponse(document(request.app.routes, base=base), headers={"Cache-Control": "private, no-cache"})


def document(routes: Iterable[BaseRoute], *, base: str) -> dict[str, Any]:
    """The OpenAPI 3.1 document of these routes."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations_of(routes):
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "News archive",
            "version": VERSION,
            "summary": "Memento, CDX and the lists of a news archive.",
            "description": "Lists are {items, next}; next is the address of the next page, or null. Times are RFC 3339 in UTC.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": base}],
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": COMPONENTS,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def operations_of(routes: Iterable[BaseRoute]) -> list[Operation]:
    """What the routes declare; of a page that declares nothing, its path and the first line of its docstring."""
    found: list[Operation] = []
    for route in routes:
        if isinstance(route, OperationRoute):
            found += route.operations
        elif isinstance(route, Route):
            found += [_page(route, method) for method in sorted((route.methods or set()) - {"HEAD"})]
    return found


def _page(route: Route, method: str) -> Operation:
    text = (route.endpoint.__doc__ or route.name).strip().split("\n")[0]
    return Operation(
        _PLACE.sub(r"{\1}", route.path),
        text.replace("``", "`"),
        method=method,
        parameters=tuple(
            Parameter(name, "a part of the path", required=True, place="path") for name in _PLACE.findall(route.path)
        ),
        returns={"text/html": {"type": "string"}},
        tag="pages",
    )


def _operation(operation: Operation) -> dict[str, Any]:
    told: dict[str, Any] = {
        "operationId": _id(operation),
        "summary": operation.summary,
        "tags": [operation.tag],
        "parameters": [_parameter(parameter) for parameter in operation.parameters],
        "responses": _responses(operation),
    }
    if operation.body is not None:
        told["requestBody"] = {"required": True, "content": {_JSON: {"schema": operation.body}}}
    if operation.role not in {None, Role.READER}:
        told["security"] = [{"token": []}]
    return told


def _id(operation: Operation) -> str:
    words = re.sub(r"[^A-Za-z0-9]+", "_", operation.path).strip("_") or "home"
    return f"{operation.method.lower()}_{words}"


def _parameter(parameter: Parameter) -> dict[str, Any]:
    told: dict[str, Any] = {
        "name": parameter.name,
        "in": parameter.place,
        "required": parameter.required or parameter.place == "path",
        "description": parameter.meaning,
        "schema": parameter.schema(),
    }
    if parameter.repeats > 1:
        told |= {"style": "form", "explode": True}
    return told


def _responses(operation: Operation) -> dict[str, Any]:
    content = {media_type: {"schema": schema} for media_type, schema in operation.returns.items()}
    good: dict[str, Any] = {"description": operation.summary}
    if content:
        good["content"] = content
    errors = {**_ALWAYS, **operation.statuses}
    if operation.role not in {None, Role.READER}:
        errors |= {401: "No token was given", 403: "The token may not do this"}
    told = {str(operation.status): good}
    for status, meaning in sorted(errors.items()):
        answer: dict[str, Any] = {"description": meaning or HTTPStatus(status).phrase}
        if status >= 400:
            answer["content"] = {_JSON: {"schema": ref("Error")}, "text/html": {"schema": {"type": "string"}}}
        told[str(status)] = answer
    return told
