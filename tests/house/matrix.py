"""The hand-typed matrix of permissions.yaml, read: what everybody should be answered at every address."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from ruamel.yaml import YAML

FILE: Final = Path(__file__).with_name("permissions.yaml")
NOT_OFFERED, REFUSED, ABSENT, TO_SIGN_IN = 405, 403, 404, 302


@dataclass(frozen=True)
class Reach:
    """Groups that may on every record, and those that may on their own."""

    every: frozenset[str]
    own: frozenset[str]

    def covers(self, group: str, whose: str) -> bool:
        return group in self.every or (group in self.own and whose == "own")

    def __bool__(self) -> bool:
        return bool(self.every or self.own)


@dataclass(frozen=True)
class Entry:
    """What the matrix says about one address."""

    said: dict[str, Any]
    sets: dict[str, str]

    @property
    def kind(self) -> str:
        return str(self.said.get("of", ""))

    @property
    def sent(self) -> dict[str, Any]:
        """What is sent with a POST: something no form knows, unless the matrix says otherwise."""
        return dict(self.said.get("send", {"probe": "1"}))

    @cached_property
    def reaches(self) -> dict[str, Reach]:
        """Who may GET and POST, and who is told that this step is not theirs."""
        may = self.said.get("may", "")
        named = {"GET": self.said.get("see", may), "POST": self.said.get("act", may)}
        named["refused"] = self.said.get("refused", "")
        return {name: self._reach(groups) for name, groups in named.items()}

    def _reach(self, groups: str) -> Reach:
        every, _, own = groups.partition("|")
        return Reach(self._groups(every), self._groups(own))

    def _groups(self, words: str) -> frozenset[str]:
        return frozenset(group for word in words.split() for group in self.sets.get(word, word).split())

    def offers(self, method: str) -> bool:
        return bool(self.reaches[method])

    def somebody(self, method: str, there: Collection[str]) -> str:
        """One group that may, of those who are there where one of them may."""
        reach = self.reaches[method]
        may = reach.every or reach.own
        return min(may & set(there) or may)

    def granted(self, method: str) -> int:
        """What somebody is answered who may."""
        return int(self.said.get(method.lower(), 200 if method == "GET" else 302))

    def expected(self, method: str, group: str, whose: str = "foreign") -> int:
        """What a colleague of this group is answered."""
        if self.said.get("open") == [ABSENT, ABSENT] or (whose == "absent" and self.offers(method)):
            return ABSENT
        if not self.offers(method):
            return NOT_OFFERED
        if self.reaches[method].covers(group, whose):
            return self.granted(method)
        return REFUSED if self.reaches["refused"].covers(group, whose) else ABSENT

    def expected_of_nobody(self, method: str) -> int:
        """What somebody is answered who has not signed in."""
        answers = self.said.get("open", [TO_SIGN_IN, TO_SIGN_IN])
        return int(answers[method == "POST"])


def matrix() -> dict[str, Entry]:
    """Address by address."""
    read = YAML(typ="safe").load(FILE.read_text())
    return {address: Entry(said, read["sets"]) for address, said in read["addresses"].items()}
