"""Namespaces chosen by a provider's own credential: `ix-test-key~checkout-7`, wherever credentials stand."""

from typing import Any

import pytest

from paysandbox.core.messages import Request
from paysandbox.kit.namespace_suffix import add_suffix, find_suffix, split_suffix
from paysandbox.kit.provider import find_providers
from paysandbox.kit.runtime import Runtime
from paysandbox.store.namespaces import DEFAULT
from tests.helpers.runtimes import Client, Response, dump
from tests.helpers.valid_calls import ValidCall, first_calls, operations, valid_call

PROVIDERS = [provider.name for provider in find_providers()]
MARKING = [provider.name for provider in find_providers() if provider.namespace_credentials]
IN_QUERY = "/invoicexpress/documents/1/partial_payments.json"
LOGIN = "/crm-com/crmapi/rest/v2/authentication/token"
CREDENTIALS = {"username": "JackH", "password": "crm-test-password", "organisation": "Demo"}
PAYMENT = {"partial_payment": {"amount": 1}}


def namespace_of(response: Response) -> str:
    return response.headers["x-sandbox-request"].rpartition("-")[0]


def known(runtime: Runtime) -> list[str]:
    return [namespace.name for namespace in runtime.namespaces]


def first_call(runtime: Runtime, provider: str, namespace: str | None = None) -> ValidCall:
    """A valid call that creates something; its credentials choose a namespace."""
    service = runtime.services[provider]
    given = None if namespace is None else add_suffix(service, namespace)
    return valid_call(runtime, provider, service.contract.operations[0], given)


@pytest.mark.parametrize(
    ("credential", "bare", "mark"),
    [
        ("key", "key", ""),
        ("key~a", "key", "~a"),
        ("key~A.b_c-9", "key", "~A.b_c-9"),
        ("key~" + "x" * 100, "key", "~" + "x" * 100),
        ("a~b~c", "a~b", "~c"),
        ("~a", "", "~a"),
        ("key~", "key~", ""),
        ("~", "~", ""),
        ("", "", ""),
        ("key~ a", "key~ a", ""),
        ("key~-a", "key~-a", ""),
        ("key~" + "x" * 101, "key~" + "x" * 101, ""),
        ("key~ä", "key~ä", ""),
        ("key~a\n", "key~a\n", ""),
        ("a~b~", "a~b~", ""),
    ],
)
def test_a_credential_is_taken_apart_at_its_last_sign(credential: str, bare: str, mark: str) -> None:
    """What can name no namespace is part of the credential."""
    assert split_suffix(credential) == (bare, mark)
    assert bare + mark == credential


@pytest.mark.parametrize("provider", MARKING)
def test_every_operation_lands_where_its_credential_says(
    base_runtime: Runtime, runtime: Runtime, provider: str
) -> None:
    """Of every provider, whatever the place of its credentials; it is carried out there, and nothing in default."""
    client, service = Client(runtime), base_runtime.services[provider]
    before = dump(runtime, provider)
    for _, operation in filter(lambda one: one[0] == provider, operations(base_runtime)):
        if operation.scheme is None and service.provider.body_credential is None:
            continue  # it has no credential that could say
        name = f"for-{operation.name}"
        call = valid_call(base_runtime, provider, operation, add_suffix(service, name))
        response = call.send(client)
        assert namespace_of(response) == name
        assert call.carried_out(response, base_runtime), response.content
    assert dump(runtime, provider) == before


@pytest.mark.parametrize("provider", PROVIDERS)
def test_what_may_carry_a_mark_are_test_credentials(base_runtime: Runtime, provider: str) -> None:
    """By the names that the fixture file gives them; each of these, and no other, is made with a mark."""
    service = base_runtime.services[provider]
    assert set(service.provider.namespace_credentials) <= service.credentials.keys()
    made = add_suffix(service, "here")
    assert {name for name, value in made.items() if value != service.credentials[name]} == set(
        service.provider.namespace_credentials
    )
    assert all(made[name] == f"{service.credentials[name]}~here" for name in service.provider.namespace_credentials)


@pytest.mark.parametrize("sent", ["ix-test-key~q", "ix-test-key%7Eq", "ix-test-key%7eq", "ix%2Dtest-key~q"])
@pytest.mark.parametrize("name", ["api_key", "api%5Fkey"])
def test_in_a_query_the_sign_may_be_escaped(client: Client, name: str, sent: str) -> None:
    """Some clients escape more than they must; so may names be."""
    response = client.post(IN_QUERY, PAYMENT, query=f"{name}={sent}")
    assert (response.status, namespace_of(response)) == (200, "q")
    assert namespace_of(client.post(IN_QUERY, PAYMENT, query=f"page=1&{name}={sent}")) == "q"


@pytest.mark.parametrize("text", ["JackH~bodies", "JackH\\u007ebodies", "JackH\\u007Ebodies"])
def test_in_a_body_the_sign_may_be_escaped(client: Client, text: str) -> None:
    """It is the same JSON."""
    content = b'{"username":"%b","password":"crm-test-password","organisation":"Demo"}' % text.encode()
    response = client.post(LOGIN, content=content, headers={"content-type": "application/json"})
    assert (response.json["status"]["code"], namespace_of(response)) == ("OK", "bodies")


def test_a_login_carries_its_mark_on(runtime: Runtime, client: Client) -> None:
    """The token has it, so that the calls that it pays for land there too, with nothing else to say so."""
    before = dump(runtime, "crm_com")
    token = client.post(LOGIN, {**CREDENTIALS, "username": "JackH~logged-in"}).json["data"]["token"]
    assert token.endswith("~logged-in")
    call = first_call(runtime, "crm_com")
    paid = client.post(call.path, {**call.body, "token": token})
    assert (paid.json["status"]["code"], namespace_of(paid)) == ("OK", "logged-in")
    released = client.post(f"{LOGIN}/release", {"token": token})
    assert (released.json["status"]["code"], namespace_of(released)) == ("OK", "logged-in")
    assert client.post(call.path, {**call.body, "token": token}).json["status"]["code"] == "INVALID_TOKEN"
    assert dump(runtime, "crm_com") == before


def test_a_token_is_of_the_namespace_that_handed_it_out(client: Client) -> None:
    token = client.post(LOGIN, {**CREDENTIALS, "username": "JackH~one"}).json["data"]["token"]
    bare = token.removesuffix("~one")
    for other in (bare, f"{bare}~two"):
        assert client.post(f"{LOGIN}/release", {"token": other}).json["status"]["code"] == "INVALID_TOKEN"
    assert client.post(f"{LOGIN}/release", {"token": token}).json["status"]["code"] == "OK"


@pytest.mark.parametrize("provider", MARKING)
def test_path_goes_before_header_and_header_before_credential(runtime: Runtime, provider: str) -> None:
    """What a test says beats what its client says; the mark is no part of the credential all the same."""
    client, call = Client(runtime), first_call(runtime, provider, "by-credential")
    chosen = [
        call.send(client, "/ns/by-path", x_sandbox_namespace="by-header"),
        call.send(client, x_sandbox_namespace="by-header"),
        call.send(client),
    ]
    assert [namespace_of(one) for one in chosen] == ["by-path", "by-header", "by-credential"]
    assert all(call.carried_out(one, runtime) for one in chosen)


@pytest.mark.parametrize("provider", MARKING)
def test_a_wrong_credential_with_a_mark_is_refused_in_that_namespace(runtime: Runtime, provider: str) -> None:
    """As the provider refuses it without one, but for the bytes of its id; nothing is done."""
    client, service = Client(runtime), runtime.services[provider]
    operation = service.contract.operations[0]
    wrong = dict.fromkeys(service.credentials, "F" * 32)
    plain = valid_call(runtime, provider, operation, wrong)
    made = valid_call(runtime, provider, operation, {name: f"{value}~elsewhere" for name, value in wrong.items()})
    before = dump(runtime, provider)
    refused, there = plain.send(client), made.send(client)
    assert (namespace_of(refused), namespace_of(there)) == (DEFAULT, "elsewhere")
    assert (there.status, there.content) == (refused.status, refused.content)
    assert not made.carried_out(there, runtime)
    assert dump(runtime, provider) == dump(runtime, provider, "elsewhere") == before


@pytest.mark.parametrize("provider", MARKING)
@pytest.mark.parametrize("mark", ["~", "~-a", "~a b", "~" + "x" * 101, "~a~"])
def test_a_mark_that_can_name_no_namespace_is_part_of_the_credential(
    runtime: Runtime, provider: str, mark: str
) -> None:
    """It is refused in the provider's words, and no namespace comes into being."""
    service = runtime.services[provider]
    given = {
        name: value + mark if name in service.provider.namespace_credentials else value
        for name, value in service.credentials.items()
    }
    before = dump(runtime, provider)
    call = valid_call(runtime, provider, service.contract.operations[0], given)
    response = call.send(Client(runtime))
    assert not call.carried_out(response, runtime)
    assert "problem" not in response.headers.get("content-type", "")
    assert known(runtime) == [DEFAULT]
    assert dump(runtime, provider) == before


@pytest.mark.parametrize("provider", MARKING)
def test_of_two_marks_the_last_one_chooses(runtime: Runtime, provider: str) -> None:
    """The one before it is part of a credential that nobody has."""
    service = runtime.services[provider]
    given = {name: f"{value}~one" for name, value in add_suffix(service, "zero").items()}
    call = valid_call(runtime, provider, service.contract.operations[0], given)
    response = call.send(Client(runtime))
    assert namespace_of(response) == "one"
    assert not call.carried_out(response, runtime)
    assert known(runtime) == [DEFAULT, "one"]


def test_a_repeated_credential_stays_refused(runtime: Runtime, client: Client) -> None:
    """Marks make no difference; the first one chooses."""
    query = "api_key=ix-test-key~one&api_key=ix-test-key~two"
    before = dump(runtime, "invoicexpress")
    response = client.post(IN_QUERY, PAYMENT, query=query)
    assert (response.status, namespace_of(response)) == (401, "one")
    assert dump(runtime, "invoicexpress", "one") == before


@pytest.mark.parametrize("body", [{"api_key": "x~nowhere"}, {"token": "x~nowhere"}, {"username": "x~nowhere"}], ids=str)
def test_a_body_chooses_only_where_credentials_stand_in_bodies(runtime: Runtime, body: dict[str, Any]) -> None:
    """Elsewhere such a member is one more that the contract does not have, or a customer's name."""
    client = Client(runtime)
    for call in first_calls(runtime):
        if call.operation.scheme is None:
            continue
        response = _with(client, call, body)
        assert namespace_of(response) == DEFAULT
    assert known(runtime) == [DEFAULT]


def _with(client: Client, call: ValidCall, body: dict[str, Any]) -> Response:
    query = "&".join(f"{name}={value}" for name, value in call.parameters.items())
    return client.call(
        call.operation.method, call.path, json={**(call.body or {}), **body}, headers=call.headers, query=query
    )


@pytest.mark.parametrize("content", [b"[1, ~]", b'"~a"', b'["x~a"]', b'{"token": 7, "x": "~a"}', b'{"token": "x~a"'])
def test_a_body_that_is_no_object_of_texts_chooses_nothing(client: Client, content: bytes) -> None:
    """Whatever it is, the provider refuses it in its own words."""
    response = client.post(LOGIN, content=content, headers={"content-type": "application/json"})
    assert (response.status, response.json["status"]["code"]) == (200, "INVALID_REQUEST")
    assert namespace_of(response) == DEFAULT


def test_another_members_sign_is_no_mark(client: Client) -> None:
    """A password may have one."""
    response = client.post(LOGIN, {**CREDENTIALS, "password": "crm-test-password~a"})
    assert (response.json["status"]["code"], namespace_of(response)) == ("INVALID_TOKEN", DEFAULT)


def test_without_a_sign_no_namespace_is_chosen(runtime: Runtime) -> None:
    client = Client(runtime)
    for call in first_calls(runtime):
        assert namespace_of(call.send(client)) == DEFAULT
    assert known(runtime) == [DEFAULT]


def test_a_request_that_was_too_long_to_read_chooses_by_what_was_read(runtime: Runtime) -> None:
    """Its body is not there; its headers and its query are."""
    for name in MARKING:
        service, call = runtime.services[name], first_call(runtime, name, "somewhere")
        request = _request(call)
        assert find_suffix(request, service) == ("" if service.provider.body_credential else "~somewhere")


def _request(call: ValidCall) -> Request:
    return Request(
        method=call.operation.method,
        path=call.path,
        query="&".join(f"{name}={value}" for name, value in call.parameters.items()),
        headers=[(name.encode(), value.encode()) for name, value in call.headers.items()],
        content=None,
    )
