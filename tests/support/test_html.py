"""HTML from strangers is shown without anything that acts, loads or covers the page."""

import itertools
from html.parser import HTMLParser
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.html import HTML_LIMIT, KEPT, clean, to_text

ALLOWED = {"href", "rel", "target", "colspan", "rowspan"}

ACTS = """
<script>alert(1)</script>
<SCRIPT SRC=//evil.example/x.js></SCRIPT>
<img src=x onerror=alert(1)>
<svg onload=alert(1)>
<svg><script>alert(1)</script></svg>
<svg><style><img src=x onerror=alert(1)></style></svg>
<body onload=alert(1)>
<math><mi//xlink:href="data:x,<script>alert(1)</script>">
<math><mtext><table><mglyph><style><img src onerror=alert(1)>
<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>
<iframe srcdoc="<script>1</script>"></iframe>
<iframe src="javascript:alert(1)">
<a href="javascript:alert(1)">x</a>
<a href="JaVaScRiPt:alert(1)">x</a>
<a href="java&#x09;script:alert(1)">x</a>
<a href="&#106;avascript:alert(1)">x</a>
<a href=" javascript:alert(1)">x</a>
<a href="\x01javascript:alert(1)">x</a>
<a href="vbscript:msgbox(1)">x</a>
<a href="data:text/html,<script>1</script>">x</a>
<a href="/tickets/1/delete">x</a>
<a href="//evil.example/x">x</a>
<a href="?next=x">x</a>
<a href="#x" onclick=alert(1)>x</a>
<base href="https://evil.example/">
<meta http-equiv=refresh content="0;url=https://evil.example">
<link rel=stylesheet href=//e.example>
<style>*{position:fixed}</style>
<p style="position:fixed;top:0">x</p>
<p class="modal show" id=main>x</p>
<form action=//e.example><input name=p></form>
<button hx-post="/x">x</button>
<div hx-get="/x" hx-trigger=load>x</div>
<div data-hx-get="/x" data-hx-trigger="load">x</div>
<p hx-on:click="alert(1)">x</p>
<p hx-on::load="alert(1)">x</p>
<p data-bs-toggle=modal data-bs-target="#x">x</p>
<p HX-DELETE=/x>x</p>
<details open ontoggle=alert(1)>x</details>
<video><source onerror=alert(1)></video>
<audio src=x onerror=alert(1)>
<object data=x.swf></object>
<embed src=x.swf>
<noscript><p title="</noscript><img src=x onerror=alert(1)>">
<template><script>1</script></template>
<textarea><img title="</textarea><img src onerror=alert(1)>"></textarea>
<xmp><img title="</xmp><img src onerror=alert(1)>"></xmp>
<title><img title="</title><img src onerror=alert(1)>"></title>
<plaintext><script>alert(1)</script>
<!--><script>alert(1)</script>-->
<!--[if mso]><script>alert(1)</script><![endif]-->
<img src="/tickets/1/delete">
<img srcset="https://evil.example/a 1x">
<td background=//e.example/x>x</td>
<img src="https://pixel.example/p.gif?id=17" width=1>
<input autofocus onfocus=alert(1)>
<select onchange=alert(1)><option>x</select>
<marquee onstart=alert(1)>x</marquee>
<p is="x-form" slot=y part=z>x</p>
<a ping="//e.example" download href="https://e.example">x</a>
<div contenteditable autofocus tabindex=1 accesskey=x onfocus=alert(1)>x</div>
<p popover id=x>x</p><button popovertarget=x>y</button>
""".strip().splitlines()
AROUND = (
    "{}",
    "<div><b>{}</b></div>",
    "<table><tr><td>{}",
    "<p title='{}'>x</p>",
    "<a href='https://e.example/{}'>x",
    "</p>{}",
)
CORPUS = [around.format(act) for act, around in itertools.product(ACTS, AROUND)]


class Inspector(HTMLParser):
    """Reads cleaned HTML as a browser would and collects what should not be there."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [tag] * (tag not in KEPT)
        self.found += [f"{name}={value}" for name, value in attrs if not harmless(name, value or "")]

    def handle_comment(self, data: str) -> None:
        self.found.append(data)

    handle_decl = unknown_decl = handle_pi = handle_comment


def harmless(name: str, value: str) -> bool:
    return name in ALLOWED and (name != "href" or value.startswith(("https://", "http://", "mailto:")))


def left_in(html: str) -> list[str]:
    inspector = Inspector()
    inspector.feed(html)
    inspector.close()
    return inspector.found


def test_the_inspector_sees_what_the_cleaner_has_to_remove() -> None:
    assert sum(bool(left_in(payload)) for payload in CORPUS) > 200


@pytest.mark.ledger("INT-01")
def test_nothing_in_the_corpus_survives_that_acts_or_loads() -> None:
    assert len(CORPUS) >= 200
    assert {payload: left for payload in CORPUS if (left := left_in(clean(payload)))} == {}


def test_cleaning_twice_changes_nothing_more() -> None:
    assert [payload for payload in CORPUS if left_in(clean(clean(payload)))] == []


@given(
    st.lists(
        st.sampled_from([*ACTS, "<", ">", '"', "'", "</", "<svg>", "<table>", "<p ", "&lt;", "]]>", "\0"]), max_size=12
    )
)
@settings(max_examples=150, deadline=None)
def test_pieces_of_attacks_in_any_order_leave_nothing(pieces: list[str]) -> None:
    assert left_in(clean("".join(pieces))) == []


def test_a_link_leaves_no_trace_and_opens_elsewhere() -> None:
    assert clean('<a href="https://e.example/a?b=1&amp;c=2" class="x">read</a>') == (
        '<a href="https://e.example/a?b=1&amp;c=2" target="_blank" rel="noopener noreferrer nofollow">read</a>'
    )


def test_an_image_becomes_the_name_of_its_host() -> None:
    assert clean('<p><img src="https://Pixel.example:8443/x.gif?who=17"></p>') == "<p>[image from pixel.example]</p>"
    assert (
        clean('<img src="cid:logo@x"><img src="data:image/png;base64,AAAA"><img>') == "[attached image][image][image]"
    )
    assert "17" not in clean('<img alt="17" src="https://[broken/17">')


def test_headings_of_a_mail_are_no_headings_of_the_page() -> None:
    assert clean("<h1 id=x>Down</h1><h2>again</h2>") == "<p>Down</p><p>again</p>"


def test_a_link_without_words_is_left_out() -> None:
    assert clean('<a href="https://e.example"> </a>ok') == "ok"


def test_a_cell_cannot_span_a_billion_columns() -> None:
    assert clean('<table><tr><td colspan="1000000000" rowspan=2>x</td></tr></table>').count("span") == 1


def test_text_keeps_lines_lists_and_table_cells_apart() -> None:
    html = "<style>p{}</style><p>Hello&nbsp;there</p><ul><li>one<li>two</ul><table><tr><td>a<td>b</table>"
    words = to_text(html + "<img src=//x.example/1>")
    assert words.split() == ["Hello", "there", "*", "one", "*", "two", "a", "b"]
    assert "image" not in words
    assert "p{}" not in words


def test_a_mail_nested_beyond_reason_is_shown_as_text() -> None:
    deep = clean("<div>" * 5_000 + "help & <b>me</b>")
    assert deep.startswith("<pre>")
    assert left_in(deep) == []
    assert "help" in to_text("<div>" * 5_000 + "help")


def test_a_wide_cell_above_many_rows_does_not_fill_memory() -> None:
    table = "<table>" + "<tr><td>row" * 5_000 + "<tr><td>" + "wide" * 50_000 + "</table>"
    assert len(to_text(table)) < 2 * len(table)


def test_an_image_inside_the_html_does_not_push_the_words_out() -> None:
    assert "after" in clean(f'<img src="data:image/png;base64,{"A" * 900_000}">after')


@pytest.mark.parametrize("hidden", ["<table></div></table>", "<!--</div>-->", "<a title='</div>'></a>"])
def test_depth_hidden_behind_end_tags_that_close_nothing_is_seen(hidden: str) -> None:
    deep = f"<div>{hidden}" * 1_000 + "help"
    assert clean(deep).startswith("<pre>")
    assert "help" in to_text(deep)
    assert not clean(f"<div>{hidden}" * 100).startswith("<pre>")


@pytest.mark.slow
@pytest.mark.parametrize("unit", ["<div>", "<p>hi</p>", "<b><i>", "<", "<a href='https://x.example'>", "data:"])
def test_no_half_megabyte_of_html_holds_a_worker_for_long(unit: str) -> None:
    """A pattern that backtracks takes minutes here: what is fast enough is the benchmark's to say, not this test's."""
    assert seconds(unit * (HTML_LIMIT // len(unit))) < 15


def seconds(html: str) -> float:
    start = process_time()
    clean(html)
    to_text(html)
    return process_time() - start
