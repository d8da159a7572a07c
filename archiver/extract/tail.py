"""What stands under an article and is none of it: the line that names the source, agency lines, empty comment boxes, share lines."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from archiver.errors import NotHttpUrl
from archiver.extract.blocks import SOURCE_LINE, TextBlock
from archiver.html.page_tree import Page
from archiver.model.url import clean_url, host_of

_URL = re.compile(r"https?://[^\s<>\"'()\[\]（）【】]{4,2000}")
_COMMENTS = re.compile(
    r"\W*(?:\d+\s+)?(?:(?:no |leave a |add |post a |view )?comments?|replies|bình luận|ý kiến(?: bạn đọc)?|phản hồi|commentaires?|réagir|kommentare?|kommentieren|comentarios?|comentar|commenti|"
    r"reacties?|komentarze?|комментарии|коментарі|评论|コメント|댓글)\W*(?:\d+)?\W*\Z",
    re.IGNORECASE,
)
_SHARE = re.compile(
    r"\W*(?:share(?: this)?(?: article| story| on .{2,20})?|chia sẻ.{0,20}|partager.{0,30}|teilen|artikel teilen|compartir.{0,20}|condividi.{0,20}|udostępnij.{0,20}|dela|del|"
    r"facebook|twitter|x|zalo|email|e-mail|print|in|drucken|imprimer|copy link|sao chép liên kết|whatsapp|telegram|linkedin|pinterest|follow us.{0,60})\W*\Z",
    re.IGNORECASE,
)
_RIGHTS = re.compile(
    r"(?:©|\(c\)\s|copyright\b|all rights reserved|alle rechte vorbehalten|tous droits réservés|bản quyền|cơ quan chủ quản).{0,300}\Z",
    re.IGNORECASE,
)
AGENCY = (
    r"(?:TTXVN|TTX|VNA|VNS|VNP|Vietnam\+|VietnamPlus|AVI|NDO|VOV|CPV|BNEWS|AFP|AP|Reuters|dpa|APA|SDA|EFE|ANSA|Xinhua|新华社|Tân Hoa Xã|THX|Kyodo|Yonhap|TASS|Sputnik|"
    r"Bloomberg|PTI|ANI|Belga|Lusa|PAP|ČTK|CTK|NTB|TT|STT|Ritzau|Keystone|DPA|KNA|epd|sid|AAP|PA|CP|VNExpress|VnExpress|UPI|MTI|BTA|ATS)"
)
_AGENCY_LINE = re.compile(
    rf"[\s(（\[]*(?P<name>{AGENCY}(?:\s*[/,;+&-]\s*[\w+.\- ]{{2,30}})*|[\w.+ -]{{2,20}}/(?:{AGENCY}|Vietnam\+))[\s)）\].]*\Z"
)
_AGENCY_END = re.compile(
    rf"\s*[(（\[]\s*(?P<name>{AGENCY}(?:\s*[/,;+&-]\s*[\w+.\- ]{{2,30}})*|[\w.+ -]{{2,20}}/(?:{AGENCY}|Vietnam\+))\s*[)）\]]\s*\.?\Z"
)
_END_MARK = re.compile(r"\s*(?:\./\.|(?<=[.!?…”\"])\s*/\.|（完）|\(完\)|(?<=[.!?…”\"])\s*\.?///?|■|□|◆)\s*\Z")
_HOUSE_LINE = re.compile(
    r"[\s(（【\[]*(?:(?:责任编辑|責任編輯|责编|编辑|校对|原题为|原标题|本文来源)\s*[:\uff1a|《].{0,80}|(?:本文来自|更多(?:猛料|原创|精彩|资讯)|扫描.{0,6}二维码|欢迎(?:关注|下载|批评指正)|"
    r"违法和不良信息举报|免责声明|特别声明|版权声明|声明\s*[:\uff1a]|24小时滚动播报).{0,200}|our standards: .{0,80}|"
    r"follow .{2,60} on (?:google|facebook|twitter|instagram|whatsapp|telegram|youtube|tiktok|x)\b.{0,300})\Z",
    re.IGNORECASE,
)
"""What a house writes under each of its texts: who edited it, where more of it is, what it answers for."""
_WITHIN = 12


@dataclass(frozen=True, slots=True)
class Tail:
    """The blocks without the tail, and what the tail tells: the source's address and name, the agency."""

    blocks: list[TextBlock]
    source_url: str | None = None
    source_name: str | None = None
    agency: str | None = None


def cut_tail(blocks: Sequence[TextBlock], page: Page, *, following: Sequence[TextBlock]) -> Tail:
    """Cut what follows the text. ``following`` are blocks after the body, where a source line may stand too."""
    kept = list(blocks)
    url, name = None, None
    for place in range(max(0, len(kept) - _WITHIN), len(kept)):
        given = _source(kept[place], page)
        if given is not None and (given[0] or place >= len(kept) - 4):
            url, name = given
            kept = kept[:place]
            break
    else:
        for block in following[:_WITHIN]:
            given = _source(block, page)
            if given is not None:
                url, name = given
                break
    agency = None
    while kept:
        last = kept[-1]
        if last.size > 500:
            break
        if match := _AGENCY_LINE.match(last.text):
            agency = agency or match.group("name").strip()
        elif not (
            _COMMENTS.match(last.text)
            or (last.size < 80 and _SHARE.match(last.text))
            or _RIGHTS.match(last.text)
            or _HOUSE_LINE.match(last.text)
            or not any(c.isalnum() for c in last.text)
        ):
            break
        kept.pop()
    if kept:
        kept[-1], agency = _without_end(kept[-1], agency)
    if agency is None:
        agency = next((m.group("name").strip() for b in following[:6] if (m := _AGENCY_LINE.match(b.text))), None)
    return Tail(kept, url, name, agency)


def _without_end(last: TextBlock, agency: str | None) -> tuple[TextBlock, str | None]:
    """The last paragraph without the agency in brackets and the mark that ends a report; only its last characters are looked at."""
    head, text = last.text[:-200], last.text[-200:]
    text = _END_MARK.sub(".", text)
    if match := _AGENCY_END.search(text):
        agency = agency or match.group("name").strip()
        text = _END_MARK.sub(".", text[: match.start()])
    if not text.endswith("..."):
        text = _DOUBLE_END.sub(r"\1", text)
    return replace(last, text=(head + text).rstrip()), agency


_DOUBLE_END = re.compile(r"([.!?…”\"。！？])\s*\.\Z")


def _source(block: TextBlock, page: Page) -> tuple[str | None, str | None] | None:
    """Address and name of a source line; None when the block is none."""
    if block.size > 500:
        return None
    match = SOURCE_LINE.match(block.text)
    if match is None:
        return None
    rest = match.group("rest").strip(" )].）】")
    found = _URL.search(rest)
    address = found.group() if found else None
    if address is None:
        address = next(
            (a.get("href") for a in block.element.iter("a") if (a.get("href") or "").startswith("http")), None
        )
    elif "…" in address or address.endswith("..."):
        # Shown shortened; the link has the whole.
        address = next(
            (a.get("href") for a in block.element.iter("a") if (a.get("href") or "").startswith("http")), address
        )
    url = _legal(address)
    if url and host_of(url) == host_of(page.url) and urlsplit(url).path in {"", "/"}:
        url = None
    name = _URL.sub("", rest).strip(" -–—:,;|()") or None
    if name and (len(name) > 80 or len(name.split()) > 10):
        return None if url is None else (url, host_name(url))
    if name is None and url is None:
        return None
    return url, name or (host_name(url) if url else None)


def _legal(address: str | None) -> str | None:
    if not address:
        return None
    try:
        return clean_url(address.rstrip(".,;"))
    except NotHttpUrl:
        return None


def host_name(url: str) -> str:
    """The host without ``www.``: a name for a source that has no other."""
    return host_of(url).removeprefix("www.")
