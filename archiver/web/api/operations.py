"""All operations of the API. A module that has some names them here, and they have routes and their place in /openapi.json."""

from __future__ import annotations

from archiver.web.api.coverage import COVERAGE
from archiver.web.api.queries import READING
from archiver.web.api.saving import SAVING
from archiver.web.api.scheduling import SCHEDULING
from archiver.web.operation import Operation

OPERATIONS: tuple[Operation, ...] = (*READING, *COVERAGE, *SAVING, *SCHEDULING)
