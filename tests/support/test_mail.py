"""A raw mail is read as plain values, however it was written, and nothing in it makes the reader fail or stall."""

import json
from datetime import UTC, datetime
from functools import partial
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.mail import LIMIT, Incoming, read
from tests.effort import effort
from tests.support.mails import attached, mail, multipart, part, whole

PIXEL = bytes.fromhex("89504e470d0a1a0a")


@pytest.mark.ledger("INT-01")
def test_a_plain_mail_gives_its_words_and_its_people() -> None:
    found = read(
        mail(
            "Message-ID: <one@otter.example>",
            "In-Reply-To: <zero@us.example>",
            "References: <minus@us.example>\r\n <zero@us.example>",
            "To: Help <Help@us.example>, desk@us.example",
            'Cc: "Doe, Jo (x <a@evil.example>)" <jo@otter.example>',
            "Reply-To: team@otter.example",
            "Date: Mon, 23 Nov 2026 10:30:00 -0800",
            "Subject: No login",
            "Return-Path: <bounce@otter.example>",
            "Delivered-To: reply+17.abc@us.example",
            body="It fails.\n\n  indented\n",
        )
    )
    assert (found.message_id, found.in_reply_to) == ("<one@otter.example>", "<zero@us.example>")
    assert found.thread_ids == ("<zero@us.example>", "<minus@us.example>")
    assert (found.from_address, found.from_name, found.reply_to) == (
        "ida@otter.example",
        "Ida Fern",
        "team@otter.example",
    )
    assert (found.to, found.cc) == (("help@us.example", "desk@us.example"), ("jo@otter.example",))
    assert found.recipients[0] == "reply+17.abc@us.example"
    assert (found.date, found.subject) == (datetime(2026, 11, 23, 18, 30, tzinfo=UTC), "No login")
    assert (found.text, found.return_path) == ("It fails.\n\n  indented", "bounce@otter.example")
    assert not found.auto_response
    assert not found.bounce


def test_a_name_cannot_pass_for_an_address() -> None:
    for sender in (
        '"boss@us.example" <ida@otter.example>',
        "=?utf-8?q?=22a=40us.example=22_=3Cb=40us.example=3E?= <ida@otter.example>",
        "ida@otter.example (boss@us.example)",
        '"\\"x\\" <a@us.example>" <IDA@otter.example>',
    ):
        assert read(mail(sender="From: " + sender)).from_address == "ida@otter.example"


@pytest.mark.parametrize(
    ("raw", "subject"),
    [
        (b"Gr\xc3\xbc\xc3\x9fe", "Grüße"),
        (b"Gr\xfc\xdfe", "Grüße"),
        (b"=?iso-8859-1?Q?Gr=FC=DFe?=", "Grüße"),
        (b"=?utf-8?B?R3LDvMOf?=\r\n =?utf-8?B?ZQ==?=", "Grüße"),
        (b"=?utf-8?b?w7w?= =?utf-8?b?w7?=", "ü\ufffd"),
        (b"=?utf-8?q?half_=C3?= =?utf-8?q?=BC?=", "half ü"),
        (b"=?no-such-charset?q?ok=21?=", "ok!"),
        (b"=?utf-8?q?spaces in it?= and =?utf-8?q?more?=", "spaces in it and more"),
        (b"a =?utf-8?q?=0D=0ABcc:_x=00?= b", "a Bcc: x b"),
        (b"=?punycode?q?x?= =?unicode_escape?q?=5Cx41?=", "x\\x41"),
        (b"=?utf-8?q?unfinished", "=?utf-8?q?unfinished"),
        (b"x" * 9_000, "x" * 250),
    ],
)
def test_a_subject_is_readable_whatever_its_encoding(raw: bytes, subject: str) -> None:
    assert read(b"From: a@b.example\r\nSubject: " + raw + b"\r\n\r\nx").subject == subject


def test_a_raw_subject_is_read_in_the_charset_of_the_body() -> None:
    raw = (
        b"Subject: "
        + "Привет".encode("koi8-r")
        + b"\r\nContent-Type: text/plain; charset=koi8-r\r\n\r\n"
        + "мир".encode("koi8-r")
    )
    assert (read(raw).subject, read(raw).text) == ("Привет", "мир")


@pytest.mark.parametrize(
    ("charset", "data", "text"),
    [
        ("us-ascii", "café".encode(), "café"),
        ("iso-8859-1", "I\u2019m".encode("cp1252"), "I\u2019m"),
        ("iso-8859-1", "I\u2019m".encode(), "I\u2019m"),
        ("utf-8", "café".encode("latin-1"), "café"),
        ("iso-8859-15", b"\xa4 5", "€ 5"),
        ("gb2312", "报告".encode("gb2312"), "报告"),
        ("utf-16", "hi".encode("utf-16"), "hi"),
        ("no-such", "ü".encode(), "ü"),
        ("zlib", b"x", "x"),
        ("\u0000", b"x", "x"),
        ("utf-7", b"+2AA-", "?"),
        ("utf-8", b"nul\0 bell\7 \x1b[31m", "nul bell [31m"),
    ],
)
def test_a_body_is_readable_in_a_wrong_charset(charset: str, data: bytes, text: str) -> None:
    assert read(mail(f"Content-Type: text/plain; charset={charset}", body=data)).text == text


@pytest.mark.parametrize(
    ("encoding", "body", "text"),
    [
        ("quoted-printable", b"caf=C3=A9 =\r\nau lait=", "café au lait"),
        ("base64", b"SGVsbG8gdGhlcmU=", "Hello there"),
        ("BASE64", b"SGVs\r\nbG8gd GhlcmU", "Hello there"),
        ("base64", b"SGVsbG8gdGhlcmU=\r\n_____\r\nList footer", "Hello there"),
        ("base64", b"SGVsb", "Hel"),
        ("x-uuencode", b"begin 644 x\r\n%2&5L;&\\\r\nnonsense \xff\r\n`\r\nend\r\n", "Hello"),
        ("9bit", b"as it is", "as it is"),
    ],
)
def test_a_transfer_encoding_is_taken_off_even_when_it_is_broken(encoding: str, body: bytes, text: str) -> None:
    assert read(mail(f"Content-Transfer-Encoding: {encoding}", body=body)).text.startswith(text)


def test_the_plain_text_is_taken_where_there_is_one_and_the_html_where_there_is_not() -> None:
    html = part("<p>Hello <b>there</b></p><script>x</script>", "text/html; charset=utf-8")
    both = read(whole(multipart("alternative", part("Hello there"), html)))
    alone = read(whole(multipart("alternative", part("  \r\n"), html)))
    assert (both.text, alone.text) == ("Hello there", "Hello there")
    assert both.html == alone.html == "<p>Hello <b>there</b></p>"
    assert read(mail(body="x")).html == ""


def test_a_list_s_footer_does_not_pass_for_the_whole_text() -> None:
    found = read(whole(multipart("mixed", part("<p>It fails</p>", "text/html"), part("-- \nlist <footer>"))))
    assert found.text.startswith("It fails")
    assert found.text.endswith("list <footer>")
    assert "&lt;footer&gt;" in found.html


def test_files_keep_their_bytes_and_get_safe_names() -> None:
    found = read(
        whole(
            multipart("mixed", part("see"), attached("../../x.txt", b"\0\xff"), attached("a.png", PIXEL, "image/png"))
        )
    )
    assert [(file.name, file.content_type, file.content, file.size) for file in found.attachments] == [
        ("x.txt", "application/octet-stream", b"\0\xff", 2),
        ("a.png", "image/png", PIXEL, 8),
    ]
    assert found.text == "see"


@pytest.mark.parametrize(
    ("parameters", "name"),
    [
        ("filename*=utf-8''Gr%C3%BC%C3%9Fe.pdf", "Grüße.pdf"),
        ("filename*0*=utf-8''Gr%C3; filename*1*=%BC%C3%9Fe; filename*2=.pdf", "Grüße.pdf"),
        ("filename*1=.pdf; filename*0=report", "report.pdf"),
        ("filename*=iso-8859-1'de'Gr%FC%DFe.pdf; filename=plain.pdf", "Grüße.pdf"),
        ('filename="=?utf-8?b?R3LDvMOfZS5wZGY=?="', "Grüße.pdf"),
        ('filename="a\\"b;c.pdf"', "a_b;c.pdf"),
        ("filename=unquoted name.pdf", "unquoted name.pdf"),
        ('filename="never closed', "never closed"),
        ("filename*=no-such'x'%zz%41.pdf", "%zzA.pdf"),
        ("filename*99999*=x; filename**=y; filename*x*=z; =v; filename", "application"),
        ("filename*5*=x", "x"),
        ("filename*=''", "application"),
        ("filename*0*=''%2e%2e%2f%2e%2e%2fx", "x"),
    ],
)
def test_a_file_name_is_read_in_every_way_of_writing_it(parameters: str, name: str) -> None:
    file = part("x", "application/pdf", f"Content-Disposition: attachment; {parameters}")
    attachment = read(whole(multipart("mixed", part("hi"), file))).attachments[0]
    assert attachment.name.removesuffix(".pdf") == name.removesuffix(".pdf")


def test_an_inline_picture_is_known_by_its_content_id() -> None:
    image = part(PIXEL, "image/png", "Content-ID: <logo@x>", "Content-Disposition: inline")
    found = read(whole(multipart("related", part('<img src="cid:logo@x">', "text/html"), image)))
    assert [(file.cid, file.inline, file.name) for file in found.attachments] == [("logo@x", True, "image.png")]
    assert found.html == "[attached image]"


def test_an_enclosed_mail_stays_byte_for_byte_a_file() -> None:
    inner = whole(
        multipart("mixed", part("inner words"), attached("x.bin", b"x"), boundary="in"),
        "Subject: Old =?utf-8?q?=E2=82=AC?=",
    )
    found = read(whole(multipart("mixed", part("outer"), part(inner, "message/rfc822"))))
    assert found.text == "outer"
    assert [(file.name, file.content) for file in found.attachments] == [("Old €.eml", inner)]


def test_winmail_dat_and_a_calendar_are_files() -> None:
    calendar = part("BEGIN:VCALENDAR", "text/calendar")
    found = read(whole(multipart("mixed", attached("winmail.dat", b"x", "application/ms-tnef"), calendar)))
    assert [file.name for file in found.attachments] == ["winmail.dat", "text.ics"]


@pytest.mark.ledger("INT-01")
def test_a_mail_of_a_thousand_parts_keeps_two_hundred_and_counts_the_rest() -> None:
    found = read(whole(multipart("mixed", part("words"), *[attached(f"{n}.txt", b"x") for n in range(999)])))
    assert (found.text, len(found.attachments), found.dropped_parts) == ("words", 199, 800)


def test_a_mail_nested_fifty_deep_is_read_and_one_nested_five_hundred_deep_stays_closed() -> None:
    assert read(whole(nested(50))).text == "the words"
    deep = read(whole(nested(500)))
    assert (deep.text, len(deep.attachments)) == ("", 1)
    enclosed = part("core")
    for _ in range(50):
        enclosed = part(enclosed, "message/rfc822")
    assert len(read(whole(multipart("mixed", part("top"), enclosed))).attachments) == 1


def nested(levels: int) -> bytes:
    inner = part("the words")
    for level in range(levels):
        inner = multipart("mixed", inner, boundary=f"edge{level}")
    return inner


@pytest.mark.parametrize(
    "raw",
    [
        whole(part("lost\r\n", "multipart/mixed")),
        whole(part("lost\r\n", "multipart/mixed; boundary=nowhere")),
        whole(part("--x\r\n\r\nlost", "multipart/mixed; boundary=x")),
        whole(part("--x\r\nContent-Type: text/plain\r\n\r\nlost\r\n--x", "multipart/mixed; boundary=x")),
    ],
)
def test_broken_structure_loses_no_words(raw: bytes) -> None:
    found = read(raw)
    assert "lost" in found.text or b"lost" in found.attachments[0].content


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\0",
        b"\r\n\r\n",
        b"just words, no header",
        b"From: x",
        b"\xff" * 50,
        b":\n\n:",
        b"From x\nFrom: a@b.c\n\nhi",
    ],
)
def test_what_is_hardly_a_mail_is_read_all_the_same(raw: bytes) -> None:
    found = read(raw)
    assert found == read(raw)
    assert found.message_id.startswith("<")
    assert not found.has_own_id
    assert read(b"just words, no header").text == "just words, no header"


def test_of_two_senders_the_one_in_angle_brackets_is_taken() -> None:
    assert read(mail(sender="From: boss@us.example, Ida <ida@otter.example>")).from_address == "ida@otter.example"
    assert read(mail("Sender: <ida@otter.example>", sender="From: Ida")).from_address == "ida@otter.example"


def test_a_body_beyond_what_we_keep_is_marked_as_cut() -> None:
    long = read(mail(body=b"long words \xc3\xa9\r\n" * 50_000))
    assert (long.truncated, len(long.text), read(mail()).truncated) == (True, 500_000, False)


def test_an_mbox_line_before_the_headers_is_skipped() -> None:
    assert read(b"From ida@otter.example Mon Nov 23 10:30:00 2026\n" + mail()).from_address == "ida@otter.example"


def test_two_mails_without_message_id_are_told_apart_by_their_bytes() -> None:
    assert read(mail(body="a")).message_id != read(mail(body="b")).message_id
    assert read(mail(body="a")).message_id == read(mail(body="a")).message_id


@pytest.mark.parametrize(
    "date", ["", "yesterday", "Mon, 99 Nov 2026 10:30:00 +9999", "Fri, 31 Dec 9999 23:00:00 -1400", "1" * 5_000]
)
def test_a_date_that_is_none_is_none(date: str) -> None:
    assert read(mail(f"Date: {date}")).date is None


@given(st.binary(max_size=2_000))
@settings(max_examples=200, deadline=None)
def test_no_bytes_make_the_reader_fail(raw: bytes) -> None:
    usable(read(raw))


PIECES = [
    b"From: ",
    b"To: <",
    b"Content-Type: multipart/mixed; boundary=x\n",
    b"Content-Type: text/html\n",
    b"\n\n",
    b"\r\n",
    b"--x\n",
    b"--x--",
    b"Content-Transfer-Encoding: base64\n",
    b"=?utf-8?b?",
    b"?=",
    b'"',
    b"(",
    b"\\",
    b"\0",
    b"filename*0*=''%",
    b"; name*",
    b"charset=utf-7",
    b"message/rfc822",
    b"> ",
    b"On x wrote:\n",
    b"<table><tr><td>",
    b"Date: ",
    b"Received: ",
    b"\xc3",
    b"Content-Type: message/rfc822\n\n",
]


@given(st.lists(st.sampled_from(PIECES) | st.binary(max_size=8), max_size=60))
@settings(max_examples=200, deadline=None)
def test_no_jumble_of_mail_syntax_makes_the_reader_fail(pieces: list[bytes]) -> None:
    usable(read(b"".join(pieces)))


def usable(found: Incoming) -> None:
    """What a database column and a JSON answer take."""
    texts = [
        found.subject,
        found.text,
        found.html,
        found.reply_text,
        found.from_name,
        found.from_address,
        found.message_id,
    ]
    texts += [
        *found.to,
        *found.references,
        *(file.name for file in found.attachments),
        *(value for _, value in found.headers),
    ]
    assert "\0" not in json.dumps([text.encode().decode() for text in texts])
    assert not any("\0" in text for text in texts)
    assert "\n" not in found.subject + found.from_name + found.from_address + found.message_id


@pytest.mark.slow
def test_a_mail_at_the_limit_is_read_in_good_time() -> None:
    big = [attached(f"{n}.bin", bytes(460_000)) for n in range(39)]
    raw = whole(multipart("mixed", part("words"), *big))
    assert 23_000_000 < len(raw) <= LIMIT
    start = process_time()
    assert len(read(raw).attachments) == 39
    assert process_time() - start < 5


@pytest.mark.slow
@pytest.mark.parametrize(
    "build",
    [
        lambda n: b"Subject: " + b"=?x?q?" * (n // 6) + b"\n\nx",
        lambda n: b"From: " + b"(" * n + b"\n\nx",
        lambda n: b"From: " + b'"\\' * (n // 2) + b"\n\nx",
        lambda n: b"X-A: b\n" * (n // 7) + b"\nx",
        lambda n: b"Subject: x\n" + b" y\n" * (n // 3) + b"\nx",
        lambda n: b"Content-Type: text/plain" + b"; a*0*=b" * (n // 8) + b"\n\nx",
        lambda n: b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--bx\n" * (n // 5),
        lambda n: b"Content-Type: text/html\n\n" + b"<" * n,
    ],
)
def test_twice_as_much_of_anything_takes_twice_as_long(build: object) -> None:
    assert callable(build)
    once, twice = (effort(partial(read, build(size))) for size in (500_000, 1_000_000))
    assert twice <= 2.5 * once + 0.2
