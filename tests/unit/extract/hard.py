"""Bytes that break readers of pages."""

from __future__ import annotations

import random

from .pages import PARAGRAPHS

_RANDOM = random.Random(7)

HARD = {
    "nothing": b"",
    "white space": b" \n\t ",
    "a mark and nothing": b"\xef\xbb\xbf",
    "NULs": b"\0" * 5000,
    "random": _RANDOM.randbytes(200_000),
    "every byte": bytes(range(256)) * 50,
    "a picture": b"\x89PNG\r\n\x1a\n" + _RANDOM.randbytes(3000),
    "a document": b"%PDF-1.7\n" + _RANDOM.randbytes(3000),
    "only a comment": b"<!-- nothing here -->",
    "only a doctype": b"<!DOCTYPE html>",
    "an open tag": b"<html><body><div class='",
    "an open comment": b"<html><body><!-- " + b"x" * 10_000,
    "an open script": b"<html><body><script>" + b"var a = '<p>text</p>';" * 500,
    "nested divs": b"<html><body>" + b"<div>" * 10_000 + b"deep text" + b"</div>" * 10_000,
    "nested spans": b"<html><body><p>" + b"<span>" * 10_000 + b"deep text",
    "nested lists": b"<html><body>" + b"<ul><li>" * 10_000 + b"deep text",
    "nested tables": b"<html><body>" + b"<table><tr><td>" * 5_000 + b"deep text",
    "nested brackets": b'<html><head><script type="application/ld+json">'
    + b"[" * 100_000
    + b"</script></head><body><p>text</p>",
    "nested objects": b'<html><head><script type="application/ld+json">'
    + b'{"a":' * 50_000
    + b"</script></head><body><p>text</p>",
    "many attributes": b"<html><body><p " + b"".join(b"a%d=1 " % n for n in range(20_000)) + b">text</p>",
    "a long attribute": b'<html><body><p class="' + b"a b-c " * 200_000 + b'">text</p>',
    "a long word": b"<html><body><p>" + b"a" * 1_000_000 + b"</p>",
    "a long line of separators": b"<html><head><title>" + b" | - " * 20_000 + b"</title></head><body><p>x</p>",
    "many breaks": b"<html><body><div>" + b"a<br>" * 50_000 + b"</div>",
    "broken entities": b"<html><body><p>&#xFFFFFF; &#0; &notanentity; &#x110000;</p>",
    "text alone": "Chỉ là một dòng chữ.".encode(),
    "JSON": b'{"a": [1, 2, 3]}',
    "UTF-16": ("<html><body><p>" + PARAGRAPHS[0] + "</p></body></html>").encode("utf-16"),
    "odd types in JSON-LD": b'<html><head><script type="application/ld+json">{"@type":["NewsArticle",{"a":1},null],"headline":{"x":[1]},"author":[[["x"]],{"name":{"name":{}}},3],'
    b'"datePublished":{"@value":[1]},"image":[{"url":[{}]},3,null],"keywords":{"a":1},"publisher":[[]],"articleSection":[{}],"articleBody":[1,2],"description":[[]],"url":{"@id":3},'
    b'"isAccessibleForFree":{}}</script></head><body><p>text</p></body></html>',
    "odd dates": b'<html><head><meta property="article:published_time" content="0000-99-99T99:99:99+99:99"><meta name="date" content="99999999999999999999">'
    b'<meta property="article:modified_time" content="2024-02-30"></head><body><time datetime="31/31/2024">99:99 32/13/2024</time></body></html>',
    "odd addresses": b'<html><head><base href="http://[::1"><link rel="canonical" href="http://[bad"><link rel="alternate" hreflang="x" href="javascript:1"></head>'
    b'<body><img src="http://[bad"><a href="http://[worse" rel="author">Someone Here</a></body></html>',
}
