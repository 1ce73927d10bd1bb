"""The contract suites against every API, in memory: all phases, invalid cases alone, and scenarios along links."""

from typing import Final

import msgspec
import pytest
from schemathesis.checks import CHECKS, load_all_checks

from paysandbox.app import create_app
from paysandbox.check.profiles import EXCLUDED, PROFILES, Profile
from paysandbox.check.results import Run
from paysandbox.check.scratch_namespace import ScratchNamespace
from paysandbox.check.suites import Suites
from paysandbox.check.target import HOST, Target
from paysandbox.kit.provider import find_providers
from paysandbox.kit.runtime import CONTROL
from paysandbox.testing import Client
from tests.conformance.subject import Subject, names
from tests.helpers.runtimes import NOON

# With how many cases a run has tested something; of those with a body, how many our own check could judge: as a share
# of the fuzzed ones, of which an API of many operations has fewer.
CASES_AN_OPERATION: Final = 8
BODIES_A_CASE: Final = 0.6
# As for users, but more cases; the limit of time is there for what hangs, as no test fails on a time.
DEPTH: Final = msgspec.structs.replace(PROFILES["full"], cases=150, invalid=5, scenarios=15, seconds=900)
FEW: Final = msgspec.structs.replace(DEPTH, name="few", cases=10, invalid=0, scenarios=0)  # for the fast lane
PHASES: Final = {"examples", "coverage", "fuzzing", "invalid coverage", "invalid fuzzing"}
OWN_CHECKS: Final = {"body_schema_iff", "documented_empty_body", "envelope_status", "explained"}


def run(name: str, depth: Profile) -> Run:
    """Run all suites of an API against a sandbox in memory; every request meets the fixtures."""
    app = create_app(providers=[one for one in find_providers() if name in {one.name, CONTROL}], time=lambda: NOON)
    subject = Subject(name)
    target = Target(
        url=f"http://{HOST}/{subject.service.provider.prefix}",
        scratch=ScratchNamespace(Client(app.state.runtime), setup_steps=subject.setup_steps),
        credentials=subject.credentials,
        app=app,
    )
    return Suites(subject, target, depth, lambda _: None).run_all()


def test_the_smallest_contract_and_the_server_agree() -> None:
    """No check of a short run fails; the slow lane has a whole run of every API."""
    name = min((one.name for one in find_providers()), key=lambda name: len(str(Subject(name).document)))
    found = run(name, FEW)
    assert found.errors == []
    assert found.findings == []
    assert found.phases.total() >= CASES_AN_OPERATION * len(Subject(name).operations)


@pytest.mark.sweep
@pytest.mark.parametrize("name", names())
def test_server_and_contract_agree(name: str) -> None:
    """No check of a whole run fails, every phase and every check had work, and valid requests mostly succeed.

    Steps of scenarios use what an earlier reply said, where the contract has links.
    """
    found = run(name, DEPTH)
    assert found.errors == []
    assert found.findings == []

    load_all_checks()
    expected = set(CHECKS.get_all_names()) - {"max_response_time"} | OWN_CHECKS
    elsewhere = {"body_token_enforced", "query_token_enforced", "header_token_enforced", "link_holds"}
    assert set(found.checks) - elsewhere == expected
    subject = Subject(name)
    has_links = any(
        "links" in subject.follow(reply)
        for one in subject.operations
        for reply in subject.operation_object(one)["responses"].values()
    )
    some = {phase for phase, has_it in (("stateful", has_links), ("edges", name != CONTROL)) if has_it}
    assert set(found.phases) - {"invalid examples"} == PHASES | some
    assert (found.links > 0) == has_links
    assert ("body_token_enforced" in found.checks) == (subject.service.provider.body_credential is not None)
    operations = subject.operations
    assert found.phases.total() >= CASES_AN_OPERATION * len(operations)
    bodies = sum(one.body is not None for one in operations)
    assert found.checked_bodies >= BODIES_A_CASE * DEPTH.shared(len(operations)).cases * bodies

    rates = {one.id: found.operations[one.id].carried_out / found.operations[one.id].positive for one in operations}
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
                assert not subject.is_success(operation, reply.status, reply.json), (operation.id, credential)
                assert "x-sandbox-reason" not in reply.headers


def test_nothing_else_is_switched_off() -> None:
    """Nine exclusions, and the reason of each beside it; seven apply to scenarios or to running servers only."""
    assert len(EXCLUDED) == 9
    assert all(len(reason) > 40 for reason in EXCLUDED.values())
