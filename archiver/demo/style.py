"""The style sheet and the script that pages name. No fonts: the reader's own serve."""

from __future__ import annotations

STYLE = """\
:root { --ink: #1d1d1f; --quiet: #6b6b70; --red: #b22222; --line: #ddd8cc; }
* { box-sizing: border-box; }
body { margin: 0; color: var(--ink); background: #f6f4ee url("/assets/paper.png"); font: 17px/1.6 Georgia, serif; }
a { color: inherit; text-decoration: none; }
a:hover { color: var(--red); }
img { max-width: 100%; height: auto; display: block; background: #e6e2d6; }
.site-header { background: #fff; border-bottom: 3px solid var(--red); }
.site-header .row, main, .site-footer .row { max-width: 1080px; margin: 0 auto; padding: 0 20px; }
.site-header .row { display: flex; align-items: center; gap: 16px; padding: 14px 20px; }
.site-header .logo { display: flex; align-items: center; gap: 12px; font-size: 26px; font-weight: bold; }
.site-header .logo img { width: 44px; height: 44px; background: none; }
.site-header .tools { margin-left: auto; color: var(--quiet); font-size: 14px; }
.site-header .tools a { margin-left: 12px; }
nav.menu { background: var(--red); color: #fff; font: 15px/1 Helvetica, Arial, sans-serif; }
nav.menu ul { max-width: 1080px; margin: 0 auto; padding: 0 12px; display: flex; flex-wrap: wrap; list-style: none; }
nav.menu a { display: block; padding: 12px 10px; }
nav.menu a:hover { color: #fad246; }
main { display: grid; grid-template-columns: minmax(0, 1fr) 290px; gap: 36px; padding: 26px 20px 50px; }
h1 { font-size: 34px; line-height: 1.2; margin: 8px 0 14px; }
h2 { font-size: 22px; line-height: 1.3; }
.breadcrumb h2, .article__meta, .details__meta, p.meta { font: 14px Helvetica, Arial, sans-serif; color: var(--quiet); }
.breadcrumb h2 { display: inline; margin-right: 8px; color: var(--red); text-transform: uppercase; }
.article__meta { display: flex; gap: 18px; border-bottom: 1px solid var(--line); padding-bottom: 10px; }
.article__sapo, .details__summary, .detail-sapo { font-size: 19px; font-weight: bold; margin: 18px 0; }
figure { margin: 20px 0; }
figure img, .article-photo img { width: 100%; }
aside .story h2 { font-size: 16px; margin: 4px 0; }
figcaption { font: 14px/1.4 Helvetica, Arial, sans-serif; color: var(--quiet); padding: 6px 0; }
figcaption .credit { float: right; font-style: italic; }
.article__source, .source { text-align: right; font-weight: bold; }
.article-relate { background: #fff; border-left: 4px solid var(--red); padding: 8px 16px; margin: 20px 0; }
.article-relate h2, .timeline h2, .abf-cate h2 { font-size: 18px; margin: 6px 0; }
.article__social a, .article__tag a, .tags a { display: inline-block; font: 13px Helvetica, Arial, sans-serif;
  border: 1px solid var(--line); border-radius: 14px; padding: 3px 12px; margin: 4px 6px 4px 0; background: #fff; }
.sda_middle, .rennab { background: #efe9d8; color: var(--quiet); text-align: center; padding: 22px; margin: 20px 0;
  font: 14px Helvetica, Arial, sans-serif; }
.story { display: grid; grid-template-columns: 200px 1fr; gap: 18px; padding: 16px 0; border-bottom: 1px solid var(--line); }
.article-relate .story, aside .story { display: block; padding: 8px 0; }
.story .summary { color: var(--quiet); font-size: 16px; margin: 4px 0; }
.story time { color: var(--quiet); font: 13px Helvetica, Arial, sans-serif; }
.box-title { border-bottom: 2px solid var(--red); font: bold 16px Helvetica, Arial, sans-serif;
  text-transform: uppercase; padding-bottom: 6px; }
.pager a { display: inline-block; border: 1px solid var(--line); background: #fff; padding: 4px 12px; margin-right: 6px; }
.pager a.current { background: var(--red); color: #fff; }
.comment-box { border-top: 1px solid var(--line); margin-top: 26px; padding-top: 10px; color: var(--quiet); }
.site-footer { background: #2a2a2e; color: #cfcac0; font: 14px/1.6 Helvetica, Arial, sans-serif; padding: 22px 0; }
body.vietnam .site-header { border-color: #d08700; }
body.vietnam nav.menu { background: #d08700; }
@media (max-width: 800px) { main { display: block; } .story { display: block; } }
"""

SCRIPT = """\
document.querySelectorAll("img[data-src]").forEach(function (picture) { picture.src = picture.dataset.src; });
"""
