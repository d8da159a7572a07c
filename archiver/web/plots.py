"""The geometry of small plots, drawn by the templates as SVG. Every plot has a text that says the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

WIDTH = 1000
HEIGHT = 200


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its place in a box of ``WIDTH`` by ``HEIGHT``, and what it stands for."""

    x: float
    y: float
    width: float
    height: float
    name: str
    value: int


@dataclass(frozen=True, slots=True)
class Curve:
    """A line through a box of ``WIDTH`` by ``HEIGHT``: SVG paths of the line and of the area below it, and its top."""

    line: str
    area: str
    top: int


def bars(values: Sequence[tuple[str, int]], *, gap: float = 0.15) -> list[Bar]:
    """A bar for each value; ``gap`` is the part of its room that stays free. What is not zero can be seen."""
    if not values:
        return []
    most = max(1, *(value for _, value in values))
    room = WIDTH / len(values)
    found = []
    for place, (name, value) in enumerate(values):
        height = round(max(3.0, HEIGHT * value / most), 1) if value else 0.0
        found.append(
            Bar(
                x=round(place * room + room * gap / 2, 2),
                y=round(HEIGHT - height, 1),
                width=round(room * (1 - gap), 2),
                height=height,
                name=name,
                value=value,
            )
        )
    return found


def growth(points: Sequence[tuple[float, int]]) -> Curve | None:
    """A rising line; points are a place from 0 to 1 and a value that never falls. Fewer than two make none."""
    if len(points) < 2:
        return None
    top = max(1, points[-1][1])
    places = [(round(x * WIDTH, 1), round(HEIGHT - HEIGHT * y / top, 1)) for x, y in points]
    steps = [f"{places[0][0]},{places[0][1]}"]
    for (_, before), (x, y) in pairwise(places):
        steps += [f"{x},{before}", f"{x},{y}"] if y != before else [f"{x},{y}"]
    line = "M" + " L".join(steps)
    return Curve(line, f"{line} L{WIDTH},{HEIGHT} L{places[0][0]},{HEIGHT} Z", top)
