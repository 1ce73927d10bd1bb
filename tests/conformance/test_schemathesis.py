"""Schemathesis against every API, in memory: examples, coverage, fuzzing, valid and not, all its checks and ours."""

from typing import Final

import pytest
from schemathesis.checks import CHECKS, load_all_checks

from tests.conformance import running
from tests.conformance.subject import Subject, names

# With how many cases a run has tested something; of those with a body, how many our own check could judge.
CASES_AN_OPERATION: Final = 8
BODIES_AN_OPERATION: Final = 90


@pytest.mark.parametrize("name", names())
def test_server_and_contract_agree(name: str) -> None:
    """No check of a whole run fails, every phase and every check had work, and valid requests mostly succeed."""
    found = running.run(name)
    assert found.errors == []
    assert found.failures == [], f"{len(found.failures)} failures\n\n" + "\n\n".join(found.failures[:10])

    load_all_checks()
    assert set(found.checks) == set(CHECKS.get_all_names()) - {"max_response_time"}
    assert set(found.cases) == {"examples", "coverage", "fuzzing"}
    operations = Subject(name).operations
    assert found.cases.total() >= CASES_AN_OPERATION * len(operations)
    assert found.judged_bodies >= BODIES_AN_OPERATION * sum(one.body is not None for one in operations)

    rates = {one.id: found.carried_out[one.id] / max(found.positive[one.id], 1) for one in operations}
    assert {name: rate for name, rate in rates.items() if rate < 0.5} == {}


@pytest.mark.parametrize("name", names())
def test_a_credential_in_the_body_is_enforced(name: str) -> None:
    """An example without its body's credential, or with a made-up one, is refused; schemathesis cannot know of it."""
    subject = Subject(name)
    member = subject.service.provider.body_credential
    for operation in subject.operations:
        for body in subject.examples(operation).values():
            if member is None or member not in body:
                continue
            for credential in ({member: "made-up"}, {member: ""}, {member: None}, {member: ["made-up"]}, {}):
                rest = {key: value for key, value in body.items() if key != member}
                reply = subject.call(operation, rest | credential)
                assert not subject.carried_out(operation, reply.status, reply.json), (operation.id, credential)
                assert "x-sandbox-reason" not in reply.headers


def test_nothing_else_is_switched_off() -> None:
    """One exclusion, and its reason beside it."""
    assert len(running.EXCLUDED) == 1
    assert all(len(reason) > 40 for reason in running.EXCLUDED.values())
