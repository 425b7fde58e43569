"""HTML that strangers send us: made safe to show, or turned into text (T01, T02, T03). Pure; never raises."""

import re
from collections import Counter
from collections.abc import Callable
from html import escape, unescape
from urllib.parse import urlsplit

import inscriptis
import nh3
from inscriptis.css_profiles import CSS_PROFILES
from inscriptis.model.config import ParserConfig

HTML_LIMIT = 500_000
# The sanitiser's work grows with the square of the depth: 40,000 unclosed elements take it 2.3 s, and lxml loses what
# stands deeper than 256.
TAG_LIMIT = 20_000
DEPTH_LIMIT = 200
# Tables are drawn as a grid of characters: one long cell widens every row.
GRID_LIMIT = 20_000_000

_KEPT = """
a abbr b blockquote br caption code dd del div dl dt em hr i ins kbd li ol p pre q s samp small span strong
sub sup table tbody td tfoot th thead tr u ul var
"""
KEPT = frozenset(_KEPT.split())
HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_DROPPED_WITH_CONTENT = """
script style title template svg math iframe frame frameset object embed applet noscript noembed noframes
textarea select option xmp plaintext audio video canvas button
"""
DROPPED_WITH_CONTENT = frozenset(_DROPPED_WITH_CONTENT.split())
_VOID = """
area base br col embed hr img input link meta source track wbr
"""
VOID = frozenset(_VOID.split())
# "*" is spelled out: without it nh3 keeps `title` and `lang` everywhere.
ATTRIBUTES = {"*": set[str](), "a": {"href"}, "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"}}

# A picture inside the HTML itself, which is not shown and would use up the limit.
_EMBEDDED = re.compile(r"data:[^\s\"'<>]{200,}", re.IGNORECASE)
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]{0,20})")
_STRAY = re.compile(r"<[^<>]*>")
_IMAGE = re.compile(r'<img(?: src="([^"<>&]*)")?[^<>]*>')
_HEADING = re.compile(r"<(/?)h[1-6]>")
_EMPTY_LINK = re.compile(r"<a(?: [^<>]*)?>\s*</a>")
_HOST = re.compile(r"[a-z0-9.:-]{1,100}")
_TABLE_STEPS = (
    (re.compile(r"</(?:td|th)>"), " "),
    (re.compile(r"<(?:td|th)[^<>]*>|</?(?:tbody|thead|tfoot|table)[^<>]*>"), ""),
    (re.compile(r"<(/?)(?:tr|caption)[^<>]*>"), r"<\1div>"),
)


def clean(html: str) -> str:
    """Safe HTML to show: a few plain elements, links that tell nothing, and the name of its host for each image.

    Nested or tagged beyond reason, it comes back as plain text.
    """
    return _cleaned(html, _image_in_words)


def to_text(html: str) -> str:
    """The text of an HTML body, without its images."""
    safe = _cleaned(html, lambda found: "")
    if safe.count("<tr") * max(safe.count("<table"), 1) * len(safe) > GRID_LIMIT:
        safe = _without_tables(safe)
    text = inscriptis.get_text(safe, ParserConfig(css=CSS_PROFILES["strict"])) if safe.strip() else ""
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in text.split("\n"))).strip("\n")


def _cleaned(html: str, image: Callable[[re.Match[str]], str]) -> str:
    html = _EMBEDDED.sub("data:", html.replace("\0", ""))[:HTML_LIMIT]
    # The second look is the exact one: an end tag in a comment, an attribute or a table closes nothing, and only the
    # parser knows. The first keeps the parser from what it is slow at.
    if _is_monstrous(html) or _is_monstrous(formed := _with_hosts(html)):
        return f"<pre>{escape(unescape(_STRAY.sub(' ', html)), quote=False)}</pre>"
    plain = _HEADING.sub(r"<\1p>", _IMAGE.sub(image, formed))
    return _strict(_EMPTY_LINK.sub("", plain))


def _is_monstrous(html: str) -> bool:
    """Counts how deep each element's name nests: exact for well-formed HTML, whatever order its end tags have."""
    deep: Counter[str] = Counter()
    depth = 0
    for number, tag in enumerate(_TAG.finditer(html)):
        name = tag[2].lower()
        step = 0 if name in VOID else 1 if not tag[1] else -1 if deep[name] else 0
        deep[name] += step
        depth += step
        if depth > DEPTH_LIMIT or number > TAG_LIMIT:
            return True
    return False


def _with_hosts(html: str) -> str:
    """The first pass: what nh3 writes is well formed, and of an image nothing is left but its host in `src`."""
    return nh3.clean(
        html,
        tags=set(KEPT | HEADINGS | {"img"}),
        attributes={**ATTRIBUTES, "img": {"src"}},
        clean_content_tags=set(DROPPED_WITH_CONTENT),
        attribute_filter=lambda tag, name, value: _host(value) if tag == "img" else value,
        url_schemes={"http", "https", "mailto", "cid"},
        link_rel=None,
    )


def _host(source: str) -> str:
    if source.strip().lower().startswith("cid:"):
        return "attached"
    try:
        host = (urlsplit(source.strip()).hostname or "").lower()
    except ValueError:
        return "elsewhere"
    return host if _HOST.fullmatch(host) else "elsewhere"


def _image_in_words(image: re.Match[str]) -> str:
    source = image[1] or ""
    return f"[image from {source}]" if "." in source else "[attached image]" if source == "attached" else "[image]"


def _strict(html: str) -> str:
    """The second pass: nothing but what it allows leaves this module, no image, class, id, style or `data-*` (T02)."""
    return nh3.clean(
        html,
        tags=set(KEPT),
        attributes=ATTRIBUTES,
        clean_content_tags=set(DROPPED_WITH_CONTENT),
        attribute_filter=_bounded,
        generic_attribute_prefixes=set(),
        url_schemes={"http", "https", "mailto"},
        url_relative="deny",
        link_rel="noopener noreferrer nofollow",
        set_tag_attribute_values={"a": {"target": "_blank"}},
    )


def _bounded(tag: str, name: str, value: str) -> str | None:
    """A table cell may span up to 99 others: a span of a billion is an attack on the browser."""
    if name in {"colspan", "rowspan"}:
        return value if re.fullmatch(r"[0-9]{1,2}", value) else None
    return value


def _without_tables(html: str) -> str:
    for pattern, instead in _TABLE_STEPS:
        html = pattern.sub(instead, html)
    return html
