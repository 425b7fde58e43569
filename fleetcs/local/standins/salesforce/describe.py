"""What Salesforce says about its objects, with all the keys that it has."""

from collections.abc import Iterable
from typing import Any

from fleetcs.local.standins.salesforce.objects import CAN_BE_MERGED, Field, Shape

SOAP = {
    "boolean": "xsd:boolean",
    "int": "xsd:int",
    "double": "xsd:double",
    "currency": "xsd:double",
    "percent": "xsd:double",
    "date": "xsd:date",
    "datetime": "xsd:dateTime",
    "id": "tns:ID",
    "reference": "tns:ID",
}
INTERFACES = ("defaultImplementation", "extendedBy", "extendsInterfaces", "implementedBy", "implementsInterfaces")
MASTER: dict[str, Any] = {
    "active": True,
    "available": True,
    "defaultRecordTypeMapping": True,
    "developerName": "Master",
    "master": True,
    "name": "Master",
    "recordTypeId": "012000000000000AAA",
}
DIGITS = {"double": 18, "currency": 18, "percent": 3}


def everything(shapes: list[Shape], base: str) -> dict[str, Any]:
    """The list of objects."""
    found = [_head(shape, base) for shape in shapes]
    return {"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": found}


def one(shape: Shape, others: Iterable[Shape], base: str) -> dict[str, Any]:
    """One object with its fields, and those of `others` that refer to it."""
    urls = {**_urls(shape, base), "layouts": f"{base}sobjects/{shape.name}/describe/layouts"}
    more = {
        "actionOverrides": [],
        "childRelationships": [_child(shape, other, field) for other in others for field in _pointing(other, shape)],
        "compactLayoutable": shape.writable,
        **dict.fromkeys(INTERFACES),
        "fields": [_field(field) for field in shape.fields.values()],
        "listviewable": None,
        "lookupLayoutable": None,
        "namedLayoutInfos": [],
        "networkScopeFieldName": None,
        "recordTypeInfos": [MASTER | {"urls": {"layout": f"{urls['layouts']}/{MASTER['recordTypeId']}"}}],
        "searchLayoutable": shape.writable,
        "sobjectDescribeOption": "FULL",
        "supportedScopes": [{"label": f"All {_plural(shape)}", "name": "everything"}],
        "urls": urls,
    }
    return {**_head(shape, base), **more}


def brief(shape: Shape, base: str, recent: list[dict[str, Any]]) -> dict[str, Any]:
    """What `sobjects/Account/` answers."""
    return {"objectDescribe": _head(shape, base), "recentItems": recent}


def _head(shape: Shape, base: str) -> dict[str, Any]:
    return {
        "activateable": False,
        "associateEntityType": None,
        "associateParentEntity": None,
        "createable": shape.writable,
        "custom": False,
        "customSetting": False,
        "deepCloneable": False,
        "deletable": shape.writable and shape.name != "User",
        "deprecatedAndHidden": False,
        "feedEnabled": shape.writable,
        "hasSubtypes": False,
        "isInterface": False,
        "isSubtype": False,
        "keyPrefix": shape.prefix,
        "label": shape.name,
        "labelPlural": _plural(shape),
        "layoutable": shape.writable,
        "mergeable": shape.name in CAN_BE_MERGED,
        "mruEnabled": shape.writable,
        "name": shape.name,
        "queryable": True,
        "replicateable": True,
        "retrieveable": True,
        "searchable": shape.writable,
        "triggerable": shape.writable,
        "undeletable": shape.writable and shape.name != "User",
        "updateable": shape.writable,
        "urls": _urls(shape, base),
    }


def _pointing(other: Shape, shape: Shape) -> list[Field]:
    return [field for field in other.fields.values() if shape.name in field.references]


def _child(shape: Shape, other: Shape, field: Field) -> dict[str, Any]:
    named = field.relationship in {shape.name, "What", "Who"} and other.name != "OpportunityHistory"
    return {
        "cascadeDelete": field.name == "AccountId",
        "childSObject": other.name,
        "deprecatedAndHidden": False,
        "field": field.name,
        "junctionIdListNames": [],
        "junctionReferenceTo": [],
        "relationshipName": _plural(other) if named else None,
        "restrictedDelete": False,
    }


def _plural(shape: Shape) -> str:
    return f"{shape.name[:-1]}ies" if shape.name.endswith("y") else f"{shape.name}s"


def _urls(shape: Shape, base: str) -> dict[str, str]:
    place = f"{base}sobjects/{shape.name}"
    return {"rowTemplate": f"{place}/{{ID}}", "describe": f"{place}/describe", "sobject": place}


def _field(field: Field) -> dict[str, Any]:
    return {**_nature(field), **_rights(field), **_constant()}


def _nature(field: Field) -> dict[str, Any]:
    texts = field.type in {"string", "textarea", "url", "email", "phone", "picklist"}
    return {
        "byteLength": field.length * (3 if texts else 1),
        "calculated": "formula" in field.words and field.custom,
        "caseSensitive": False,
        "custom": field.custom,
        "defaultValue": False if field.type == "boolean" else None,
        "digits": 8 if field.type == "int" else 0,
        "externalId": "external" in field.words,
        "extraTypeInfo": "plaintextarea" if field.type == "textarea" else None,
        "idLookup": field.type == "id" or "external" in field.words,
        "label": field.label,
        "length": field.length if texts or field.type in {"id", "reference"} else 0,
        "name": field.name,
        "nameField": field.name == "Name",
        "picklistValues": [_choice(value, active) for value, active in field.choices],
        "precision": DIGITS.get(field.type, 0),
        "referenceTo": list(field.references),
        "relationshipName": field.relationship,
        "restrictedPicklist": "restricted" in field.words,
        "scale": 2 if field.type == "currency" else 0,
        "soapType": SOAP.get(field.type, "xsd:string"),
        "type": field.type,
        "unique": "external" in field.words,
    }


def _rights(field: Field) -> dict[str, Any]:
    long = not field.askable
    needless = field.type == "boolean" or "default" in field.words or field.name == "OwnerId"
    return {
        "aggregatable": not long,
        "createable": field.writable,
        "defaultedOnCreate": needless or not field.writable,
        "filterable": not long,
        "groupable": not long and field.type not in {"double", "currency", "percent", "datetime"},
        "nillable": not ({"required"} & field.words) and field.type != "boolean" and field.name != "Id",
        "permissionable": field.writable and "required" not in field.words,
        "polymorphicForeignKey": len(field.references) > 1,
        "namePointing": len(field.references) > 1,
        "sortable": not long,
        "updateable": field.writable,
    }


def _choice(value: str, active: bool) -> dict[str, Any]:
    return {"active": active, "defaultValue": False, "label": value, "validFor": None, "value": value}


def _constant() -> dict[str, Any]:
    off = (
        *("aiPredictionField", "autoNumber", "cascadeDelete", "dependentPicklist"),
        *("deprecatedAndHidden", "displayLocationInDecimal", "encrypted", "formulaTreatNullNumberAsZero"),
        *("highScaleNumber", "htmlFormatted", "queryByDistance", "restrictedDelete", "searchPrefilterable"),
        *("writeRequiresMasterRead",),
    )
    empty = (
        *("calculatedFormula", "compoundFieldName", "controllerName", "defaultValueFormula", "filteredLookupInfo"),
        *("inlineHelpText", "mask", "maskType", "referenceTargetField", "relationshipOrder"),
    )
    return {**dict.fromkeys(off, False), **dict.fromkeys(empty)}
