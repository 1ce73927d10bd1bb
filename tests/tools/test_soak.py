"""A short slice of the soak: every claim but that of memory, which takes minutes, holds under a few seconds of load."""

import signal

import uvloop

from tools.soak.judgement import format_claims
from tools.soak.run import Plan, Sample, Soak

PLAN = Plan(seconds=5, journal_entries=20, journal_bytes=1 << 20, stop=signal.SIGINT)


def test_a_slice_of_the_soak_fails_no_claim() -> None:
    """Faults in one namespace, a witness in another, and SIGINT in the middle of the load."""
    reported: list[Sample] = []
    findings = uvloop.run(Soak(PLAN, reported.append).run())
    assert [claim for claim in findings.claims if claim.holds is False] == [], format_claims(findings.claims)
    assert [claim.says for claim in findings.claims if claim.holds is None] == [findings.claims[0].says]
    assert reported == findings.samples != []
