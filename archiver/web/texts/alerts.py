"""Texts of alerts, and of saving a page now."""

from __future__ import annotations

from collections.abc import Mapping

MESSAGES: Mapping[str, Mapping[str, str]] = {
    "alerts.title": {"en": "Alerts", "vi": "Cảnh báo", "fr": "Alertes"},
    "alerts.none": {
        "en": "No alert is open.",
        "vi": "Không có cảnh báo nào.",
        "fr": "Aucune alerte en cours.",
    },
    "alerts.since": {"en": "since {when}", "vi": "từ {when}", "fr": "depuis le {when}"},
    "alerts.more": {
        "en": "More are open; archiver alerts lists all of them.",
        "vi": "Còn cảnh báo khác; lệnh archiver alerts liệt kê tất cả.",
        "fr": "D’autres sont en cours ; archiver alerts les liste toutes.",
    },
    "alert.slot-missed": {
        "en": "{site}: the slot of {when} did not run.",
        "vi": "{site}: giờ hẹn {when} đã không chạy.",
        "fr": "{site} : le créneau du {when} n’a pas été fait.",
    },
    "alert.slot-late": {
        "en": "{site}: the slot of {when} is late.",
        "vi": "{site}: giờ hẹn {when} bị trễ.",
        "fr": "{site} : le créneau du {when} est en retard.",
    },
    "alert.slot-failed": {
        "en": "{site}: the slot of {when} failed.",
        "vi": "{site}: giờ hẹn {when} bị lỗi.",
        "fr": "{site} : le créneau du {when} a échoué.",
    },
    "alert.slots": {
        "en": "{n} such slots since the last one that ran.",
        "vi": "{n} giờ hẹn như vậy kể từ lượt chạy gần nhất.",
        "fr": "{n} créneaux de ce genre depuis le dernier qui a été fait.",
    },
    "alert.run-shrank": {
        "en": "{site}: the last run took {pages} pages; three of four runs before it took {usual} or more.",
        "vi": "{site}: lượt gần nhất chỉ lấy {pages} trang; ba phần tư các lượt trước lấy từ {usual} trang trở lên.",
        "fr": "{site} : la dernière collecte a pris {pages} pages ; trois sur quatre avant elle en ont pris {usual} ou plus.",
    },
    "alert.source-fails": {
        "en": "{site}: the source {url} failed {failures} times in a row.",
        "vi": "{site}: nguồn {url} bị lỗi {failures} lần liên tiếp.",
        "fr": "{site} : la source {url} a échoué {failures} fois de suite.",
    },
    "alert.source-quiet": {
        "en": "{site}: the source {url} has named nothing new since {since}.",
        "vi": "{site}: nguồn {url} không có gì mới từ {since}.",
        "fr": "{site} : la source {url} n’a rien annoncé de neuf depuis le {since}.",
    },
    "alert.extraction-fell": {
        "en": "{site}: {now} of the newest pages are articles, against {before} before. Was the site rebuilt?",
        "vi": "{site}: {now} số trang mới nhất là bài viết, trước đây là {before}. Trang báo có đổi giao diện không?",
        "fr": "{site} : {now} des pages récentes sont des articles, contre {before} avant. Le site a-t-il été refait ?",
    },
    "alert.disk-full": {
        "en": "Only {free} of {total} are free on the disk of the archive.",
        "vi": "Đĩa của kho chỉ còn trống {free} trên {total}.",
        "fr": "Il ne reste que {free} sur {total} sur le disque de l’archive.",
    },
    "alert.spool-full": {
        "en": "{waiting} wait in the spool; at {most} runs pause. Is the store away?",
        "vi": "{waiting} đang chờ trong vùng đệm; đến {most} các lượt sẽ tạm ngưng. Kho có mất kết nối không?",
        "fr": "{waiting} attendent d’être rangés ; à {most} les collectes s’arrêtent. Le stockage est-il absent ?",
    },
    "alert.store-full": {
        "en": "The store holds {held}, more than was set ([alerts] store_bytes).",
        "vi": "Kho đang giữ {held}, vượt mức đã đặt ([alerts] store_bytes).",
        "fr": "Le stockage contient {held}, plus que la limite fixée ([alerts] store_bytes).",
    },
    "save.label": {"en": "Save this page now", "vi": "Lưu trang này ngay", "fr": "Sauvegarder cette page maintenant"},
    "save.button": {"en": "Save it", "vi": "Lưu", "fr": "Sauvegarder"},
    "save.hint": {
        "en": "The page and what it needs to be seen; robots.txt is obeyed.",
        "vi": "Trang cùng những gì cần để hiển thị; robots.txt được tôn trọng.",
        "fr": "La page et ce qu’il faut pour la voir ; robots.txt est respecté.",
    },
    "save.title": {"en": "Saving a page", "vi": "Lưu một trang", "fr": "Sauvegarde d’une page"},
    "save.queued": {
        "en": "The page waits for its turn.",
        "vi": "Trang đang chờ đến lượt.",
        "fr": "La page attend son tour.",
    },
    "save.running": {
        "en": "The page is being saved.",
        "vi": "Trang đang được lưu.",
        "fr": "La page est en cours de sauvegarde.",
    },
    "save.done": {"en": "The page was saved.", "vi": "Đã lưu trang.", "fr": "La page a été sauvegardée."},
    "save.failed": {
        "en": "The page was not saved.",
        "vi": "Chưa lưu được trang.",
        "fr": "La page n’a pas été sauvegardée.",
    },
    "save.again": {"en": "Look again", "vi": "Xem lại", "fr": "Regarder de nouveau"},
    "save.wait": {
        "en": "This page waits a few seconds for news each time it is opened.",
        "vi": "Mỗi lần mở, trang này chờ tin vài giây.",
        "fr": "À chaque ouverture, cette page attend des nouvelles quelques secondes.",
    },
    "save.said": {"en": "What the crawl said", "vi": "Thông báo của lượt thu thập", "fr": "Ce qu’a dit la collecte"},
    "save.asked": {"en": "Asked for", "vi": "Yêu cầu lúc", "fr": "Demandée"},
    "save.show": {"en": "See what is held of it", "vi": "Xem những gì kho đang giữ", "fr": "Voir ce qui en est gardé"},
    "save.run": {"en": "The run", "vi": "Lượt thu thập", "fr": "La collecte"},
    "save.wrong": {
        "en": "This is no address of a web page. One that begins with http:// or https:// is wanted.",
        "vi": "Đây không phải địa chỉ của một trang web. Cần một địa chỉ bắt đầu bằng http:// hoặc https://.",
        "fr": "Ce n’est pas l’adresse d’une page web. Il en faut une qui commence par http:// ou https://.",
    },
    "save.full": {
        "en": "Too many pages wait to be saved already. Try again later.",
        "vi": "Đã có quá nhiều trang đang chờ lưu. Xin thử lại sau.",
        "fr": "Trop de pages attendent déjà d’être sauvegardées. Réessayez plus tard.",
    },
}
