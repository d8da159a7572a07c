"""The editions: which host speaks which language, and what its sections are called."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Family = Literal["vietnamplus", "vietnam"]


@dataclass(frozen=True, slots=True)
class Edition:
    """One language on one host. `prefix` begins its paths, `first_id` is where its post ids start in September 2026."""

    host: str
    language: str
    prefix: str
    media_host: str
    family: Family
    first_id: int
    name: str

    @property
    def origin(self) -> str:
        """`https://host`."""
        return f"https://{self.host}"

    @property
    def home(self) -> str:
        """The front page's address."""
        return f"{self.origin}{self.prefix or '/'}"


MEDIA = "media.vietnamplus.vn"
AGGREGATOR = "www.vietnam.vn"
AGGREGATOR_MEDIA = "vstatic.vietnam.vn"

VIETNAMPLUS = (
    Edition("www.vietnamplus.vn", "vi", "", MEDIA, "vietnamplus", 1065000, "Vietnam+ (VietnamPlus)"),
    Edition("en.vietnamplus.vn", "en", "", MEDIA, "vietnamplus", 331200, "Vietnam+ (VietnamPlus)"),
    Edition("fr.vietnamplus.vn", "fr", "", MEDIA, "vietnamplus", 247600, "Vietnam+ (VietnamPlus)"),
)
VIETNAM = (
    Edition(AGGREGATOR, "vi", "", AGGREGATOR_MEDIA, "vietnam", 0, "Vietnam.vn"),
    Edition(AGGREGATOR, "en", "/en", AGGREGATOR_MEDIA, "vietnam", 0, "Vietnam.vn"),
    Edition(AGGREGATOR, "fr", "/fr", AGGREGATOR_MEDIA, "vietnam", 0, "Vietnam.vn"),
)
EDITIONS = VIETNAMPLUS + VIETNAM

BARE_HOSTS = {"vietnamplus.vn": "www.vietnamplus.vn", "vietnam.vn": "www.vietnam.vn"}
"""Hosts that only send their visitors on."""

HOSTS = (*(edition.host for edition in VIETNAMPLUS), AGGREGATOR, MEDIA, AGGREGATOR_MEDIA, *BARE_HOSTS)
"""Every host that the model serves."""

UNSERVED = (("es", "Español"), ("zh", "中文"), ("ru", "Русский"))
"""Editions that pages link to and that the model does not serve."""

SECTION_NAMES: dict[str, dict[str, str]] = {
    "politics": {"vi": "Chính trị", "en": "Politics", "fr": "Politique"},
    "world": {"vi": "Thế giới", "en": "World", "fr": "Monde"},
    "economy": {"vi": "Kinh tế", "en": "Business", "fr": "Économie"},
    "society": {"vi": "Xã hội", "en": "Society", "fr": "Société"},
    "culture": {"vi": "Văn hóa", "en": "Culture", "fr": "Culture"},
    "sports": {"vi": "Thể thao", "en": "Sports", "fr": "Sports"},
    "science": {"vi": "Khoa học", "en": "Sci-Tech", "fr": "Sciences"},
    "environment": {"vi": "Môi trường", "en": "Environment", "fr": "Environnement"},
    "travel": {"vi": "Du lịch", "en": "Travel", "fr": "Voyage"},
}
SECTION_SLUGS: dict[str, dict[str, str]] = {
    "politics": {"vi": "chinhtri", "en": "politics", "fr": "politique"},
    "world": {"vi": "thegioi", "en": "world", "fr": "monde"},
    "economy": {"vi": "kinhte", "en": "business", "fr": "economie"},
    "society": {"vi": "xahoi", "en": "society", "fr": "societe"},
    "culture": {"vi": "vanhoa", "en": "culture", "fr": "culture"},
    "sports": {"vi": "thethao", "en": "sports", "fr": "sports"},
    "science": {"vi": "khoahoc", "en": "scitech", "fr": "sciences"},
    "environment": {"vi": "moitruong", "en": "environment", "fr": "environnement"},
    "travel": {"vi": "dulich", "en": "travel", "fr": "voyage"},
}
CATEGORY_SLUGS = {
    "politics": "chinh-tri",
    "world": "the-gioi",
    "economy": "kinh-te",
    "society": "xa-hoi",
    "culture": "van-hoa",
    "sports": "the-thao",
    "science": "khoa-hoc",
    "environment": "moi-truong",
    "travel": "du-lich",
}
ZONES = {
    section: number
    for number, section in zip((401, 412, 311, 420, 426, 431, 436, 438, 444), SECTION_NAMES, strict=True)
}
"""Numbers by which `/api/get-zone` names the sections."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A dossier: articles of some sections under one name."""

    number: int
    sections: tuple[str, ...]
    names: dict[str, str]


TOPICS = (
    Topic(
        214,
        ("environment", "science"),
        {
            "vi": "Ứng phó biến đổi khí hậu",
            "en": "Living with a changing climate",
            "fr": "Vivre avec le climat qui change",
        },
    ),
    Topic(
        227,
        ("economy",),
        {
            "vi": "Kinh tế xanh và hội nhập",
            "en": "Green growth and trade",
            "fr": "Croissance verte et échanges",
        },
    ),
    Topic(
        231,
        ("culture", "travel"),
        {
            "vi": "Di sản và những nẻo đường",
            "en": "Heritage on the road",
            "fr": "Le patrimoine en chemin",
        },
    ),
    Topic(
        246,
        ("politics", "world"),
        {
            "vi": "Việt Nam và khu vực",
            "en": "Vietnam and the region",
            "fr": "Le Vietnam et sa région",
        },
    ),
)
