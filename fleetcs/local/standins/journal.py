"""Every byte that came in or went out, appended to a file as it happens, and read back after a restart."""

import json
from collections.abc import Iterator
from pathlib import Path
from threading import Condition
from typing import Any

from fleetcs.local.standins.wire import Answer, Call, Fact, readable

Entry = dict[str, Any]


class Journal:
    """The entries, oldest first; an entry gets its `status` and `answer` when they are written to the wire.

    Each line of the file adds keys to entry `n`; a half line at the end (killed while writing) is dropped.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.entries: list[Entry] = []
        self.changed = Condition()
        for line in self._lines():
            self._merge(line)

    def received(self, service: str, call: Call, at: str) -> Entry:
        """Write down one request before anything is done about it."""
        head = {"method": call.method, "path": call.path, "query": call.query, "headers": call.headers}
        return self._add({"service": service, "at": at, **head, "body": readable(call.body)})

    def applied(self, entry: Entry, facts: tuple[Fact, ...]) -> None:
        """Write down what came to be by a request."""
        self._more(entry, {"facts": list(facts)})

    def answered(self, entry: Entry, answer: Answer, fault: str) -> None:
        """Write down what goes back, and by which fault if one was asked for."""
        self._more(entry, {"status": answer.status, "answer": readable(answer.body), "fault": fault})

    def facts(self) -> Iterator[Fact]:
        """All that ever came to be, in order."""
        for entry in self.entries:
            yield from entry.get("facts", ())

    def seen(self, service: str, path: str, at_least: int, wait: float) -> list[Entry]:
        """The entries of one service (or all) whose path contains `path`; waits for `at_least` of them."""
        with self.changed:
            self.changed.wait_for(lambda: len(self._matching(service, path)) >= at_least, wait)
            return self._matching(service, path)

    def clear(self) -> None:
        """Forget everything, on the disk too."""
        with self.changed:
            self.entries.clear()
            self.path.unlink(missing_ok=True)

    def _matching(self, service: str, path: str) -> list[Entry]:
        return [each for each in self.entries if each["service"].startswith(service) and path in each["path"]]

    def _add(self, entry: Entry) -> Entry:
        with self.changed:
            number = self.entries[-1]["n"] + 1 if self.entries else 1
            line = {"n": number, **entry}
            self._write(line)
            self._merge(line)
            return self.entries[-1]

    def _more(self, entry: Entry, keys: Entry) -> None:
        with self.changed:
            self._write({"n": entry["n"], **keys})
            entry.update(keys)
            self.changed.notify_all()

    def _merge(self, line: Entry) -> None:
        known = next((each for each in reversed(self.entries) if each["n"] == line["n"]), None)
        if known is None:
            self.entries.append(line)
        else:
            known.update(line)

    def _write(self, line: Entry) -> None:
        with self.path.open("a") as file:
            file.write(json.dumps(line) + "\n")

    def _lines(self) -> Iterator[Entry]:
        if not self.path.exists():
            return
        whole, _, half = self.path.read_text().rpartition("\n")
        if half:
            self.path.write_text(whole + "\n" if whole else "")
        yield from (json.loads(line) for line in whole.splitlines())
