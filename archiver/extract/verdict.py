"""What a page really is: an article, a list, a wall, an error page. Simple rules, each with its reason."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from archiver.extract import schema_org
from archiver.extract.blocks import TextBlock
from archiver.extract.language import word_count
from archiver.html.page_tree import Page, plain
from archiver.model.capture import Verdict
from archiver.model.site import Site
from archiver.model.url import path_of

Finding = tuple[Verdict, str]

_BLOCKED = re.compile(
    r"just a moment|checking your browser|verify(?:ing)? (?:that )?you are (?:a )?human|are you a robot|i'm not a robot|attention required|access denied|access to this page has been denied|"
    r"pardon our interruption|request unsuccessful|unusual traffic|bot detection|captcha|enable javascript and cookies to continue|you have been blocked|request blocked|"
    r"403 forbidden|too many requests|ddos protection|security check|xác (?:minh|nhận) (?:bạn|không phải)|vérification de sécurité|sicherheitsüberprüfung|kein roboter|"
    r"no (?:eres|soy) un robot|pas un robot|вы не робот|安全验证|人机验证|ロボットではありません",
    re.IGNORECASE,
)
_BLOCK_MARKS = re.compile(
    rb"cf-chl-|cf_chl_|challenge-platform|_Incapsula_Resource|px-captcha|perimeterx|datadome|captcha-delivery|distil_r_|awsWafCookie|sucuri_cloudproxy|[\"' ]g-recaptcha[\"' ]|[\"' ]h-captcha[\"' ]|cf-turnstile"
)
_GONE = re.compile(
    r"\b404\b|page not found|not found|page (?:does not|doesn't) exist|no longer (?:available|exists)|nothing (?:was )?found|page introuvable|n'existe pas|introuvable|seite nicht gefunden|nicht gefunden|"
    r"existiert nicht|página no encontrada|no encontrad[ao]|no existe|página não encontrada|pagina non trovata|pagina niet gevonden|không tìm thấy|không tồn tại|bài viết không|"
    r"trang không|bài viết đã bị (?:gỡ|xóa)|страница не найдена|找不到|页面不存在|ページが見つかりません|페이지를 찾을 수 없",
    re.IGNORECASE,
)
_FAILED = re.compile(
    r"\b50[0234]\b (?:internal|bad|service|gateway|server)|internal server error|bad gateway|service (?:temporarily )?unavailable|gateway time-?out|database (?:connection )?error|"
    r"establishing a database connection|fatal error\b|uncaught \w*(?:error|exception)|stack trace|under maintenance|maintenance mode|be back (?:soon|shortly)|bảo trì|hệ thống đang bận|"
    r"wartungsarbeiten|vorübergehend nicht (?:erreichbar|verfügbar)|une erreur est survenue|temporairement indisponible|en mantenimiento|error interno|temporalmente no disponible|"
    r"technical difficulties|something went wrong|внутренняя ошибка сервера|технические работы|服务器(?:内部)?错误|系统维护|メンテナンス中",
    re.IGNORECASE,
)
"""What servers say that fail and answer 200 all the same."""
_CONSENT = re.compile(
    r"before you continue|we value your privacy|cookie consent|accept (?:all )?cookies|manage (?:your )?(?:consent|privacy)|privacy settings|consent(?:-|ement| choices)|nous respectons votre vie privée|"
    r"accepter (?:et continuer|les cookies)|mit werbung|cookies akzeptieren|zustimmen und weiter|datenschutzeinstellungen|einwilligung|aceptar (?:y continuar|cookies)|su privacidad es importante|accetta (?:e continua|i cookie)",
    re.IGNORECASE,
)
_PAYWALL = re.compile(
    r"subscribe (?:now )?to (?:continue|read|keep)|subscribers? only|already a subscriber|for subscribers|to continue reading|sign in to read|réservé(?:e)? aux abonnés|abonnez-vous|"
    r"nur für abonnenten|weiterlesen mit|jetzt abonnieren|exklusiv für abonnenten|suscríbete para|solo para suscriptores|contenuto riservato|per gli abbonati|tylko dla subskrybentów|"
    r"доступ\w+ только (?:по подписке|подписчикам)|только для подписчиков|оформите подписку|"
    r"dành cho (?:độc giả|thành viên) (?:trả phí|vip)|đăng ký để đọc",
    re.IGNORECASE,
)
_PAYWALL_MARKS = re.compile(r"paywall|piano-|metered|regwall|premium-wall", re.IGNORECASE)
_SHORT = 150
_ENOUGH = 25
_PROSE = 60
_HEADLINE = 8


def by_status(status: int | None) -> Finding | None:
    """What the HTTP status alone decides."""
    if status is None or 200 <= status < 300:
        return None
    if status in {401, 403, 407, 418, 429, 451, 503}:
        return Verdict.BLOCKED, f"HTTP {status}"
    if status == 402:
        return Verdict.PAYWALL, "HTTP 402"
    return Verdict.ERROR, f"HTTP {status}"


def not_html(html: bytes, content_type: str | None) -> Finding | None:
    """Bytes that are no HTML page."""
    if not html.strip(b" \t\r\n\0\xef\xbb\xbf"):
        return Verdict.EMPTY, "no bytes"
    kind = (content_type or "").split(";")[0].strip().lower()
    head = html[:2048].lstrip(b" \t\r\n\xef\xbb\xbf")
    tagged = (
        b"<" in head
        and re.search(
            rb"<(?:!doctype|html|head|body|meta|div|p|article|script|title|h1|br|span|table|section|main)\b",
            html[:20_000],
            re.IGNORECASE,
        )
        is not None
    )
    if kind and not tagged and not any(word in kind for word in ("html", "xml", "text/plain", "octet-stream")):
        return Verdict.ERROR, f"no HTML but {kind}"
    for mark, name in (
        (b"%PDF", "PDF"),
        (b"\x89PNG", "PNG"),
        (b"\xff\xd8\xff", "JPEG"),
        (b"GIF8", "GIF"),
        (b"PK\x03\x04", "zip"),
        (b"\x1f\x8b", "gzip"),
        (b"RIFF", "RIFF"),
    ):
        if html.startswith(mark):
            return Verdict.ERROR, f"no HTML but {name}"
    if not tagged:
        binary = sum(html[:4096].count(bytes((code,))) for code in (*range(9), *range(14, 32)))
        if binary > len(html[:4096]) * 0.05 and html[:2] not in {b"\xff\xfe", b"\xfe\xff"}:
            return Verdict.ERROR, "binary bytes, no HTML"
    return None


def judge(
    page: Page,
    node: dict[str, Any],
    html: bytes,
    *,
    body: Sequence[TextBlock],
    blocks: Sequence[TextBlock],
    container: HtmlElement | None,
    site: Site | None,
    dated: bool,
) -> Finding:
    """The verdict on a parsed page."""
    text = " ".join(block.text for block in body)
    words = word_count(text)
    visible = " ".join(block.text for block in blocks[:200])
    seen = word_count(visible[:20_000])
    head = f"{page.title or ''} {' '.join(b.text for b in blocks if b.kind == 'h1')}"[:500]
    short = words < _SHORT
    if short and (
        wall := _walls(
            node, html, words=words, seen=seen, head=head, visible=visible, named=_is_named_article(page, node)
        )
    ):
        return wall
    if seen == 0 and not page.title:
        return Verdict.EMPTY, "no visible text"
    if site and any(re.search(rule, path_of(page.url)) for rule in site.scope.listing):
        return Verdict.INDEX, "the site file says that this address is a listing"
    named = _is_named_article(page, node) or bool(
        site and any(re.search(rule, path_of(page.url)) for rule in site.scope.article)
    )
    if words < _ENOUGH:
        if seen < _ENOUGH:
            return Verdict.EMPTY, f"{seen} words of visible text"
        if named and words >= 8:
            return _cut(page, html) or (
                Verdict.ARTICLE,
                f"short: {words} words of text, and the page says that it is an article",
            )
        return Verdict.INDEX, f"no running text among {seen} words"
    if not named and (reason := _listing(page, body, blocks, container=container, words=words, dated=dated)):
        return Verdict.INDEX, reason
    if finding := _cut(page, html):
        return finding
    return Verdict.ARTICLE, f"{words} words of text" + (", and the page says that it is an article" if named else "")


def _walls(
    node: dict[str, Any], html: bytes, *, words: int, seen: int, head: str, visible: str, named: bool
) -> Finding | None:
    # Sixty words of running text are no wall, whatever their headline speaks of.
    tiny = seen < 2 * _SHORT and words < _PROSE
    if tiny and (match := _BLOCKED.search(head) or _BLOCKED.search(visible[:2000])) and not node:
        return Verdict.BLOCKED, f"a short page that says {match.group().strip()!r}"
    if tiny and seen < 60 and (mark := _BLOCK_MARKS.search(html[:200_000])) and not node:
        return Verdict.BLOCKED, f"a challenge ({mark.group().decode('ascii')})"
    if (match := _GONE.search(head)) and not node.get("articleBody") and not (named and words >= _PROSE):
        return Verdict.SOFT_404, f"the headline says {match.group().strip()!r}"
    if seen < 80 and words < _ENOUGH and (match := _GONE.search(visible)) and not node:
        return Verdict.SOFT_404, f"a short page that says {match.group().strip()!r}"
    if seen < 80 and words < 60 and not node and (match := _FAILED.search(head) or _FAILED.search(visible)):
        return Verdict.ERROR, f"a short page that says {match.group().strip()!r}"
    if (
        words < 60
        and not node
        and (match := _CONSENT.search(head) or (_CONSENT.search(visible[:3000]) if tiny else None))
    ):
        return Verdict.CONSENT, f"a page that says {match.group().strip()!r}"
    if words < 60:
        free = str(node.get("isAccessibleForFree", "")).lower()
        if free in {"false", "no", "http://schema.org/false", "https://schema.org/false"}:
            return Verdict.PAYWALL, f"{words} words, and the page says that it is not free"
        if match := _PAYWALL.search(visible):
            return Verdict.PAYWALL, f"{words} words, and the page says {match.group().strip()!r}"
    return None


def _is_named_article(page: Page, node: dict[str, Any]) -> bool:
    if node and (node.get("headline") or node.get("datePublished") or node.get("articleBody")):
        return True
    return (page.first("og:type") or "").lower() in {
        "article",
        "news",
        "og:article",
    } or "article:published_time" in page.meta


def _listing(
    page: Page,
    body: Sequence[TextBlock],
    blocks: Sequence[TextBlock],
    *,
    container: HtmlElement | None,
    words: int,
    dated: bool,
) -> str | None:
    path = urlsplit(page.url).path
    if path in {"", "/"} or re.fullmatch(r"/(?:index\.\w+|[a-z]{2}/?)", path):
        return "a front page by its address"
    types = {name for node in page.json_ld for name in schema_org.types_of(node)}
    if types & {"CollectionPage", "ItemList", "SearchResultsPage"} and not dated:
        return "the page says that it is a collection"
    if dated and _is_one_text(page, body, blocks):
        return None
    inside = set(container.iter()) if container is not None else set()
    heads = sum(1 for b in blocks if b.kind in {"h2", "h3", "h4"} and b.link_share > 0.8 and b.element in inside)
    if heads >= 3 and heads * 2 >= len(body):
        return f"{heads} headings that are links among {len(body)} paragraphs"
    everywhere = sum(1 for b in blocks if b.kind in {"h2", "h3", "h4"} and b.link_share > 0.8)
    if everywhere >= 5 and words < 200:
        return f"{everywhere} headings that are links, and {words} words of text"
    links = sum(b.linked for b in blocks)
    total = sum(b.size for b in blocks) or 1
    prose = sum(b.size for b in body if b.link_share < 0.3)
    longest = max((b.size for b in body), default=0)
    if prose < 0.25 * total and links > 0.5 * total and words < 300:
        return f"{round(100 * links / total)} % of the text are links"
    if (page.first("og:type") or "").lower() == "website" and (words < 150 or (not dated and longest < 200)):
        return f"the page says that it is a website, and has {words} words of text"
    if not dated and longest < 120 and words < 300:
        return "no date, and no paragraph of more than 120 characters"
    return None


def _is_one_text(page: Page, body: Sequence[TextBlock], blocks: Sequence[TextBlock]) -> bool:
    """Whether a text runs on in one place, below the line that the page's title begins with: the lists around it are the site's."""
    run = [b for b in body if b.kind == "p" and b.is_long and b.link_share < 0.1]
    holders = {block.element.getparent() for block in run}
    if len(run) < 2 or len(holders) > 1 or sum(b.size for b in run) < 0.6 * sum(b.size for b in body):
        return False
    title = plain(page.title or "")
    above = [b for b in blocks if b.order < run[0].order and b.size >= _HEADLINE and b.link_share < 0.5]
    return any(title.startswith(plain(b.text)) for b in above if len(plain(b.text)) >= _HEADLINE)


def _cut(page: Page, html: bytes) -> Finding | None:
    """A page that ends in the middle: no end tag of the document, and many elements still open."""
    if page.cut:
        return None
    end = html[-4000:].lower()
    if b"</html" in end or b"</body" in end:
        return None
    low = html.lower()
    if b"</html" in low or b"</body" in low or b"<html" not in low[:5000]:
        return None
    tail = html[-1000:]
    inside_tag = tail.rfind(b"<") > tail.rfind(b">")
    still_open = sum(
        low.count(b"<" + tag + b">") + low.count(b"<" + tag + b" ") - low.count(b"</" + tag)
        for tag in (b"div", b"section", b"article", b"main")
    )
    inside_script = low.count(b"<script") > low.count(b"</script")
    if inside_tag or inside_script or still_open >= 2:
        return Verdict.TRUNCATED, "the page ends in the middle of an element"
    return None
