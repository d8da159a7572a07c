"""Pictures, drawn by arithmetic: landscapes of sky, hills and water, as palette PNG files (ISO/IEC 15948)."""

from __future__ import annotations

import math
import random
import struct
import zlib
from dataclasses import dataclass
from hashlib import sha256

from archiver.demo.chance import chance_of
from archiver.demo.editions import MEDIA
from archiver.demo.slugs import slug

WIDE = (640, 360)
SMALL = (240, 135)

_SKIES = (
    ((72, 130, 190), (214, 232, 244)),
    ((250, 176, 100), (255, 232, 196)),
    ((44, 52, 96), (226, 142, 120)),
    ((120, 160, 170), (232, 236, 226)),
    ((20, 28, 60), (72, 92, 140)),
)
_LANDS = (
    ((92, 128, 100), (60, 104, 72), (34, 74, 52)),
    ((150, 120, 96), (116, 88, 66), (78, 58, 46)),
    ((110, 130, 160), (76, 98, 134), (44, 64, 98)),
    ((170, 150, 80), (124, 132, 60), (70, 98, 48)),
)
_SKY_SHADES = 96
_SUN, _HILLS, _WATER = 96, 97, 100
_WATER_SHADES = 32
_CLOUD, _SAIL, _HULL = 132, 133, 134


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture's name on the media hosts; `key` decides what it shows."""

    key: str
    day: str
    caption: str
    credit: str

    @property
    def digest(self) -> str:
        """The long hexadecimal part of its address."""
        return sha256(f"picture:{self.key}".encode()).hexdigest()[:40]

    @property
    def path(self) -> str:
        """Its path on the newspaper's media host."""
        return f"/images/{self.digest}/{slug(self.key)}.png"

    @property
    def url(self) -> str:
        """The large file."""
        return f"https://{MEDIA}{self.path}"

    @property
    def small_path(self) -> str:
        """The path of the file for cards."""
        return f"/images/{self.digest}/{slug(self.key)}-{SMALL[0]}x{SMALL[1]}.png"

    @property
    def small_url(self) -> str:
        """The file for cards."""
        return f"https://{MEDIA}{self.small_path}"

    @property
    def copied_path(self) -> str:
        """Its path on the aggregator's media host, without a suffix; the bytes are the same."""
        return f"/vietnam/resource/IMAGE/{self.day}/{self.digest}"


def landscape(key: str, size: tuple[int, int]) -> bytes:
    """A PNG file, the same for the same key and size."""
    width, height = size
    chance = chance_of("landscape", key)
    palette = _palette(chance)
    columns = b"".join(_columns(chance, width, height))
    rows = b"".join(b"\0" + columns[line::height] for line in range(height))
    return png(rows, size, palette)


def png(rows: bytes, size: tuple[int, int], palette: bytes) -> bytes:
    """A palette PNG of filtered rows (one filter byte before each row of one byte a pixel)."""
    header = struct.pack(">IIBBBBB", *size, 8, 3, 0, 0, 0)
    parts = ((b"IHDR", header), (b"PLTE", palette), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in parts)


def icon() -> bytes:
    """The favicon: a 32 by 32 PNG in an ICO envelope, as browsers accept it."""
    side = 32
    rows = b"".join(b"\0" + bytes(_icon_pixel(column, line, side) for column in range(side)) for line in range(side))
    image = png(rows, (side, side), bytes((255, 255, 255, 178, 34, 34, 250, 210, 70)))
    return struct.pack("<HHHBBBBHHII", 0, 1, 1, side, side, 0, 0, 1, 32, len(image), 22) + image


def paper() -> bytes:
    """The texture behind pages: a small tile, which the style sheet names."""
    side = 16
    chance = chance_of("paper")
    rows = b"".join(b"\0" + bytes(chance.choice((0, 0, 0, 1)) for _ in range(side)) for _ in range(side))
    return png(rows, (side, side), bytes((246, 244, 238, 243, 240, 232)))


def logo() -> bytes:
    """The masthead's mark, as SVG."""
    return (
        b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64" width="64" height="64" role="img" '
        b'aria-label="Vietnam"><rect width="64" height="64" rx="12" fill="#b22222"/>'
        b'<path d="M10 16 L32 50 L54 16" fill="none" stroke="#fff" stroke-width="8"/>'
        b'<path d="M32 8 v18 M23 17 h18" stroke="#fad246" stroke-width="6"/></svg>\n'
    )


def _icon_pixel(column: int, line: int, side: int) -> int:
    middle = side / 2 - 0.5
    if abs(abs(column - middle) - (side - 4 - line) * 0.48) < 2.4 and 5 <= line < side - 3:
        return 2
    return 1 if max(abs(column - middle), abs(line - middle)) < side / 2 - 1 else 0


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _blend(first: tuple[int, int, int], second: tuple[int, int, int], part: float) -> bytes:
    return bytes(round(one + (two - one) * part) for one, two in zip(first, second, strict=True))


def _palette(chance: random.Random) -> bytes:
    high, low = chance.choice(_SKIES)
    land = chance.choice(_LANDS)
    sky = b"".join(_blend(high, low, shade / (_SKY_SHADES - 1)) for shade in range(_SKY_SHADES))
    water = b"".join(_blend(low, high, shade / (_WATER_SHADES - 1)) for shade in range(_WATER_SHADES))
    extra = bytes((250, 250, 246, 236, 226, 200, 70, 44, 34))
    return sky + bytes((255, 240, 190)) + b"".join(bytes(colour) for colour in land) + water + extra


def _columns(chance: random.Random, width: int, height: int) -> list[bytes]:
    shore = round(height * chance.uniform(0.68, 0.9))
    sky = bytes(min(_SKY_SHADES - 1, line * _SKY_SHADES // shore) for line in range(shore))
    water_depth = height - shore
    water = bytes(_WATER + line * _WATER_SHADES // water_depth for line in range(water_depth))
    hills = [_Wave.drawn(chance, shore * base) for base in (0.52, 0.68, 0.84)]
    sun = (chance.uniform(0.15, 0.85) * width, chance.uniform(0.16, 0.42) * height, height * chance.uniform(0.06, 0.1))
    clouds = [
        (chance.uniform(0, width), chance.uniform(0.08, 0.4) * height, chance.uniform(0.07, 0.16) * width)
        for _ in range(chance.randint(1, 4))
    ]
    boats = [(chance.uniform(0.1, 0.9) * width, chance.uniform(0.05, 0.1) * width) for _ in range(chance.randint(0, 3))]
    columns = []
    for at in range(width):
        column = bytearray(sky + water)
        _disc(column, at, sun, _SUN, shore)
        for cloud in clouds:
            _disc(column, at, cloud, _CLOUD, shore, flat=0.22)
        for number, hill in enumerate(hills):
            top = min(shore, max(0, round(hill.height(at / width))))
            column[top:shore] = bytes((_HILLS + number,)) * (shore - top)
        for middle, length in boats:
            _boat(column, abs(at - middle) / length, shore, round(length))
        columns.append(bytes(column[:height]))
    return columns


@dataclass(frozen=True, slots=True)
class _Wave:
    level: float
    parts: tuple[tuple[float, float, float], ...]

    @classmethod
    def drawn(cls, chance: random.Random, level: float) -> _Wave:
        parts = tuple((level * 0.22 / turn, turn * chance.uniform(3, 7), chance.uniform(0, 6.3)) for turn in (1, 2, 4))
        return cls(level, parts)

    def height(self, place: float) -> float:
        return self.level + sum(size * math.sin(speed * place + start) for size, speed, start in self.parts)


def _disc(
    column: bytearray,
    at: int,
    disc: tuple[float, float, float],
    shade: int,
    shore: int,
    *,
    flat: float = 1.0,
) -> None:
    middle, level, radius = disc
    if abs(at - middle) < radius:
        half = math.sqrt(radius**2 - (at - middle) ** 2) * flat
        top, bottom = max(0, round(level - half)), min(shore, round(level + half))
        if bottom > top:
            column[top:bottom] = bytes((shade,)) * (bottom - top)


def _boat(column: bytearray, away: float, shore: int, length: int) -> None:
    if away >= 1 or shore + length // 4 >= len(column):
        return
    sail = round(length * (1 - away) * 0.9) if away < 0.6 else 0
    top = max(0, shore - sail)
    column[top:shore] = bytes((_SAIL,)) * (shore - top)
    hull = max(1, round(length / 6 * (1 - away**2)))
    column[shore : shore + hull] = bytes((_HULL,)) * hull
