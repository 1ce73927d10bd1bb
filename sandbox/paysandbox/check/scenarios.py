"""Scenarios: sequences of calls along the contract's links, each step fully checked; in a sandbox from the fixtures."""

from collections.abc import Callable, Mapping
from contextlib import nullcontext, suppress
from typing import Any, NamedTuple

import hypothesis
from schemathesis.checks import CheckResult
from schemathesis.core.failures import FailureGroup
from schemathesis.core.parameters import ParameterLocation
from schemathesis.core.transport import Response
from schemathesis.engine.recorder import ScenarioRecorder
from schemathesis.generation.meta import TestPhase
from schemathesis.generation.stateful.control import TransitionController
from schemathesis.hooks import HookContext

from paysandbox.check.drawing import no_memory_of_draws
from paysandbox.check.own_checks import AnyCase
from paysandbox.check.profiles import Profile
from paysandbox.check.request_builder import RequestBuilder
from paysandbox.check.verdicts import VerdictRecorder


def is_step(case: AnyCase) -> bool:
    """Whether a case is part of a scenario, whose earlier calls must not be undone."""
    meta = case.meta
    return meta is not None and meta.phase.name is TestPhase.STATEFUL


class ScenarioContext(NamedTuple):
    """What scenarios need from their suite. `options` are passed to every call.

    `is_reset`: whether `reset` restores the fixtures, as it can in a sandbox only.
    """

    request_builder: RequestBuilder
    recorder: VerdictRecorder
    reset: Callable[[], None]
    is_reset: bool
    options: Mapping[str, Any]


def run_scenarios(schema: Any, depth: Profile, context: ScenarioContext) -> int:
    """Run scenarios and record each; return their number."""
    played: list[ScenarioRecorder] = []

    def after_validate(_: HookContext, case: AnyCase, response: Response, results: list[CheckResult]) -> None:
        for result in results:
            _record(played[-1], case, response, result)

    schema.hook(after_validate)
    with nullcontext() if context.is_reset else no_memory_of_draws():
        _machine(schema, context, played).run(settings=_settings(depth))
    return len(played)


class _NeverStuck(TransitionController):
    """Lets a scenario begin anew where no link leads on.

    Schemathesis asks whether a link leads on from an operation, not from the status that it answered. Where the links
    of that status are used up, and those of another one are not, it finds no step at all and ends with an error.
    """

    def allow_root_transition(self, source: str, bundles: dict[str, Any]) -> bool:
        return super().allow_root_transition(source, bundles) or not any(
            bundles.get(f"{link.source.label} -> {link.status_code}")  # type: ignore[attr-defined] # links of OpenAPI have one
            and self.allow_transition(link.source.label, link.target.label)
            for transitions in self.transitions.operations.values()
            for link in transitions.incoming
        )


def _machine(schema: Any, context: ScenarioContext, played: list[ScenarioRecorder]) -> Any:
    class Scenario(schema.as_state_machine()):  # type: ignore[misc] # a class made for the schema
        control: TransitionController

        def setup(self) -> None:
            self.control = _NeverStuck(self.control.transitions, self.control.roots)
            played.append(self.recorder)
            context.reset()

        def get_call_kwargs(self, _: AnyCase) -> dict[str, Any]:
            return dict(context.options)

        def step(self, step: Any) -> Any:
            linked = {location for location, _ in step.applied_parameters}
            operation = context.recorder.operation_of(step.case)
            keep_body = ParameterLocation.BODY in linked
            context.request_builder.adapt(operation, step.case, linked=bool(linked), keep_body=keep_body)
            return super().step(step)

        def validate_response(self, response: Response, case: AnyCase, *args: Any, **kwargs: Any) -> None:
            # A failure is recorded and the scenario goes on, because it need not be shrunk.
            with suppress(FailureGroup):
                super().validate_response(response, case, *args, **kwargs)

        def teardown(self) -> None:
            context.recorder.record(self.recorder, "stateful")

    return Scenario


def _record(recorder: ScenarioRecorder, case: AnyCase, response: Response, result: CheckResult) -> None:
    if result.failure is None:
        recorder.record_check_success(name=result.name, case_id=case.id)
    else:
        curl = case.as_curl_command(headers=dict(response.request.headers.items()))
        recorder.record_check_failure(name=result.name, case_id=case.id, code_sample=curl, failure=result.failure)


def _settings(depth: Profile) -> hypothesis.settings:
    return hypothesis.settings(
        max_examples=depth.scenarios,
        stateful_step_count=depth.steps,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
