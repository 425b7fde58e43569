"""The page of Salesforce's records: an object's list, one record, and a form that changes one of its fields."""

from collections.abc import Iterable
from html import escape
from typing import Any
from urllib.parse import urlencode

from fleetcs.local.standins.salesforce.objects import Field, Shape
from fleetcs.local.standins.salesforce.records import Record, Records

AT_MOST = 100
NEXT_TO_NAME = ("GitHub_label__c", "StageName", "Amount", "CloseDate", "Email", "Status", "LastModifiedDate")


def page(records: Records, asked: dict[str, Any]) -> str:
    """The whole page as HTML; everything that came in is escaped."""
    shape = records.shape(str(asked.get("object") or "Account")) or records.shapes["account"]
    row = records.find(shape.name, str(asked.get("id") or ""))
    told = f'<p role="status">{escape(str(asked["told"]))}</p>' if asked.get("told") else ""
    inside = _record(records, shape, row) if row else _list(records, shape, str(asked.get("q") or ""))
    return f"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{shape.name} in Salesforce</title>
<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="/style.css"></head><body><main>
<p><a href="/">What left the product</a></p><h1>{shape.name} in Salesforce</h1>{_objects(records, shape)}{told}{inside}
</main></body></html>"""


def value_of(field: Field, text: str) -> Any:
    """What a person has typed, as the field's type keeps it."""
    if field.type == "boolean":
        return text.strip().lower() in {"true", "yes", "1", "on"}
    if field.type in {"int", "double", "currency", "percent"} and text.strip():
        return float(text)
    return text


def _objects(records: Records, here: Shape) -> str:
    every = (shape.name for shape in records.shapes.values())
    return f"<nav><p>{' · '.join(_link(name, object=name) if name != here.name else name for name in every)}</p></nav>"


def _link(text: str, **asked: str) -> str:
    return f'<a href="/salesforce?{escape(urlencode(asked))}">{escape(text)}</a>'


def _list(records: Records, shape: Shape, q: str) -> str:
    rows = [row for row in records.rows[shape.name].values() if not row["IsDeleted"] and _holds(records, shape, row, q)]
    newest = sorted(rows, key=lambda row: str(row.get("SystemModstamp")), reverse=True)
    form = f"""<form action="/salesforce"><input type="hidden" name="object" value="{shape.name}">
<label>Name contains <input name="q" value="{escape(q)}"></label><button>Search</button></form>"""
    shown = "".join(_article(records, shape, row) for row in newest[:AT_MOST]) or "<p>Nothing yet.</p>"
    return f"{form}<p>{len(rows)} records, the latest change first{_of_many(len(rows))}.</p>{shown}"


def _of_many(count: int) -> str:
    return f" (the first {AT_MOST} are shown)" if count > AT_MOST else ""


def _holds(records: Records, shape: Shape, row: Record, q: str) -> bool:
    return q.lower() in _title(records, shape, row).lower()


def _title(records: Records, shape: Shape, row: Record) -> str:
    field = shape.named("Name") or shape.named("Subject")
    return str((records.value(shape.name, row, field) if field else "") or row["Id"])


def _article(records: Records, shape: Shape, row: Record) -> str:
    beside = [f"{name} {row[name]}" for name in NEXT_TO_NAME if row.get(name) is not None]
    link = _link(_title(records, shape, row), object=shape.name, id=row["Id"])
    return f"<article><strong>{link}</strong><pre>{escape(', '.join(beside))}</pre></article>"


def _record(records: Records, shape: Shape, row: Record) -> str:
    form = _form(shape, row) if shape.writable else ""
    gone = "<p><strong>In the recycle bin.</strong></p>" if row["IsDeleted"] else form
    return f"<h2>{escape(_title(records, shape, row))}</h2>{gone}<dl>{''.join(_values(records, shape, row))}</dl>"


def _values(records: Records, shape: Shape, row: Record) -> Iterable[str]:
    for field in sorted(shape.fields.values(), key=lambda each: "reads" in each.words):
        value = records.value(shape.name, row, field)
        text = "" if value is None else str(value)
        yield f"<dt>{escape(field.label)} <small>{escape(field.name)}</small></dt><dd>{escape(text) or '&nbsp;'}</dd>"


def _form(shape: Shape, row: Record) -> str:
    options = "".join(
        f'<option value="{escape(field.name)}">{escape(field.label)}</option>'
        for field in shape.fields.values()
        if field.writable
    )
    return f"""<form method="post" action="/salesforce/edit"><input type="hidden" name="object" value="{shape.name}">
<input type="hidden" name="id" value="{escape(row["Id"])}"><label>Field <select name="field">{options}</select></label>
<label>New value <input name="value"></label><button>Change in Salesforce</button></form>"""
