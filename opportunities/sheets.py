"""The columns of this floor's CSV files."""

from typing import TYPE_CHECKING

from fleetcs.export import Columns
from opportunities.checkup import WORDS

if TYPE_CHECKING:
    from opportunities.models import Finding

FINDINGS: "Columns[Finding]" = {
    "Rule": lambda finding: WORDS.get(finding.rule, finding.rule),
    "Record": lambda finding: finding.called,
    "State": lambda finding: finding.state[1],
    "Found": lambda finding: finding.found_at,
    "Fixed": lambda finding: finding.fixed_at,
    "Owner": lambda finding: finding.owner,
    "Note": lambda finding: finding.note,
    "Accepted": lambda finding: finding.accepted_at,
    "Accepted by": lambda finding: finding.accepted_by,
    "Reason": lambda finding: finding.reason,
}
CHECKUP = ("Section", "What should be so", "Verdict", "Records", "Open", "New", "Fixed", "Accepted", "Note", "By", "At")
