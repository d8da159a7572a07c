"""Walls, errors and missing pages in several languages; and articles that only speak of them."""

from __future__ import annotations

import pytest

from archiver.extract import extract

from .pages import article_page


def _p(title: str, body: str) -> bytes:
    return f"<!DOCTYPE html><html><head><meta charset=utf-8><title>{title}</title></head><body><nav><a href=/>Home</a></nav>{body}</body></html>".encode()


SAID = {
    "captcha fr": (
        "blocked",
        _p("Vérification", "<h1>Vérification de sécurité</h1><p>Veuillez confirmer que vous n'êtes pas un robot.</p>"),
    ),
    "captcha de": ("blocked", _p("Sicherheit", "<p>Bitte bestätigen Sie, dass Sie kein Roboter sind.</p>")),
    "captcha es": ("blocked", _p("Un momento", "<p>Confirma que no eres un robot para continuar.</p>")),
    "captcha ru": ("blocked", _p("Проверка", "<p>Подтвердите, что вы не робот</p>")),
    "captcha zh": ("blocked", _p("安全验证", "<p>请完成安全验证后继续访问</p>")),
    "captcha vi": ("blocked", _p("Xác minh", "<p>Vui lòng xác nhận bạn không phải là người máy</p>")),
    "recaptcha marker": ("blocked", _p("news", "<form><div class='g-recaptcha' data-sitekey=x></div></form>")),
    "turnstile": ("blocked", _p("news", "<form><div class='cf-turnstile'></div></form>")),
    "404 ru": ("soft-404", _p("Ошибка", "<h1>Страница не найдена</h1><p>Вернитесь на главную.</p>")),
    "404 vi": ("soft-404", _p("Lỗi", "<h1>Không tìm thấy trang</h1><p>Trang bạn tìm không tồn tại.</p>")),
    "404 zh": ("soft-404", _p("出错了", "<h1>您访问的页面不存在</h1>")),
    "404 it": ("soft-404", _p("x", "<h1>Pagina non trovata</h1>")),
    "deleted vi": ("soft-404", _p("Báo", "<h1>Bài viết đã bị gỡ</h1>")),
    "500 en": (
        "error",
        _p(
            "500 Internal Server Error",
            "<h1>Internal Server Error</h1><p>The server encountered an error and could not complete your request.</p>",
        ),
    ),
    "502": ("error", _p("502 Bad Gateway", "<center><h1>502 Bad Gateway</h1></center><hr><center>nginx</center>")),
    "db": ("error", _p("Database Error", "<h1>Error establishing a database connection</h1>")),
    "php": (
        "error",
        _p("", "<b>Fatal error</b>: Uncaught Error: Call to undefined function x() in /var/www/index.php on line 12"),
    ),
    "maint": (
        "error",
        _p(
            "Site under maintenance",
            "<h1>We'll be back soon</h1><p>Sorry, we are performing maintenance at the moment.</p>",
        ),
    ),
    "maint vi": ("error", _p("Bảo trì", "<h1>Hệ thống đang bảo trì</h1><p>Vui lòng quay lại sau.</p>")),
    "maint de": (
        "error",
        _p("Wartung", "<h1>Wartungsarbeiten</h1><p>Die Seite ist vorübergehend nicht erreichbar.</p>"),
    ),
    "err fr": ("error", _p("Erreur", "<h1>Une erreur est survenue</h1><p>Service temporairement indisponible.</p>")),
    "consent fr": (
        "consent",
        _p("Le Journal", "<h1>Nous respectons votre vie privée</h1><p>Accepter et continuer ou paramétrer.</p>"),
    ),
    "consent es": (
        "consent",
        _p(
            "x",
            "<h1>Su privacidad es importante para nosotros</h1><button>Aceptar y continuar</button><p>Nosotros y nuestros socios almacenamos cookies</p>",
        ),
    ),
    "consent it": (
        "consent",
        _p("x", "<p>Rispettiamo la tua privacy. Accetta e continua oppure gestisci le preferenze sui cookie</p>"),
    ),
    "pay fr": (
        "paywall",
        _p(
            "Titre",
            "<article><h1>La mairie vote</h1><p>Le conseil a voté hier soir un budget.</p><div>Cet article est réservé aux abonnés. Abonnez-vous</div></article>",
        ),
    ),
    "pay es": (
        "paywall",
        _p(
            "T",
            "<article><h1>El ayuntamiento vota</h1><p>El pleno votó ayer.</p><div>Contenido exclusivo para suscriptores. Suscríbete para seguir leyendo</div></article>",
        ),
    ),
    "pay ru": (
        "paywall",
        _p(
            "T",
            "<article><h1>Совет принял бюджет</h1><p>Совет вчера принял.</p><div>Материал доступен только подписчикам. Оформите подписку</div></article>",
        ),
    ),
    "pay vi": (
        "paywall",
        _p(
            "T",
            "<article><h1>Hội đồng thông qua ngân sách</h1><p>Hội đồng hôm qua.</p><div>Đăng nhập để đọc tiếp. Nội dung dành cho độc giả trả phí</div></article>",
        ),
    ),
}


@pytest.mark.parametrize("name", SAID)
def test_pages_that_answer_200_and_are_no_article(name):
    verdict, html = SAID[name]
    found = extract(html, url="https://news.example/a/b-1.html")
    assert (found.verdict.value, found.article) == (verdict, None), found.reason
    assert found.reason


@pytest.mark.parametrize(
    "title",
    [
        "Why 500 internal server errors haunt the tax office",
        "Hệ thống đang bảo trì, hành khách phải chờ",
        "Wartungsarbeiten am Hafentunnel dauern länger",
        "Читатели: «вы не робот», сказал он автомату",
        "The captcha turns twenty-five",
        "Page not found: the story of a number",
    ],
)
def test_articles_about_failures_and_walls_are_articles(title):
    assert extract(article_page(title=title), url="https://news.example/a/b-1.html").verdict.value == "article"
