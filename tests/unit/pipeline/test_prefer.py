"""`Prefer: code=404` (RFC 7240): one request asks for a documented status."""

import pytest

from paysandbox.core.messages import PROBLEM_TYPE
from paysandbox.kit.provider import find_providers
from paysandbox.kit.runtime import Runtime
from paysandbox.store.faults import Effect, When
from paysandbox.store.namespaces import DEFAULT
from tests.helpers.runtimes import Client, dump
from tests.helpers.valid_calls import ValidCall, first_calls, operations, valid_call

PROVIDERS = [provider.name for provider in find_providers()]
WITH_WORDS = [provider.name for provider in find_providers() if provider.fail is not None]
COLLECTOR = "invisible_collector"
SUCCESSES = range(200, 300)


def calls(runtime: Runtime, provider: str) -> list[ValidCall]:
    """A valid call of each operation."""
    return [valid_call(runtime, name, operation) for name, operation in operations(runtime) if name == provider]


def payment(runtime: Runtime) -> ValidCall:
    """A payment that is registered with 201, and again with 200."""
    return next(call for call in first_calls(runtime) if call.service.provider.name == COLLECTOR)


@pytest.mark.parametrize("provider", WITH_WORDS)
def test_every_documented_refusal_comes_in_the_providers_words(runtime: Runtime, provider: str) -> None:
    """Of every operation; it keeps the contract, says who asked for it, and nothing is done."""
    service, state = runtime.services[provider], runtime.namespaces.get(DEFAULT).state(provider)
    before = dump(runtime, provider)
    for call in calls(runtime, provider):
        for status in set(call.operation.replies) - set(SUCCESSES):
            response = call.send(Client(runtime), prefer=f"code={status}")
            assert (response.status, response.headers["preference-applied"]) == (status, f"code={status}")
            assert response.headers.get("content-type") != PROBLEM_TYPE
            assert response.explain == f"the Prefer header names {status}; the call was not processed"
            assert service.provider.fail is not None
            expected = service.provider.fail(status, state)
            call.operation.check_reply(expected)
            assert (response.json if response.content else None) == (expected.body or None)
    assert dump(runtime, provider) == before


@pytest.mark.parametrize("provider", WITH_WORDS)
def test_a_refusal_asks_for_nothing_else(runtime: Runtime, provider: str) -> None:
    """Neither a credential nor a body that could be understood: a test of a 404 need not cause one."""
    for call in calls(runtime, provider):
        for status in set(call.operation.replies) - set(SUCCESSES):
            bare = Client(runtime).call(
                call.operation.method, call.path, content=b"{", headers={"prefer": f"code={status}"}
            )
            assert (bare.status, bare.content) == (status, call.send(Client(runtime), prefer=f"code={status}").content)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_success_is_carried_out_if_the_call_deserves_it(runtime: Runtime, provider: str) -> None:
    """It is the same as without the wish, but for a header that says that it was heard."""
    for number, call in enumerate(calls(runtime, provider)):
        plain = call.send(Client(runtime), f"/ns/same-{number}")
        runtime.namespaces.get(f"same-{number}").reset()
        asked = call.send(Client(runtime), f"/ns/same-{number}", prefer=f"code={plain.status}")
        assert (asked.status, asked.content) == (plain.status, plain.content)
        assert asked.headers["preference-applied"] == f"code={plain.status}"
        assert "preference-applied" not in plain.headers
        assert call.carried_out(asked, runtime)


def test_a_success_that_would_be_another_one_is_not_carried_out(runtime: Runtime, client: Client) -> None:
    """The sandbox's own 400 says what it would be; the first payment is 201 and the same again 200."""
    call = payment(runtime)
    before = dump(runtime, COLLECTOR)
    refused = call.send(client, prefer="code=200")
    assert (refused.status, refused.headers["content-type"]) == (400, PROBLEM_TYPE)
    assert refused.json["title"] == "Another status"
    assert refused.json["detail"] == (
        "this call has the status 201, so it was rolled back; the Prefer header names 200"
    )
    assert dump(runtime, COLLECTOR) == before
    assert "preference-applied" not in refused.headers
    assert call.send(client, prefer="code=201").status == 201
    after = dump(runtime, COLLECTOR)
    assert call.send(client, prefer="code=201").status == 400
    assert dump(runtime, COLLECTOR) == after
    assert call.send(client, prefer="code=200").status == 200


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_refused_call_is_refused_whatever_success_it_asks_for(runtime: Runtime, provider: str) -> None:
    """In the provider's words, which say why; where they come with the status that was asked for, it was heard."""
    before = dump(runtime, provider)
    for call in calls(runtime, provider):
        if (
            call.operation.body is None
            and call.operation.scheme is None
            and call.service.provider.body_credential is None
        ):
            continue  # it takes any body and no credential, so that there is nothing to refuse
        for status in set(call.operation.replies) & set(SUCCESSES):
            bad = Client(runtime).call(
                call.operation.method, call.path, content=b"{", headers={"prefer": f"code={status}"}
            )
            assert bad.headers.get("content-type") != PROBLEM_TYPE
            assert not call.carried_out(bad, runtime)
            assert "x-sandbox-explain" in bad.headers
            assert ("preference-applied" in bad.headers) == (bad.status == status)
    assert dump(runtime, provider) == before


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize(
    "code", ["418", "599", "100", "0", "00404", "404.0", "-404", "four", "", "\uff14\uff10\uff14", "2e2"]
)
def test_what_is_not_documented_is_a_loud_400(runtime: Runtime, provider: str, code: str) -> None:
    """In the sandbox's own voice, with the statuses that there are; nothing is done."""
    before = dump(runtime, provider)
    for call in calls(runtime, provider):
        response = call.send(Client(runtime), prefer=f"code={code}".encode().decode("latin-1"))
        assert (response.status, response.headers["content-type"]) == (400, PROBLEM_TYPE)
        assert response.json["title"] == "No such status"
        known = ", ".join(map(str, call.operation.replies))
        assert response.json["detail"].startswith(f"{call.operation.id} documents {known}; the Prefer header names ")
    assert dump(runtime, provider) == before


@pytest.mark.parametrize(
    "prefer",
    [
        "code=404",
        "CODE=404",
        'code="404"',
        " code = 404 ",
        "code=404; because=of-a-test",
        "return=minimal, code=404",
        "return=minimal; foo=bar, code=404, wait=10",
        "handling=lenient,code=404",
        "code=404, code=422",
    ],
)
def test_it_is_read_as_its_standard_says(runtime: Runtime, client: Client, prefer: str) -> None:
    """Among other preferences, with parameters, in quotes; of two the first counts."""
    assert payment(runtime).send(client, prefer=prefer).status == 404


def test_several_headers_are_one_list(runtime: Runtime, client: Client) -> None:
    """The first that asks for a status counts."""
    call = payment(runtime)
    pairs = [("prefer", "return=minimal"), ("prefer", "code=404"), ("prefer", "code=422")]
    response = client.post(call.path, call.body, headers=call.headers, raw_headers=pairs)
    assert response.status == 404


@pytest.mark.parametrize(
    "prefer", ["", "return=minimal", "respond-async", "code", "barcode=404", "wait=404", "x; code=404"]
)
def test_other_preferences_are_ignored(runtime: Runtime, client: Client, prefer: str) -> None:
    response = payment(runtime).send(client, prefer=prefer)
    assert (response.status, "preference-applied" in response.headers) == (201, False)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_what_has_no_route_ignores_it(runtime: Runtime, provider: str) -> None:
    """No contract documents what a path answers that it does not have."""
    client, root = Client(runtime), f"/{runtime.services[provider].provider.prefix}"
    for method, path in [("GET", f"{root}/no/such/path"), ("BREW", calls(runtime, provider)[0].path)]:
        plain, asked = (client.call(method, path, headers=headers) for headers in ({}, {"prefer": "code=200"}))
        assert (asked.status, asked.content) == (plain.status, plain.content)
        assert asked.status in {404, 405}


def test_the_control_plane_ignores_it(client: Client) -> None:
    for path in ("health", "namespaces", "namespaces/default/clock"):
        assert client.get(f"/_sandbox/{path}", headers={"prefer": "code=404"}).status == 200


def test_a_fault_that_answers_goes_before_a_wish(runtime: Runtime, client: Client) -> None:
    """A server that is down grants none; one that is only slow, or cuts its answers, does."""
    faults = runtime.namespaces.get(DEFAULT).faults
    faults.add(None, None, When(times=1), Effect(status=503))
    faults.add(None, None, When(times=1), Effect(truncate=1 << 20))
    call = payment(runtime)
    assert [call.send(client, prefer="code=404").status for _ in range(3)] == [503, 404, 404]


def test_a_wish_that_was_granted_counts_as_exercised(runtime: Runtime, client: Client) -> None:
    """The client has seen that status; a wish that was not granted does not count."""
    call, namespace = payment(runtime), runtime.namespaces.get(DEFAULT)
    call.send(client, prefer="code=418")
    call.send(client, prefer="code=200")
    assert namespace.counts == {}
    journal = namespace.journal
    assert [(entry.operation, entry.status) for entry in journal] == [("createPayment", 400)] * 2
    call.send(client, prefer="code=409")
    assert namespace.counts == {COLLECTOR: {"createPayment": 1, "createPayment 409": 1}}
