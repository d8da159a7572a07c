"""Which URLs are a site's, and what each is likely to be."""

from __future__ import annotations

import re
from enum import StrEnum
from urllib.parse import SplitResult, urlsplit, urlunsplit

from archiver.model.site import Site, SourceKind
from archiver.model.surt import surt
from archiver.model.url import path_of

_TELLS_NOTHING = re.compile(
    r"(?:jsessionid|phpsessid|utm_\w+|fbclid|gclid|gclsrc|gbraid|wbraid|dclid|msclkid|yclid|twclid|ttclid|igshid|zarsrc|mc_cid|mc_eid|_ga|_gl)\Z",
    re.IGNORECASE,
)
_NO_PAGE = re.compile(
    r"\.(?:avif|bmp|gif|ico|jpe?g|png|svgz?|tiff?|webp"
    r"|css|js|mjs|map|json|woff2?|ttf|otf|eot|wasm|webmanifest"
    r"|mp3|m4a|aac|ogg|oga|wav|flac|mp4|m4v|webm|avi|mov|mkv|flv|wmv|mpe?g|m3u8|ts|3gp"
    r"|zip|gz|tgz|bz2|xz|rar|7z|tar|exe|dmg|iso|apk|msi|deb|rpm|torrent)\Z",
    re.IGNORECASE,
)
_SESSION = re.compile(r";(?:jsessionid|phpsessid)=[^/;?]*", re.IGNORECASE)


class PageClass(StrEnum):
    """What a URL is by its address alone."""

    ARTICLE = "article"
    LISTING = "listing"
    PAGE = "page"
    EXCLUDED = "excluded"
    OUTSIDE = "outside"


class ScopeRules:
    """A site's scope, made ready. Host names match exactly: ``evilexample.org`` is not ``example.org``'s."""

    def __init__(self, site: Site) -> None:
        self._hosts = site.host_names
        self._article = _any_of(site.scope.article)
        self._listing = _any_of(site.scope.listing)
        self._exclude = _any_of(site.scope.exclude)
        self._drop = frozenset(site.scope.drop_parameters)
        self._ids = tuple(re.compile(rule) for rule in site.scope.article_id)
        self._lists = _any_of(site.scope.listing, re.IGNORECASE)  # a SURT is in lower case
        self._own = frozenset(_reversed(host.name) for host in site.hosts)
        self._fronts: frozenset[str] = frozenset()
        self._same = {_reversed(host.name): _reversed(host.same_as) for host in site.hosts if host.same_as}
        self._fronts = frozenset(self.key(each.url) for each in site.sources if each.kind is SourceKind.FRONT)

    def in_scope(self, url: str) -> bool:
        """Whether a clean URL may be fetched as a page of the site."""
        return self.classify(url) not in {PageClass.EXCLUDED, PageClass.OUTSIDE}

    def classify(self, url: str) -> PageClass:
        """The class of a clean URL: excluded before listing before article; ``page`` where no rule speaks.

        Rules see path and query without the arguments that ``plain`` drops.
        """
        plain = self.plain(url)
        parts = urlsplit(plain)
        if (parts.hostname or "") not in self._hosts:
            return PageClass.OUTSIDE
        where = path_of(plain)
        if _NO_PAGE.search(parts.path) or _matches(self._exclude, where):
            return PageClass.EXCLUDED
        if _matches(self._listing, where):
            return PageClass.LISTING
        if _matches(self._article, where):
            return PageClass.ARTICLE
        return PageClass.PAGE

    def plain(self, url: str) -> str:
        """The URL without arguments and session ids that never tell two pages apart: what is fetched, so that a page has
        one URL."""
        parts = urlsplit(url)
        path = _SESSION.sub("", parts.path)
        if not parts.query and path == parts.path:
            return url
        kept = [argument for argument in parts.query.split("&") if not self._is_dropped(argument)]
        return urlunsplit(SplitResult(parts.scheme, parts.netloc, path, "&".join(kept), ""))

    def key(self, url: str) -> str:
        """The frontier's key: two URLs with one key are one page to the site, and the first one seen is kept.

        It is the SURT of the plain URL, with the host that ``same_as`` names; where ``article_id`` finds the article's id
        it is that host, ``)/#`` and the id (groups joined by ``!``). No SURT has a ``#``, so neither is taken for the
        other. All of it is read from the SURT: what has one SURT has one key. What lists other pages has no id.
        """
        host, bracket, where = surt(self.plain(url)).partition(")")
        if host not in self._own:
            return f"{host}{bracket}{where}"
        host = self._same.get(host, host)
        named = self._id(where)
        return f"{host})/#{named}" if named else f"{host}){where}"

    def leads_away(self, requested: str, got: str) -> bool:
        """Whether a redirect led from a page of the site to its home page, to a section or another list: the page is gone.

        ``got`` is a list by the site's rules, a front, the home page, or a directory above the page.
        """
        if requested == got or self.key(requested) == self.key(got) or self.classify(got) is PageClass.OUTSIDE:
            return False
        before, after = urlsplit(self.plain(requested)).path, urlsplit(self.plain(got)).path
        if before in {"", "/"} or self.classify(requested) is PageClass.LISTING or self.key(requested) in self._fronts:
            return False
        is_above = after.endswith("/") and before.startswith(after)
        return is_above or self.classify(got) is PageClass.LISTING or self.key(got) in self._fronts

    def _id(self, where: str) -> str:
        if not self._ids or _matches(self._lists, where):
            return ""
        for rule in self._ids:
            found = rule.search(where)
            if found is not None:
                return "!".join(group for group in found.groups() if group)
        return ""

    def _is_dropped(self, argument: str) -> bool:
        name = argument.partition("=")[0]
        return bool(_TELLS_NOTHING.match(name)) or name in self._drop


def _reversed(host: str) -> str:
    """A host's name as SURTs begin with it."""
    return surt(f"http://{host}/").partition(")")[0]


def _any_of(rules: tuple[str, ...], flags: re.RegexFlag = re.NOFLAG) -> re.Pattern[str] | None:
    return re.compile("|".join(f"(?:{rule})" for rule in rules), flags) if rules else None


def _matches(rules: re.Pattern[str] | None, where: str) -> bool:
    return rules is not None and rules.search(where) is not None
