"""Mutants of the life of a call, and its reply."""

from typing import Final

from tools.mutants.mutant import Mutant
from tools.mutants.operators import Condition, DropCall, Replace, Returned

MUTANTS: Final = (
    Mutant(
        id="reply-not-checked",
        kind="dropped call",
        says="Replies go out without being held against the contract.",
        within="_check_reply",
        change=DropCall("operation.check_reply"),
    ),
    Mutant(
        id="head-with-body",
        kind="dropped statement",
        says="HEAD is answered with the body of GET.",
        within="send_reply",
        change=Replace('reply.content if scope["method"] != "HEAD" else b""', "reply.content"),
    ),
    Mutant(
        id="empty-reply-with-content-type",
        kind="condition",
        says="An empty reply says that it is JSON.",
        within="encode_headers",
        change=Condition("reply.body is not UNSET", "reply.media_type"),
    ),
    Mutant(
        id="body-limit-off-by-one",
        kind="boundary",
        says="A body that is exactly as long as the limit is too long.",
        within="AsgiApp.answer",
        change=Condition("len(content) > self._settings.body_limit", "len(content) >= self._settings.body_limit"),
    ),
    Mutant(
        id="reason-missing",
        kind="negated condition",
        says="`X-Sandbox-Reason: state` stands at the refusals that do not depend on the state.",
        within="headers",
        change=Condition("answer.problem.depends_on_state", "not answer.problem.depends_on_state"),
    ),
    Mutant(
        id="reason-never-given",
        kind="condition",
        says="No refusal says that it depends on the state.",
        within="headers",
        change=Condition("answer.problem.depends_on_state", "answer.problem.depends_on_state is None"),
    ),
    Mutant(
        id="explanation-missing",
        kind="condition",
        says="Refusals without violations of the schema are not explained.",
        within="headers",
        change=Condition("answer.problem is not None", "answer.problem is not None and answer.problem.violations"),
    ),
    Mutant(
        id="secret-in-explanation",
        kind="condition",
        says="A credential of the wrong form is shown in the explanation.",
        within="SchemaValidator._find_statement",
        change=Replace("keyword != 'required' and any(node.get('format') == 'password' for node in path)", "False"),
    ),
    Mutant(
        id="foreign-page-may-reset",
        kind="condition",
        says="A web page of another site may drive the control plane, if its browser says where it comes from.",
        within="check_site",
        change=Condition("not sites <= _OWN_SITES", '"cross-origin" in sites'),
    ),
    Mutant(
        id="lost-reply-was-never-made",
        kind="condition",
        says="A call whose reply is to be lost is not carried out.",
        within="_process_or_simulate",
        change=Replace("fault.effect.drop == LOST_BEFORE", "fault.effect.drop is not None"),
    ),
    Mutant(
        id="fault-strikes-once-too-often",
        kind="boundary",
        says="A fault that is to strike once strikes twice.",
        within="Fault.fires_for",
        change=Replace("self.fired >= self.when.times", "self.fired > self.when.times"),
    ),
    Mutant(
        id="journal-shows-secrets",
        kind="constant",
        says="Credentials stand in the journal as they were sent.",
        within="Masks.mask_value",
        change=Returned("value", old="f\"{kind[0] if kind else ''}{MASK}{mark}\""),
    ),
    Mutant(
        id="wished-status-is-carried-out",
        kind="condition",
        says="A success that was asked for and does not come is carried out all the same.",
        within="process",
        change=Condition("reply.status != wanted", "reply.status > wanted + 500"),
    ),
    Mutant(
        id="refusal-keeps-its-frames",
        kind="dropped statement",
        says="A refused call stays in memory until the garbage collector comes, with everything that it had read.",
        within="process",
        change=Replace("problem.__traceback__ = problem.__context__ = problem.__cause__ = None", "pass"),
    ),
    Mutant(
        id="gate-of-one-provider-counts-all",
        kind="condition",
        says="--fail-under invoiless=80 is about the coverage of all providers together.",
        within="find_failures",
        change=Replace("subject[0] == threshold.provider", "True"),
    ),
)
