"""Records that refer to one which was not here when they were read: which of them can have it now."""

from collections import defaultdict
from collections.abc import Iterable

from fleetcs.merging import Value
from fleetcs.mirrors.reading import Reading, Told
from fleetcs.mirrors.references import References

type Wanted = dict[int, dict[str, Value]]  # link -> field -> the id over there


def come(reading: Reading) -> list[int]:
    """Links of which something that they await, or for want of which they were skipped, has come."""
    wanted = _wanted(reading)
    asked = [Told("", None, values) for values in wanted.values()]
    known = References(reading, asked, ())
    of = {mapped.ours: mapped.of for mapped, _ in reading.fields}
    return [
        link
        for link, values in wanted.items()
        if any(known.here(of[name], value) for name, value in values.items() if name in of)
    ]


def _wanted(reading: Reading) -> Wanted:
    wanted: Wanted = defaultdict(dict)
    mine = reading.mirror.links.filter(gone_at=None)
    _add(wanted, mine.exclude(awaits={}).values_list("pk", "awaits"))
    unknown = mine.filter(problem="unknown").values_list("pk", "problem_field", "theirs")
    _add(wanted, ((pk, {name: theirs.get(name)}) for pk, name, theirs in unknown))
    return wanted


def _add(wanted: Wanted, rows: Iterable[tuple[int, dict[str, Value]]]) -> None:
    for pk, values in rows:
        wanted[pk].update(values)
