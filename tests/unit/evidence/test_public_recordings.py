"""Forms of public recordings: what they show is mended in the contract, or stands in the documents with its reason."""

import re
from collections import Counter
from pathlib import Path

from paysandbox.evidence.drift import run_drift
from paysandbox.judging.differences import DIFFERENT
from paysandbox.kit.runtime import Runtime

ROOT = Path(__file__).parents[3]
RECORDINGS = sorted((ROOT / "examples" / "recordings").iterdir())
VARIANTS = {"error_bodies=json", "sequence_id_type=integer", "tax_value_type=number"}


def test_each_difference_is_a_variant_or_stands_in_the_table(base_runtime: Runtime) -> None:
    rows = re.findall(r"^\| `(\w+)` \| `([^`]+)` \| \S", (ROOT / "docs" / "evidence.md").read_text(), re.MULTILINE)
    drift = run_drift(RECORDINGS, base_runtime)
    assert drift.exchanges == {"invoicexpress": 22}
    assert drift.ignored == {"no operation of invoicexpress": 1}
    different = [one for one in drift.differences if one.verdict in DIFFERENT]
    assert {one.variant for one in different if one.variant is not None} == VARIANTS
    left = [(one.operation, one.where) for one in different if one.variant is None]
    assert sorted(left) == sorted(rows)


def test_the_verdicts_by_kind(base_runtime: Runtime) -> None:
    """What the 2019 recordings say, as it is counted in a report."""
    drift = run_drift([path for path in RECORDINGS if "2019" in path.name], base_runtime)
    assert Counter(one.verdict for one in drift.differences) == {
        "contradicted": 1,
        "too strict": 1,
        "undocumented": 9,
        "unclear": 1,
    }
