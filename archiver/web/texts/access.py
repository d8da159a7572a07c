"""The messages of signing in, and of what may not be shown."""

from __future__ import annotations

from collections.abc import Mapping

ACCESS: Mapping[str, Mapping[str, str]] = {
    "sign.in": {"en": "Sign in", "vi": "Đăng nhập", "fr": "Se connecter"},
    "sign.out": {"en": "Sign out", "vi": "Đăng xuất", "fr": "Se déconnecter"},
    "sign.token": {"en": "Your token", "vi": "Mã truy cập của bạn", "fr": "Votre jeton"},
    "sign.hint": {
        "en": "Whoever runs the archive gives tokens out (archiver token add). You stay signed in for twelve hours.",
        "vi": "Người quản lý kho lưu trữ cấp mã truy cập (archiver token add). Phiên đăng nhập kéo dài mười hai giờ.",
        "fr": "Les jetons sont remis par la personne qui gère l’archive (archiver token add). La session dure douze heures.",
    },
    "sign.needed": {
        "en": "Reading this archive needs a token.",
        "vi": "Cần có mã truy cập để đọc kho lưu trữ này.",
        "fr": "Un jeton est nécessaire pour lire cette archive.",
    },
    "sign.wrong": {
        "en": "This token is not known, or no longer good.",
        "vi": "Mã truy cập này không đúng hoặc đã hết hạn.",
        "fr": "Ce jeton est inconnu ou n’est plus valable.",
    },
    "sign.as": {"en": "Signed in as {name}", "vi": "Đã đăng nhập: {name}", "fr": "Connecté : {name}"},
    "role.reader": {"en": "reader", "vi": "người đọc", "fr": "lecteur"},
    "role.curator": {"en": "curator", "vi": "người tuyển chọn", "fr": "conservateur"},
    "role.admin": {"en": "administrator", "vi": "quản trị viên", "fr": "administrateur"},
    "error.401": {"en": "Who are you?", "vi": "Bạn là ai?", "fr": "Qui êtes-vous ?"},
    "error.429": {"en": "Too many requests", "vi": "Quá nhiều yêu cầu", "fr": "Trop de requêtes"},
    "error.451": {
        "en": "This may not be shown",
        "vi": "Nội dung này không được phép hiển thị",
        "fr": "Ceci ne peut pas être montré",
    },
}
