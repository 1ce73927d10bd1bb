"""A short slice of the soak: every claim but that of memory, which wants minutes, holds under a few seconds of load."""

import signal

import uvloop

from tools.soak.judgement import table
from tools.soak.run import Plan, Sample, Soak

PLAN = Plan(seconds=5, journal_entries=20, journal_bytes=1 << 20, stop=signal.SIGINT)


def test_a_slice_of_the_soak_fails_no_claim() -> None:
    """All operations, faults in one namespace, a witness beside them, and SIGINT in the middle of it."""
    told: list[Sample] = []
    seen = uvloop.run(Soak(PLAN, told.append).run())
    assert [claim for claim in seen.claims if claim.holds is False] == [], table(seen.claims)
    assert [claim.says for claim in seen.claims if claim.holds is None] == [seen.claims[0].says]
    assert told == seen.samples != []
