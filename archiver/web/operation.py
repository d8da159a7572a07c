"""Operations: what a program may ask of us, declared once. Routes, the reading of parameters and /openapi.json come of it."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from archiver.errors import UsageError
from archiver.model.instant import parse_when
from archiver.model.token import Role

Handler = Callable[[Request], Response | Awaitable[Response]]
"""A plain function runs in a thread, since catalogue and store block; a coroutine on the loop, for reading a body."""
Schema = Mapping[str, Any]

MAX_TEXT = 8_192
"""Characters of one parameter's value."""
MAX_INTEGER = 2**53 - 1
"""What every JSON reader can hold."""
_INTEGER = re.compile(r"-?[0-9]{1,16}\Z")


class Form(StrEnum):
    """How a parameter's value is read."""

    TEXT = "text"
    INTEGER = "integer"
    SINCE = "since"
    UNTIL = "until"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a query: its meaning, and what its value must be. ``repeats`` gives a tuple of values."""

    name: str
    meaning: str
    form: Form = Form.TEXT
    required: bool = False
    repeats: int = 1
    choices: tuple[str, ...] = ()
    low: int = 0
    high: int = MAX_INTEGER
    default: Any = None
    place: str = "query"

    def schema(self) -> dict[str, Any]:
        """The value's JSON schema."""
        schema: dict[str, Any]
        if self.form is Form.INTEGER:
            schema = {"type": "integer", "minimum": self.low, "maximum": self.high}
        elif self.form in {Form.SINCE, Form.UNTIL}:
            schema = {"type": "string", "examples": ["2026", "20261124", "2026-11-24T02:00:00Z"]}
        else:
            schema = {"type": "string", "maxLength": MAX_TEXT}
        if self.required and self.form is not Form.INTEGER:
            schema["minLength"] = 1
        if self.choices:
            schema["enum"] = list(self.choices)
        if self.default is not None:
            schema["default"] = self.default
        return {"type": "array", "items": schema, "maxItems": self.repeats} if self.repeats > 1 else schema

    def read(self, text: str) -> Any:
        """One value. Raises ``UsageError``."""
        if len(text) > MAX_TEXT:
            raise UsageError(f"{self.name}: longer than {MAX_TEXT} characters")
        if self.choices and text not in self.choices:
            raise UsageError(f"{self.name}: one of {', '.join(self.choices)}, not {text[:40]!r}")
        if self.form is Form.INTEGER:
            if not _INTEGER.match(text) or not self.low <= int(text) <= self.high:
                raise UsageError(f"{self.name}: a whole number from {self.low} to {self.high}, not {text[:40]!r}")
            return int(text)
        if self.form in {Form.SINCE, Form.UNTIL}:
            return _when(self.name, text, end=self.form is Form.UNTIL)
        return text


def _when(name: str, text: str, *, end: bool) -> datetime:
    try:
        return parse_when(text, end=end)
    except (ValueError, OverflowError) as error:
        raise UsageError(f"{name}: not a time: {text[:40]!r}: {error}") from error


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that can be asked for.

    ``returns`` names media types and their schemas, ``body`` the schema of a JSON body. With a ``role`` only who has it
    may ask (``archiver.web.authority``). ``statuses`` are the statuses beside 200 and those that every request may get.
    """

    path: str
    summary: str
    handler: Handler | None = None
    method: str = "GET"
    parameters: tuple[Parameter, ...] = ()
    returns: Mapping[str, Schema] = field(default_factory=dict)
    body: Schema | None = None
    role: Role | None = None
    status: int = 200
    statuses: Mapping[int, str] = field(default_factory=dict)
    tag: str = "archive"


class OperationRoute(Route):
    """A route that knows the operations it answers. One whose path says less than OpenAPI wants carries several."""

    def __init__(self, path: str, endpoint: Handler, operations: Sequence[Operation]) -> None:
        super().__init__(path, endpoint, methods=sorted({operation.method for operation in operations}))
        self.operations = tuple(operations)


class GivenParameters:
    """The values of a request's parameters, by name; None (or an empty tuple) where one was not given."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values

    def __getitem__(self, name: str) -> Any:
        return self._values[name]


def asked(request: Request, parameters: Sequence[Parameter]) -> GivenParameters:
    """Read the query. Raises ``UsageError``: unknown name, a value that does not fit, one too many, one missing."""
    given: dict[str, list[str]] = {}
    for name, value in request.query_params.multi_items():
        given.setdefault(name, []).append(value)
    known = {parameter.name for parameter in parameters}
    for name in given:
        if name not in known:
            raise UsageError(f"unknown parameter {name[:40]!r}; known: {', '.join(sorted(known)) or 'none'}")
    return GivenParameters(
        {parameter.name: _read(parameter, given.get(parameter.name, [])) for parameter in parameters}
    )


def _read(parameter: Parameter, texts: list[str]) -> Any:
    texts = [text for text in texts if text]
    if len(texts) > parameter.repeats:
        raise UsageError(f"{parameter.name}: given {len(texts)} times; at most {parameter.repeats}")
    if not texts and parameter.required:
        raise UsageError(f"{parameter.name}= is needed")
    values = tuple(parameter.read(text) for text in texts)
    if parameter.repeats > 1:
        return values
    return values[0] if values else parameter.default
