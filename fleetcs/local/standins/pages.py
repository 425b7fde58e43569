"""The page that shows what left: messages by channel, mails, texts, issues, newest first. No script, no framework."""

from collections.abc import Iterable
from datetime import UTC, datetime
from html import escape
from typing import Any

STYLE = """:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { max-width: 60rem; margin: 0 auto; padding: 1rem }
article { border: 1px solid; border-radius: .4rem; padding: .6rem .8rem; margin: .6rem 0; overflow-wrap: anywhere }
article.reply { margin-left: 2rem }
pre { white-space: pre-wrap; margin: .3rem 0 0; font: inherit }
h3, p { margin: .4rem 0 }
dt { font-weight: 600; margin-top: .4rem } dd { margin: 0; overflow-wrap: anywhere }
label { display: block; margin: .4rem 0 }
input, select, textarea, button { font: inherit; max-width: 100% }
"""

FORM = """<form method="post" action="/say">
<label>Channel <input name="channel" required value="C1" pattern="[CDG][A-Z0-9]+"></label>
<label>Person <input name="user" required value="U1" pattern="[UW][A-Z0-9]+"></label>
<label>In the thread of (ts, may stay empty) <input name="thread_ts"></label>
<label>Message <textarea name="text" required rows="3" cols="60"></textarea></label>
<button>Write in Slack</button></form>"""


def index(state: dict[str, Any], told: str) -> str:
    """The whole page as HTML; everything that came in is escaped."""
    sections = (
        _section("Slack", [_channel(name, messages) for name, messages in sorted(state["slack"].items())]),
        _section("Mail", [_mail(mail) for mail in reversed(state["mails"])]),
        _section("GitHub", [_repository(name, rows) for name, rows in state["github"].items()]),
        _section("Texts", [_text(text) for text in reversed(state["texts"])]),
    )
    status = f'<p role="status">{escape(told)}</p>' if told else ""
    return f"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>What left the product</title>
<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="/style.css"></head><body><main>
<h1>What left the product</h1><p>Stand-ins on this machine took it; nothing was really sent.
Reload to see more. <a href="/journal">Everything, byte by byte</a>.
<a href="/salesforce">The records in Salesforce</a>, to look at and to change.</p>{status}{"".join(sections)}
<h2>Write as a customer</h2>{FORM}</main></body></html>"""


def _section(title: str, parts: Iterable[str]) -> str:
    return f"<section><h2>{title}</h2>{''.join(parts) or '<p>Nothing yet.</p>'}</section>"


def _channel(name: str, messages: list[dict[str, Any]]) -> str:
    newest = sorted(messages, key=lambda message: str(message["ts"]), reverse=True)
    return f"<h3>{escape(name)}</h3>{''.join(_message(message) for message in newest)}"


def _message(message: dict[str, Any]) -> str:
    reply = "reply" if message.get("thread_ts") else "first"
    who = "the product" if message.get("bot_id") else message.get("user", "")
    where = f" in the thread of {message['thread_ts']}" if message.get("thread_ts") else ""
    edited = ", edited" if message.get("edited") else ""
    head = f"{_when(float(message['ts']))}: {who}{where}{edited} (ts {message['ts']})"
    return _article(head, message.get("text", ""), reply)


def _mail(mail: dict[str, Any]) -> str:
    files = ", ".join(file["name"] for file in mail["attachments"])
    head = f"{_when(mail['at'])}: {mail['from']} to {', '.join(mail['to'] + mail['cc'] + mail['bcc'])}"
    attached = f"\n\nAttached: {files}" if files else ""
    return _article(f"{head}: {mail['subject']}", mail["text"] + attached, "mail")


def _text(text: dict[str, Any]) -> str:
    return _article(f"{_when(text['at'])}: to {text['to']}", text["body"], "text")


def _repository(name: str, rows: dict[str, list[dict[str, Any]]]) -> str:
    names = {label["id"]: label["name"] for label in rows["labels"]}
    labels = "".join(f"<li>{escape(_label(each))}</li>" for each in rows["labels"])
    issues = "".join(_issue(each, names, rows["comments"]) for each in reversed(rows["issues"]))
    return f"<h3>{escape(name)}</h3><ul>{labels}</ul>{issues}"


def _label(label: dict[str, Any]) -> str:
    return f"{label['name']}: {label['description']}" if label["description"] else str(label["name"])


def _issue(issue: dict[str, Any], names: dict[int, str], comments: list[dict[str, Any]]) -> str:
    labels = ", ".join(names[number] for number in issue["labels"] if number in names)
    head = (
        f"#{issue['number']} {issue['title']} ({issue['state']}) by {issue['user']}{f' [{labels}]' if labels else ''}"
    )
    said = [f"{each['user']}: {each['body']}" for each in comments if each["issue"] == issue["number"]]
    return _article(head, "\n\n".join([issue["body"] or "", *said]), "issue")


def _article(head: str, body: str, kind: str) -> str:
    return f'<article class="{kind}"><strong>{escape(head)}</strong><pre>{escape(body)}</pre></article>'


def _when(stamp: float) -> str:
    return f"{datetime.fromtimestamp(stamp, UTC):%Y-%m-%d %H:%M:%S} UTC"
