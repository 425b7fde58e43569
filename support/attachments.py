"""Names and types of files that strangers send us: what we show, what we refuse, what we call them on disk."""

import re
import secrets
import unicodedata

NAME_LIMIT = 150
UNNAMED = "attachment"
RESERVED = frozenset(
    {"con", "prn", "aux", "nul"} | {f"com{digit}" for digit in range(1, 10)} | {f"lpt{digit}" for digit in range(1, 10)}
)
_RUNS_ON_A_DOUBLE_CLICK = """
app appref-ms bat chm cmd com cpl dll dmg exe gadget hta ins isp jar js jse lib lnk mde msc msi msix msp mst
pif ps1 ps2 psc1 reg scf scr sct shb sys url vb vbe vbs vhd vhdx vxd ws wsc wsf wsh xll
"""
RUNS_ON_A_DOUBLE_CLICK = frozenset(_RUNS_ON_A_DOUBLE_CLICK.split())
_RUNS_ON_A_SERVER = """
asa asp aspx cgi fcgi jsp jspx phar php php3 php4 php5 php7 php8 phps pht phtml shtml
"""
RUNS_ON_A_SERVER = frozenset(_RUNS_ON_A_SERVER.split())
STEERS_A_SERVER = frozenset({"htaccess", "htpasswd", "user.ini", "web.config"})
PROGRAM_TYPES = frozenset(
    {
        "application/x-msdownload",
        "application/x-msdos-program",
        "application/x-dosexec",
        "application/x-msi",
        "application/vnd.microsoft.portable-executable",
        "application/hta",
        "application/x-httpd-php",
        "application/x-ms-shortcut",
    }
)
SHOWN_AS_SENT = frozenset({"application/pdf", "image/gif", "image/jpeg", "image/png", "image/webp", "text/plain"})


def safe_name(name: str) -> str:
    """The name to show and to download by (T13, T14): one path part, nothing invisible, at most 150 characters."""
    plain = re.split(r"[/\\]", _visible(name[-10_000:]))[-1]
    plain = re.sub(r'[<>:"|?*]', "_", plain).strip(" .")
    return _shortened(_unreserved(plain)) or UNNAMED


def _visible(name: str) -> str:
    composed = unicodedata.normalize("NFKC", name)
    return "".join(" " if sign.isspace() else sign for sign in composed if unicodedata.category(sign)[0] != "C")


def _unreserved(name: str) -> str:
    return f"_{name}" if name.split(".")[0].strip().lower() in RESERVED else name


def _shortened(name: str) -> str:
    if len(name) <= NAME_LIMIT:
        return name
    stem, dot, extension = name.rpartition(".")
    if not dot or len(extension) > 20:
        return name[:NAME_LIMIT].rstrip(" .")
    return f"{stem[: NAME_LIMIT - len(extension) - 1].rstrip(' .')}.{extension}"


def blocked(name: str, content_type: str = "", head: bytes = b"") -> str | None:
    """Why a file is refused, or None when it may be stored: by its last extension, claimed type and first bytes.

    HTML, SVG and archives are stored: they are only ever downloaded, never shown (T13) and never unpacked (T15).
    """
    plain = safe_name(name).lower()
    extension = plain.rpartition(".")[2] if "." in plain else ""
    if plain in STEERS_A_SERVER or extension in STEERS_A_SERVER:
        return f"“{plain}” would change the settings of a web server"
    if extension in RUNS_ON_A_DOUBLE_CLICK or extension in RUNS_ON_A_SERVER:
        return f"files ending in .{extension} are programs"
    if content_type.partition(";")[0].strip().lower() in PROGRAM_TYPES or _is_program(head):
        return "the file is a program"
    return None


def _is_program(head: bytes) -> bool:
    """A Windows program starts "MZ" and names its header's place at byte 60; ELF has a magic of its own."""
    if head.startswith(b"\x7fELF"):
        return True
    return head.startswith(b"MZ") and (b"This program" in head[:1024] or b"PE\0\0" in head[:1024])


def served_type(content_type: str) -> str:
    """The Content-Type of a download: what the sender claimed only where no browser would run it, else plain bytes."""
    claimed = content_type.partition(";")[0].strip().lower()
    return claimed if claimed in SHOWN_AS_SENT else "application/octet-stream"


def stored_name() -> str:
    """A random name of 32 hexadecimal digits for the store, which nobody can guess (T18) and no server would run."""
    return secrets.token_hex(16)
