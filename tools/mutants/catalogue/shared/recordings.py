"""Mutants of recorded calls and patched contracts."""

from typing import Final

from tools.mutants.mutant import Mutant
from tools.mutants.operators import Condition, Replace

MUTANTS: Final = (
    Mutant(
        id="unclear-refusal-swapped",
        kind="semantic",
        says="A refusal that records may cause is said to contradict the contract, and another is unclear.",
        within="Judge._tell_refusal",
        change=Replace(
            "differences.UNCLEAR if has_state else differences.TOO_LENIENT",
            "differences.TOO_LENIENT if has_state else differences.UNCLEAR",
        ),
    ),
    Mutant(
        id="recording-not-masked",
        kind="semantic",
        says="Credentials of a recording reach the reports.",
        within="mask_addressed",
        change=Replace(
            "masker.mask_with_path(addressed.exchange, addressed.path)", "addressed.exchange, addressed.path"
        ),
    ),
    Mutant(
        id="differences-dropped",
        kind="semantic",
        says="Of several unknown properties of a reply one is told.",
        within="ReplyJudge._find_in_body",
        change=Replace("split_unknown(one)", "split_unknown(one)[:1]"),
    ),
    Mutant(
        id="no-reply-judged",
        kind="semantic",
        says="A browser's status 0 is taken for a reply.",
        within="_read_entry",
        change=Replace("status > 0", "status >= 0"),
    ),
    Mutant(
        id="shared-response-copied",
        kind="condition",
        says="A response that a variant changes is copied for one operation, where the variant does not reach it.",
        within="_Editor._confirm_status",
        change=Condition("choice is not None", "False"),
    ),
)
