"""Scenarios: sequences of calls along the contract's links, each from the fixtures, each step fully checked."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, NamedTuple

import hypothesis
from schemathesis.checks import CheckResult
from schemathesis.core.failures import FailureGroup
from schemathesis.core.parameters import ParameterLocation
from schemathesis.core.transport import Response
from schemathesis.engine.recorder import ScenarioRecorder
from schemathesis.generation.meta import TestPhase
from schemathesis.hooks import HookContext

from paysandbox.check.own_checks import AnyCase
from paysandbox.check.profiles import Profile
from paysandbox.check.request_builder import RequestBuilder
from paysandbox.check.verdicts import VerdictRecorder


def is_step(case: AnyCase) -> bool:
    """Whether a case is part of a scenario, whose earlier calls must not be undone."""
    meta = case.meta
    return meta is not None and meta.phase.name is TestPhase.STATEFUL


class ScenarioContext(NamedTuple):
    """What scenarios need from their suite. `options` are passed to every call."""

    request_builder: RequestBuilder
    recorder: VerdictRecorder
    reset: Callable[[], None]
    options: Mapping[str, Any]


def run_scenarios(schema: Any, depth: Profile, context: ScenarioContext) -> int:
    """Run scenarios and record each; return their number."""
    played: list[ScenarioRecorder] = []

    def after_validate(_: HookContext, case: AnyCase, response: Response, results: list[CheckResult]) -> None:
        for result in results:
            _record(played[-1], case, response, result)

    schema.hook(after_validate)
    _machine(schema, context, played).run(settings=_settings(depth))
    return len(played)


def _machine(schema: Any, context: ScenarioContext, played: list[ScenarioRecorder]) -> Any:
    class Scenario(schema.as_state_machine()):  # type: ignore[misc] # a class made for the schema
        def setup(self) -> None:
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
