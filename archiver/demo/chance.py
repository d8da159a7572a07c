"""The model's chance: from names, so that what is drawn for one thing never depends on how many others there are."""

from __future__ import annotations

import random


def chance_of(*names: object) -> random.Random:
    """A generator that draws the same for the same names, on every machine."""
    return random.Random(":".join(map(str, names)))  # noqa: S311  a model, no secret
