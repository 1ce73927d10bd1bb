"""Mutants of the check itself: what would make it silent about a wrong server, or loud about a right one."""

from typing import Final

from tools.mutants.mutant import Mutant
from tools.mutants.operators import Argument, Condition, Replace, Returned

MUTANTS: Final = (
    Mutant(
        id="check-question-is-a-finding",
        kind="constant",
        says="What contradicts an assumption of the contract alone is a finding, not a question to the vendor.",
        within="VerdictRecorder._add",
        change=Argument("is_question", "False"),
    ),
    Mutant(
        id="check-request-is-a-question",
        kind="condition",
        says="A server that takes what a page forbids is only asked, if the request has anything assumed in it too.",
        within="Assumptions.explain",
        change=Replace(
            "all(_grade(one, operation) == ASSUMED for one in violations)",
            "any(_grade(one, operation) == ASSUMED for one in violations)",
        ),
    ),
    Mutant(
        id="check-reply-is-a-question",
        kind="condition",
        says="A reply that breaks what is documented is only asked about, if it breaks anything assumed too.",
        within="Assumptions.is_reply_assumed",
        change=Replace(
            "all(violation.provenance == ASSUMED for violation in broken)",
            "any(violation.provenance == ASSUMED for violation in broken)",
        ),
    ),
    Mutant(
        id="check-cites-the-operation",
        kind="semantic",
        says="A status is cited with the provenance of its operation.",
        within="cite_contract",
        change=Replace(
            "_provenance_suffix(spec.provenance, spec.source)",
            "_provenance_suffix(operation.provenance, operation.source)",
        ),
    ),
    Mutant(
        id="check-undocumented-status-passes",
        kind="condition",
        says="A status that the contract lacks is no finding.",
        within="VerdictRecorder._record_check",
        change=Condition(
            "check.status is Status.SUCCESS",
            "check.status is Status.SUCCESS or check.name == 'status_code_conformance'",
        ),
    ),
    Mutant(
        id="check-broken-body-passes",
        kind="condition",
        says="A body that the contract's schema refuses is no finding.",
        within="VerdictRecorder._record_check",
        change=Condition(
            "check.status is Status.SUCCESS",
            "check.status is Status.SUCCESS or check.name == 'response_schema_conformance'",
        ),
    ),
    Mutant(
        id="check-allow-header-passes",
        kind="constant",
        says="An Allow header that is wrong is no finding.",
        within="Suites._is_failure",
        change=Returned(
            "False",
            old="bool({*failure.missing_methods, *failure.undocumented_methods} - self._list_left_out(operation))",
        ),
    ),
    Mutant(
        id="check-own-findings-dropped",
        kind="dropped call",
        says="What our own checks find of a reply is forgotten.",
        within="VerdictRecorder._record_reply",
        change=Replace("self.add_failure(failure, case, interaction.request, reply, phase)", "failure"),
    ),
    Mutant(
        id="check-refusal-by-state-is-a-finding",
        kind="condition",
        says="A server without our headers that refuses a valid request for its state breaks its contract.",
        within="body_schema_iff",
        change=Replace(
            "valid and not done and not by_state and subject.is_sandbox and not revocable",
            "valid and not done and not by_state and not revocable",
        ),
    ),
    Mutant(
        id="check-count-swallowed",
        kind="dropped statement",
        says="Findings beyond those that are kept are not counted.",
        within="Run.add",
        change=Replace("self.more[kind] += 1", "pass"),
    ),
    Mutant(
        id="check-second-half-lost",
        kind="dropped statement",
        says="Of an API that two processes check, the findings of one are lost.",
        within="merge_runs",
        change=Replace("found.findings += part.findings", "pass"),
    ),
    Mutant(
        id="check-findings-exit-0",
        kind="constant",
        says="A check with findings ends with exit code 0.",
        within="Report.exit_code",
        change=Returned("0", old="1"),
    ),
    Mutant(
        id="check-reached-is-unreached",
        kind="condition",
        says="Operations that took a valid request are listed as not reached, and the others are not.",
        within="list_unreached",
        change=Condition("tally.carried_out", "not tally.carried_out"),
    ),
    Mutant(
        id="check-ids-of-another-table",
        kind="semantic",
        says="A request names a record of another table than the one that its operation asks for.",
        within="OwnData._choose",
        change=Replace("fields[:1]", "fields[1:]"),
    ),
    Mutant(
        id="check-data-of-tables-ignored",
        kind="constant",
        says="The records of `--data` that stand by table are not used.",
        within="OwnData.__init__",
        change=Replace("given.tables.items()", "{}.items()"),
    ),
    Mutant(
        id="check-data-of-parameters-ignored",
        kind="constant",
        says="The records of `--data` that stand by parameter are not used.",
        within="OwnData._replace",
        change=Replace("list(given)", "[]"),
    ),
    Mutant(
        id="check-read-only-makes-records",
        kind="condition",
        says="With --read-only, records are made for the operations that need some.",
        within="LiveCalls.call",
        change=Condition("self._target.reads_only", "False"),
    ),
    Mutant(
        id="check-read-only-sends-other-methods",
        kind="constant",
        says="With --read-only, the methods that a path lacks are tried too, DELETE among them.",
        within="Suites._may_send",
        change=Returned("True", old="method in READING"),
    ),
    Mutant(
        id="check-dry-run-sends",
        kind="constant",
        says="A dry run sends its requests over the network.",
        within="rehearse_api",
        change=Argument("app", "None"),
    ),
    Mutant(
        id="check-secret-is-told",
        kind="early return",
        says="A credential of the account stands in the report.",
        within="Target.masked",
        change=Condition("value", "False"),
    ),
)
