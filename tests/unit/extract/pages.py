"""Pages for the tests: invented news in the shapes that real sites use."""

from __future__ import annotations

PARAGRAPHS = (
    "The doors of the new library opened on Monday morning, and by noon more than two thousand people had walked through them, the city said.",
    "The building stands where the old fish market burned down nine years ago. It took four years to plan and three to build, and it cost 41 million crowns.",
    "“We wanted a house that is open late, because people here work late,” said the head librarian, who has spent most of her life in the harbour quarter.",
    "Half of the money came from the state, a third from the city, and the rest from people who gave between ten and ten thousand crowns each.",
    "On the first floor there is a hall for two hundred listeners. Concerts are planned for every Thursday until the end of the year.",
)


def article_page(
    *,
    title: str = "Harbour town opens its new library",
    paragraphs: tuple[str, ...] = PARAGRAPHS,
    head: str = "",
    above: str = "",
    below: str = "",
    language: str = "en",
) -> bytes:
    """A plain article page with furniture around it."""
    text = "\n".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    return f"""<!DOCTYPE html><html lang="{language}"><head><meta charset="utf-8"><title>{title} | Example News</title>
<meta property="og:site_name" content="Example News"><meta property="og:type" content="article">{head}</head>
<body><header><nav><a href="/">Home</a> <a href="/world">World</a> <a href="/sport">Sport</a></nav></header>
<main><article><h1>{title}</h1>{above}<div class="article-body">{text}{below}</div></article>
<aside class="sidebar"><h3>Latest</h3><ul><li><a href="/x">Ferry fares rise again in spring</a></li><li><a href="/y">Bridge to close for a week</a></li></ul></aside>
</main><footer><p>© Example News. All rights reserved.</p></footer></body></html>""".encode()
