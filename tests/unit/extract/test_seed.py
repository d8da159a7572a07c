"""The case the project began with: an aggregator's French copy that ends in a source line, blank lines and an empty comment box."""

from __future__ import annotations

import os
from html import escape
from pathlib import Path

import pytest

from archiver.extract import extract_article

DATA = Path(os.environ.get("ARCHIVER_TEST_DATA", Path(__file__).parents[4] / "shared" / "data"))
ORIGINAL = "https://www.vietnamplus.vn/ngu-dan-ca-mau-tha-rua-bien-ve-bien-khoi-post1099999.vnp"
OWN = (
    "Le 12 novembre, les pêcheurs de la commune de Dat Mui ont relâché au large dix-sept tortues de mer que leurs filets avaient retenues pendant la tempête.",
    "Selon un correspondant de VNA sur place, la plus grande pèse 94 kilogrammes et porte une balise posée il y a six ans sur une plage de l'archipel voisin.",
    "« Nous avons appris à les nourrir comme des invitées », a déclaré le doyen du village, qui a prêté sa barque pour le voyage.",
    "Les autorités provinciales ont annoncé qu'un refuge serait ouvert avant la prochaine saison des pluies, avec l'aide de trois universités.",
)
TAIL = f"Source : {ORIGINAL}"
URL = "https://www.vietnam.vn/fr/ngu-dan-ca-mau-tha-rua-bien-ve-bien-khoi"


def _page(inner: str) -> bytes:
    return f"""<!DOCTYPE html><html lang="fr"><head><meta charset="utf-8"><title>Dix-sept tortues rendues à la mer - Vietnam.vn</title>
<meta property="og:title" content="Dix-sept tortues rendues à la mer"><meta property="og:site_name" content="Vietnam.vn">
<meta property="article:published_time" content="2025-11-12T08:30:00.000Z"></head><body>
<nav><a href="/fr">Accueil</a> <a href="/fr/category/monde">Monde</a></nav>
<main><h1>Dix-sept tortues rendues à la mer</h1>{inner}</main>
<footer><p>Vietnam.vn, plateforme de promotion de l'image du Vietnam</p></footer></body></html>""".encode()


def _paragraphs(lines: tuple[str, ...], tail: str) -> str:
    text = "".join(f"<p>{escape(line)}</p>" for line in lines)
    return f'<div class="detail-content">{text}<p>{tail}</p><p>&nbsp;</p><p><br></p><div>&nbsp;</div></div><div>Comment (0)</div>'


def _linked(lines: tuple[str, ...], tail: str) -> str:
    label, _, address = tail.partition(" : ")
    link = f'{label} : <a href="{address}" rel="nofollow">{address}</a>'
    return _paragraphs(lines, link)


def _breaks(lines: tuple[str, ...], tail: str) -> str:
    text = "<br><br>".join(escape(line) for line in (*lines, tail))
    return f'<div class="content">{text}<br><br><br><br><br>Comment (0)</div>'


def _single_breaks(lines: tuple[str, ...], tail: str) -> str:
    text = "<br>".join(escape(line) for line in (*lines, tail))
    return f'<div class="content">{text}<br><br><br>Comment (0)</div>'


def _divs(lines: tuple[str, ...], tail: str) -> str:
    text = "".join(f"<div>{escape(line)}</div>" for line in (*lines, tail))
    return f'<div class="entry">{text}<div></div><div></div></div><section class="c"><h4>Comment (0)</h4></section>'


def _plain_copy(lines: tuple[str, ...], tail: str) -> str:
    text = "\n".join(escape(line) for line in (*lines, tail))
    return f"<pre>{text}\n\n\n\n\n\nComment (0)</pre>"


def _styled(lines: tuple[str, ...], tail: str) -> str:
    text = "\n\n".join(escape(line) for line in (*lines, tail))
    return f'<div style="white-space: pre-line">{text}\n\n\nComment (0)</div>'


SHAPES = (_paragraphs, _linked, _breaks, _single_breaks, _divs, _plain_copy, _styled)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_tail_of_a_copy_is_cut_and_its_source_kept(shape):
    article = extract_article(_page(shape(OWN, TAIL)), url=URL)
    assert article is not None
    assert article.paragraphs == OWN
    assert article.text == "\n\n".join(OWN)
    assert article.source_url == ORIGINAL
    assert article.source_name == "vietnamplus.vn"
    assert article.language == "fr"
    assert article.title == "Dix-sept tortues rendues à la mer"


@pytest.mark.parametrize(
    "line",
    [
        "Nguồn: {url}",
        "Source: {url}",
        "Source : {url}",
        "Quelle: {url}",
        "Fuente: {url}",
        "Nguồn : {url}",
        "(Nguồn: {url})",
    ],
)
def test_the_source_line_is_known_in_many_languages(line):
    article = extract_article(_page(_paragraphs(OWN, line.format(url=ORIGINAL))), url=URL)
    assert article is not None
    assert article.paragraphs == OWN
    assert article.source_url == ORIGINAL


@pytest.mark.parametrize(
    "line",
    ["Bình luận (0)", "Comments (12)", "Commentaires (0)", "0 Comments", "Kommentare (3)", "Chia sẻ", "Partager"],
)
def test_an_empty_comment_box_is_no_paragraph(line):
    article = extract_article(
        _page(f'<div class="x">{"".join(f"<p>{p}</p>" for p in OWN)}<p>{line}</p></div>'), url=URL
    )
    assert article is not None
    assert article.paragraphs == OWN


@pytest.mark.parametrize(
    ("end", "kept"),
    [("./.", "."), (" (TTXVN/Vietnam+)./.", "."), (". (TTXVN)", "."), (" (VNA/VNP).", "")],
)
def test_agency_and_end_mark_are_taken_from_the_last_paragraph(end, kept):
    last = OWN[-1].rstrip(".")
    article = extract_article(_page("".join(f"<p>{p}</p>" for p in (*OWN[:-1], last + end))), url=URL)
    assert article is not None
    assert article.paragraphs[-1].rstrip(".") == last
    assert "/" not in article.paragraphs[-1][-3:]
    assert "TTXVN" not in article.text
    assert "VNP" not in article.text
    assert kept in {".", ""}


def test_an_agency_line_of_its_own_is_cut():
    article = extract_article(_page("".join(f"<p>{p}</p>" for p in (*OWN, "(TTXVN/Vietnam+)"))), url=URL)
    assert article is not None
    assert article.paragraphs == OWN
    assert article.source_name == "TTXVN/Vietnam+"
    assert article.source_url is None


def test_a_source_named_in_the_middle_of_the_text_is_no_tail():
    lines = (
        "Source : un vieux mot pour dire d'où vient l'eau, expliquait le maire devant une foule attentive et amusée.",
        *OWN,
    )
    article = extract_article(_page("".join(f"<p>{p}</p>" for p in (*lines, *OWN[:0]))), url=URL)
    assert article is not None
    assert article.paragraphs == lines


@pytest.mark.skipif(not (DATA / "seed").is_dir(), reason="ARCHIVER_TEST_DATA/seed is absent")
@pytest.mark.parametrize("shape", SHAPES)
def test_the_document_the_project_began_with(shape):
    file = next(f for f in sorted((DATA / "seed").iterdir()) if f.suffix == ".txt")
    lines = [line.strip() for line in file.read_text(encoding="utf-8").splitlines()]
    place = next(n for n, line in enumerate(lines) if line.startswith("Source :"))
    body = tuple(line for line in lines[:place] if line)
    article = extract_article(
        _page(shape(body, lines[place])),
        url="https://www.vietnam.vn/fr/nga-neu-quan-diem-ve-tam-nhin-cau-truc-an-ninh-a-au",
    )
    assert article is not None
    assert article.paragraphs == tuple(" ".join(line.split(" ")) for line in body)
    assert article.source_url == lines[place].split(" : ")[1]
    assert article.language == "fr"
    assert "Comment" not in article.text
