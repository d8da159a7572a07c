"""Routes from operations: who may ask is asked first, then the handler."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from inspect import iscoroutinefunction
from itertools import groupby
from typing import cast

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from archiver.web.authority import require
from archiver.web.operation import Handler, Operation, OperationRoute


def routes_of(operations: Iterable[Operation]) -> list[OperationRoute]:
    """A route for each path; its methods are those of the operations with that path."""
    ordered = sorted(operations, key=lambda operation: operation.path)
    return [_route(path, tuple(group)) for path, group in groupby(ordered, key=lambda operation: operation.path)]


def described(path: str, endpoint: Handler, operations: Sequence[Operation]) -> OperationRoute:
    """A route with a path and handler of its own that answers these operations, which only describe it."""
    return OperationRoute(path, endpoint, operations)


def _route(path: str, operations: tuple[Operation, ...]) -> OperationRoute:
    by_method = {operation.method: operation for operation in operations}

    async def endpoint(request: Request) -> Response:
        operation = by_method["GET" if request.method == "HEAD" else request.method]
        await run_in_threadpool(require, request, operation.role)
        handler = operation.handler
        assert handler is not None
        if iscoroutinefunction(handler):
            return cast("Response", await handler(request))
        return cast("Response", await run_in_threadpool(handler, request))

    return OperationRoute(path, endpoint, operations)
