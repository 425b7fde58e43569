"""Mails made for tests, byte by byte: none of them was ever sent by anyone."""

import base64

FROM = "From: Ida Fern <ida@otter.example>"


def mail(*headers: str, body: str | bytes = "Hello", sender: str = FROM) -> bytes:
    """A mail with these header lines (a sender unless it is "") and this body."""
    lines = [line for line in (sender, *headers) if line]
    head = "\r\n".join(lines).encode("utf-8", "surrogateescape")
    return head + b"\r\n\r\n" + (body.replace("\n", "\r\n").encode() if isinstance(body, str) else body)


def part(content: str | bytes, content_type: str = "text/plain; charset=utf-8", *headers: str) -> bytes:
    """One MIME part."""
    head = "\r\n".join([f"Content-Type: {content_type}", *headers]).encode()
    return head + b"\r\n\r\n" + (content.encode() if isinstance(content, str) else content)


def multipart(kind: str, *parts: bytes, boundary: str = "=_edge") -> bytes:
    """A multipart part that holds these parts."""
    mark = f"--{boundary}".encode()
    body = b"".join(mark + b"\r\n" + each + b"\r\n" for each in parts) + mark + b"--\r\n"
    return part(body, f'multipart/{kind}; boundary="{boundary}"')


def whole(part_of_it: bytes, *headers: str, sender: str = FROM) -> bytes:
    """A mail out of a part."""
    return "\r\n".join([sender, *headers]).encode() + b"\r\n" + part_of_it


def attached(name: str, content: bytes, content_type: str = "application/octet-stream") -> bytes:
    """A file in base64."""
    disposition = f'Content-Disposition: attachment; filename="{name}"'
    return part(base64.encodebytes(content), content_type, disposition, "Content-Transfer-Encoding: base64")
