"""The contract as schemathesis reads it, with a transport and a choice of cases of ours."""

from collections.abc import Iterator, Mapping
from typing import Any

from schemathesis.config import SchemathesisConfig
from schemathesis.openapi import from_dict
from schemathesis.specs.openapi.schemas import OpenApiSchema
from schemathesis.transport import BaseTransport

from paysandbox.check.drawing import few_tries
from paysandbox.check.own_checks import AnyCase
from paysandbox.check.sampling import Sampler
from paysandbox.check.target import SECONDS
from paysandbox.contract.credentials import Scheme


class CheckedSchema(OpenApiSchema):
    """A schema that sends by `sender` and takes those boundary cases that `sampler` chooses; as usual where None."""

    sender: BaseTransport[Any] | None = None
    sampler: Sampler | None = None

    @property
    def transport(self) -> BaseTransport[Any]:
        return self.sender or super().transport

    def iter_coverage_cases(self, operation: Any, **options: Any) -> Iterator[AnyCase]:
        """The cases at the boundaries of an operation's schemas."""
        cases = super().iter_coverage_cases(operation, **options)
        if self.sampler is None:
            return cases
        with few_tries():
            return iter(self.sampler.choose(cases))


def load_schema(document: dict[str, Any], config: SchemathesisConfig) -> CheckedSchema:
    """Load a contract that is plain JSON."""
    loaded = from_dict(document, config=config)
    return CheckedSchema(loaded.raw_schema, config=loaded.config, filter_set=loaded.filter_set)


def make_config(
    root: str, mode: str, cases: int, *, stateful: bool, auth: Mapping[str, Any], headers: Mapping[str, str]
) -> SchemathesisConfig:
    """What schemathesis is to do: so many `cases` of each operation, of a `mode` (all or negative).

    `auth` are the credentials by security scheme, and `headers` those of each call.
    """
    replies = {"extra-data-sources": {"responses": False}}
    settings = {
        "seed": 20260331,
        "cache": {"enabled": False},
        "continue-on-failure": True,
        # The profile's time limit ends a slow check, on busy machines too. A schema with `not` filters much of what is
        # generated, and which draws meet it changes with any constant of the source.
        "suppress-health-check": ["too_slow", "filter_too_much"],
        "generation": {
            "max-examples": cases,
            "deterministic": True,
            "database": "none",
            "mode": mode,
            "no-shrink": True,  # the curl command is enough to repeat a request
        },
        # Every call meets the fixtures again, so a record in the state of an earlier reply is not there. For a server
        # with its own data, OwnData uses what replies show.
        "phases": {
            **dict.fromkeys(("examples", "coverage", "fuzzing"), replies),
            "stateful": {"enabled": stateful},
        },
        # Test credentials are not secret; the others are masked in reports.
        "output": {"sanitization": {"enabled": False}},
        "base-url": root,
        "request-timeout": SECONDS,
        **({"headers": dict(headers)} if headers else {}),
        **({"auth": {"openapi": dict(auth)}} if auth else {}),
    }
    return SchemathesisConfig.from_dict(settings)


def describe_auth(scheme: Scheme, known: Mapping[str, str]) -> dict[str, str]:
    """The credential of a security scheme, in the words of schemathesis."""
    credential = known[scheme.choose_name(known)]
    if scheme.place == "basic":
        username, _, password = credential.partition(":")
        return {"username": username, "password": password}
    return {"bearer" if scheme.place == "bearer" else "api_key": credential}
