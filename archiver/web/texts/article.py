"""Texts of the page of one article."""

from __future__ import annotations

from collections.abc import Mapping

MESSAGES: Mapping[str, Mapping[str, str]] = {
    "article.lead": {
        "en": "The text that was read from the capture of {when}.",
        "vi": "Nội dung được đọc từ bản lưu lúc {when}.",
        "fr": "Le texte lu dans la capture du {when}.",
    },
    "article.snapshot": {
        "en": "The page as it looked",
        "vi": "Trang như đã hiển thị",
        "fr": "La page telle qu’elle était",
    },
    "article.captures": {
        "en": "All captures of this address",
        "vi": "Mọi bản lưu của địa chỉ này",
        "fr": "Toutes les captures de cette adresse",
    },
    "article.raw": {
        "en": "As the server sent it",
        "vi": "Như máy chủ đã gửi",
        "fr": "Telle que le serveur l’a envoyée",
    },
    "article.cite": {"en": "Cite this capture", "vi": "Trích dẫn bản lưu này", "fr": "Citer cette capture"},
    "article.local": {
        "en": "This address works only where this archive is reached now: no public address ([serve] public_url) is set.",
        "vi": "Địa chỉ này chỉ dùng được ở nơi đang mở kho này: chưa đặt địa chỉ công khai ([serve] public_url).",
        "fr": "Cette adresse ne vaut que là où cette archive est ouverte : aucune adresse publique ([serve] public_url) n’est réglée.",
    },
    "article.permalink": {"en": "Permanent address", "vi": "Địa chỉ cố định", "fr": "Adresse permanente"},
    "article.permalink.hint": {
        "en": "It names the record and the digest of its bytes: whoever opens it sees these bytes, or is told that they are not held.",
        "vi": "Địa chỉ nêu bản ghi và mã băm của dữ liệu: ai mở cũng thấy đúng dữ liệu này, hoặc được báo là kho không giữ.",
        "fr": "Elle nomme l’enregistrement et l’empreinte de ses octets : qui l’ouvre voit ces octets, ou apprend qu’ils n’y sont pas.",
    },
    "article.robust": {"en": "Robust link", "vi": "Liên kết bền vững", "fr": "Lien robuste"},
    "article.robust.hint": {
        "en": "HTML for your own pages, with the original address and the day of the capture.",
        "vi": "HTML cho trang của bạn, kèm địa chỉ gốc và ngày lưu.",
        "fr": "Du HTML pour vos pages, avec l’adresse d’origine et le jour de la capture.",
    },
    "article.download": {"en": "Download {form}", "vi": "Tải {form}", "fr": "Télécharger {form}"},
    "article.fields": {"en": "What was read, and where", "vi": "Đã đọc gì, ở đâu", "fr": "Ce qui a été lu, et où"},
    "article.field": {"en": "Field", "vi": "Trường", "fr": "Champ"},
    "article.value": {"en": "Value", "vi": "Giá trị", "fr": "Valeur"},
    "article.from": {"en": "Read from", "vi": "Đọc từ", "fr": "Lu dans"},
    "article.sure": {"en": "Confidence", "vi": "Độ tin cậy", "fr": "Confiance"},
    "article.other": {"en": "Other languages", "vi": "Ngôn ngữ khác", "fr": "Autres langues"},
    "article.notheld": {"en": "not held", "vi": "kho không giữ", "fr": "absente de l’archive"},
    "article.source": {"en": "Taken from", "vi": "Lấy từ", "fr": "Repris de"},
    "article.words": {"en": "{n} words", "vi": "{n} từ", "fr": "{n} mots"},
    "article.words.one": {"en": "one word", "vi": "một từ", "fr": "un mot"},
    "article.none": {
        "en": "This capture is no article: {verdict}.",
        "vi": "Bản lưu này không phải bài viết: {verdict}.",
        "fr": "Cette capture n’est pas un article : {verdict}.",
    },
    "article.unread": {
        "en": "This capture was not read yet.",
        "vi": "Bản lưu này chưa được đọc.",
        "fr": "Cette capture n’a pas encore été lue.",
    },
    "article.differs": {
        "en": "the address names other bytes than those that are held",
        "vi": "địa chỉ nêu dữ liệu khác với dữ liệu kho đang giữ",
        "fr": "l’adresse nomme d’autres octets que ceux qui sont gardés",
    },
    "field.title": {"en": "Title", "vi": "Tiêu đề", "fr": "Titre"},
    "field.lead": {"en": "Lead", "vi": "Đoạn dẫn", "fr": "Chapeau"},
    "field.text": {"en": "Text", "vi": "Nội dung", "fr": "Texte"},
    "field.authors": {"en": "Authors", "vi": "Tác giả", "fr": "Auteurs"},
    "field.published_at": {"en": "Published", "vi": "Xuất bản", "fr": "Publié"},
    "field.modified_at": {"en": "Changed", "vi": "Cập nhật", "fr": "Modifié"},
    "field.language": {"en": "Language", "vi": "Ngôn ngữ", "fr": "Langue"},
    "field.section": {"en": "Section", "vi": "Chuyên mục", "fr": "Rubrique"},
    "field.tags": {"en": "Tags", "vi": "Từ khóa", "fr": "Mots-clés"},
    "field.images": {"en": "Pictures", "vi": "Hình ảnh", "fr": "Images"},
    "field.canonical_url": {"en": "Canonical address", "vi": "Địa chỉ chuẩn", "fr": "Adresse canonique"},
    "field.alternates": {"en": "Other languages", "vi": "Ngôn ngữ khác", "fr": "Autres langues"},
    "field.source_url": {"en": "Source address", "vi": "Địa chỉ nguồn", "fr": "Adresse de la source"},
    "field.source_name": {"en": "Source", "vi": "Nguồn", "fr": "Source"},
    "field.publisher": {"en": "Publisher", "vi": "Nhà xuất bản", "fr": "Éditeur"},
    "origin.json-ld": {
        "en": "structured data (JSON-LD)",
        "vi": "dữ liệu có cấu trúc (JSON-LD)",
        "fr": "données structurées (JSON-LD)",
    },
    "origin.meta": {"en": "meta tags", "vi": "thẻ meta", "fr": "balises meta"},
    "origin.microdata": {"en": "microdata", "vi": "microdata", "fr": "microdonnées"},
    "origin.time": {"en": "time element", "vi": "phần tử time", "fr": "élément time"},
    "origin.page": {"en": "the page itself", "vi": "chính trang", "fr": "la page elle-même"},
    "origin.url": {"en": "the address", "vi": "địa chỉ", "fr": "l’adresse"},
    "origin.feed": {"en": "the feed", "vi": "nguồn tin", "fr": "le flux"},
    "origin.text": {"en": "the text", "vi": "nội dung", "fr": "le texte"},
}
