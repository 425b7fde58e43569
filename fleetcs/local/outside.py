"""What stands at GitHub when the demo begins: what the apps list of the made-up firm, beside what was there."""

import http.client
import json
from contextlib import closing
from urllib.parse import urlsplit

from django.apps import apps
from django.db import connection
from django.utils.module_loading import import_string

from fleetcs.local.folders import Unusable


def play_outside(address: str) -> None:
    """Let what the apps list stand at GitHub, as people would have made it there. Raises Unusable."""
    with closing(http.client.HTTPConnection(urlsplit(address).netloc, timeout=30)) as door:
        door.request("GET", "/state")
        repositories = json.loads(door.getresponse().read())["github"].values()
        there = {(label["repo"], label["name"]): label["id"] for each in repositories for label in each["labels"]}
        listed = [name for app in apps.get_app_configs() for name in getattr(app, "outside", [])]
        facts = [fact for name in listed for fact in import_string(name)(there)]
        connection.close()
        door.request("POST", "/github", json.dumps({"facts": facts}), {"Content-Type": "application/json"})
        if door.getresponse().status != http.HTTPStatus.OK:
            raise Unusable("GitHub's stand-in does not take what the demo lays out there.")
