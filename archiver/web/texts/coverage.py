"""Texts of the coverage calendar and of one of its days, and of a site's sources."""

from __future__ import annotations

from collections.abc import Mapping

MESSAGES: Mapping[str, Mapping[str, str]] = {
    "coverage.title": {"en": "Coverage", "vi": "Độ bao phủ", "fr": "Couverture"},
    "coverage.heading": {
        "en": "Coverage in {year}",
        "vi": "Độ bao phủ năm {year}",
        "fr": "Couverture en {year}",
    },
    "coverage.years": {"en": "Coverage by year", "vi": "Độ bao phủ theo năm", "fr": "Couverture par année"},
    "coverage.text": {
        "en": "Of {listed} pages that the site’s own sources first listed in this year, {held} are held ({share}).",
        "vi": "Trong {listed} trang mà các nguồn của chính trang báo liệt kê lần đầu trong năm này, kho giữ {held} ({share}).",
        "fr": "Sur {listed} pages que les sources du site ont annoncées cette année, {held} sont gardées ({share}).",
    },
    "coverage.legend": {
        "en": "A day in the site’s time zone is the darker the more of what was first listed on it is held; a dot means that something is missing.",
        "vi": "Ngày theo múi giờ của trang báo; càng đậm thì phần đã giữ của những gì được liệt kê lần đầu trong ngày càng lớn. Dấu chấm nghĩa là còn thiếu.",
        "fr": "Un jour, dans le fuseau du site, est d’autant plus foncé que ce qui y a été annoncé est gardé ; un point signale un manque.",
    },
    "coverage.cell": {
        "en": "{held} of {listed} held",
        "vi": "giữ {held} trên {listed}",
        "fr": "{held} gardées sur {listed}",
    },
    "coverage.none": {
        "en": "No source of this site has listed anything yet.",
        "vi": "Chưa nguồn nào của trang báo này liệt kê gì.",
        "fr": "Aucune source de ce site n’a encore rien annoncé.",
    },
    "coverage.none.year": {
        "en": "Nothing was first listed in this year.",
        "vi": "Không có gì được liệt kê lần đầu trong năm này.",
        "fr": "Rien n’a été annoncé cette année.",
    },
    "coverage.counting": {
        "en": "This is being counted. Look again in a moment.",
        "vi": "Đang đếm. Xin xem lại sau giây lát.",
        "fr": "Le décompte est en cours. Revenez dans un instant.",
    },
    "coverage.again": {"en": "Look again", "vi": "Xem lại", "fr": "Regarder de nouveau"},
    "coverage.of": {
        "en": "Coverage of {site} on {day}",
        "vi": "Độ bao phủ của {site} ngày {day}",
        "fr": "Couverture de {site}, {day}",
    },
    "coverage.day.lede": {
        "en": "What the site’s own sources listed for the first time on this day ({zone}).",
        "vi": "Những gì các nguồn của chính trang báo liệt kê lần đầu trong ngày này ({zone}).",
        "fr": "Ce que les sources du site ont annoncé pour la première fois ce jour-là ({zone}).",
    },
    "coverage.listed": {"en": "listed", "vi": "được liệt kê", "fr": "annoncées"},
    "coverage.held": {"en": "held", "vi": "đang giữ", "fr": "gardées"},
    "coverage.missing": {"en": "missing", "vi": "còn thiếu", "fr": "manquantes"},
    "coverage.listed.one": {"en": "listed", "vi": "được liệt kê", "fr": "annoncée"},
    "coverage.held.one": {"en": "held", "vi": "đang giữ", "fr": "gardée"},
    "coverage.missing.one": {"en": "missing", "vi": "còn thiếu", "fr": "manquante"},
    "coverage.day.missing": {"en": "Missing", "vi": "Còn thiếu", "fr": "Manquantes"},
    "coverage.day.held": {"en": "Held", "vi": "Đang giữ", "fr": "Gardées"},
    "coverage.day.nothing": {
        "en": "Nothing was first listed on this day.",
        "vi": "Không có gì được liệt kê lần đầu trong ngày này.",
        "fr": "Rien n’a été annoncé ce jour-là.",
    },
    "coverage.day.more": {
        "en": "The first {n} are shown; /api/coverage has all.",
        "vi": "Dưới đây là {n} địa chỉ đầu; /api/coverage có tất cả.",
        "fr": "Voici les {n} premières ; /api/coverage les a toutes.",
    },
    "coverage.day.prev": {"en": "The day before", "vi": "Ngày trước", "fr": "La veille"},
    "coverage.day.next": {"en": "The day after", "vi": "Ngày sau", "fr": "Le lendemain"},
    "coverage.day.reasons": {"en": "Why they are missing", "vi": "Vì sao còn thiếu", "fr": "Pourquoi elles manquent"},
    "coverage.day.captured": {
        "en": "What was captured on this day",
        "vi": "Những gì được lưu trong ngày này",
        "fr": "Ce qui a été capturé ce jour-là",
    },
    "column.reason": {"en": "Reason", "vi": "Lý do", "fr": "Raison"},
    "missing.not-yet-due": {"en": "not yet due", "vi": "chưa đến hạn", "fr": "pas encore due"},
    "missing.robots": {
        "en": "robots.txt forbids it",
        "vi": "robots.txt không cho phép",
        "fr": "interdite par robots.txt",
    },
    "missing.blocked": {
        "en": "the site refused it",
        "vi": "trang báo từ chối",
        "fr": "refusée par le site",
    },
    "missing.paywall": {"en": "behind a paywall", "vi": "sau tường phí", "fr": "derrière un accès payant"},
    "missing.error": {"en": "error", "vi": "lỗi", "fr": "erreur"},
    "missing.out-of-scope": {"en": "not wanted", "vi": "ngoài phạm vi", "fr": "hors du périmètre"},
    "missing.budget": {
        "en": "no time or budget left",
        "vi": "hết thời gian hoặc hạn mức",
        "fr": "plus de temps ni de budget",
    },
    "missing.withdrawn": {"en": "withdrawn by the site", "vi": "trang báo đã gỡ", "fr": "retirée par le site"},
    "column.good": {"en": "Last good", "vi": "Tốt lần cuối", "fr": "Bonne en dernier"},
    "column.every": {"en": "Looked at every", "vi": "Xem lại mỗi", "fr": "Relue toutes les"},
    "column.entries": {"en": "Entries", "vi": "Số mục", "fr": "Entrées"},
    "state.failing.times": {
        "en": "failed {n} times in a row, last {when}: {reason}",
        "vi": "lỗi {n} lần liên tiếp, lần cuối {when}: {reason}",
        "fr": "en échec {n} fois de suite, dernier le {when} : {reason}",
    },
    "state.failing.times.one": {
        "en": "failed {when}: {reason}",
        "vi": "lỗi lúc {when}: {reason}",
        "fr": "en échec le {when} : {reason}",
    },
    "state.moved": {"en": "moved to {url}", "vi": "đã chuyển đến {url}", "fr": "déplacée vers {url}"},
    "state.quiet": {
        "en": "good, nothing new since {when}",
        "vi": "tốt, không có gì mới từ {when}",
        "fr": "bonne, rien de neuf depuis le {when}",
    },
    "took.days": {"en": "{n} days", "vi": "{n} ngày", "fr": "{n} jours"},
}
