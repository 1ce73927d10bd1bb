"""Where credentials are expected, and what is said when they are not there."""

import base64

import pytest

from paysandbox.contract.credentials import Scheme
from paysandbox.core.messages import Request
from paysandbox.core.problems import Unauthenticated

HEADER = Scheme(place="header", name="Api-Key")
QUERY = Scheme(place="query", name="api_key")
BEARER = Scheme(place="bearer", name="authorization")
BASIC = Scheme(place="basic", name="authorization", id="web_api_key")
Pairs = list[tuple[str, str]]


def read(scheme: Scheme, headers: Pairs, query: Pairs) -> str:
    """The credential that a request carries."""
    sent = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers]
    return scheme.read(Request("GET", "/", "", sent, b""), query)


def why(scheme: Scheme, headers: Pairs, query: Pairs) -> str:
    with pytest.raises(Unauthenticated) as refusal:
        read(scheme, headers, query)
    return refusal.value.message


@pytest.mark.parametrize(
    ("scheme", "headers", "query"),
    [
        (HEADER, [("api-key", "secret")], []),
        (HEADER, [("API-KEY", "  secret ")], []),
        (QUERY, [], [("x", "1"), ("api_key", "secret")]),
        (BEARER, [("Authorization", "Bearer secret")], []),
        (BEARER, [("Authorization", "bearer   secret ")], []),
        (BEARER, [("Authorization", "BEARER secret")], []),
        (BASIC, [("Authorization", "Basic c2VjcmV0Og==")], []),
        (BASIC, [("Authorization", "basic  c2VjcmV0Og== ")], []),
    ],
)
def test_a_credential_is_read_where_the_contract_expects_it(scheme: Scheme, headers: Pairs, query: Pairs) -> None:
    """Header names and the word Bearer in any case, blanks around it dropped."""
    assert read(scheme, headers, query) == "secret"


@pytest.mark.parametrize(
    ("scheme", "headers", "query", "said"),
    [
        (HEADER, [], [], "the header Api-Key is missing"),
        (QUERY, [], [], "the query parameter api_key is missing"),
        (BEARER, [], [], "the header Authorization: Bearer <token> is missing"),
        (HEADER, [("Api-Key", " ")], [], "the header Api-Key is missing"),
        (QUERY, [], [("api_key", "")], "the query parameter api_key is missing"),
        (BEARER, [("Authorization", "Bearer ")], [], "the header Authorization: Bearer <token> is missing"),
        (BASIC, [], [], "the header Authorization: Basic <base64 of user:password> is missing"),
        (
            BASIC,
            [("Authorization", "Basic Og==")],
            [],
            "the header Authorization: Basic <base64 of user:password> is missing",
        ),
        (
            QUERY,
            [],
            [("API_KEY", "x")],
            "the query parameter api_key is missing; there is a query parameter API_KEY, which this API does not read",
        ),
    ],
)
def test_a_missing_or_empty_credential_is_named(scheme: Scheme, headers: Pairs, query: Pairs, said: str) -> None:
    assert why(scheme, headers, query) == said


@pytest.mark.parametrize(
    ("scheme", "headers", "query"),
    [
        (HEADER, [("Api-Key", "a"), ("api-key", "a")], []),
        (QUERY, [], [("api_key", "a"), ("api_key", "b")]),
        (BEARER, [("Authorization", "Bearer a"), ("Authorization", "Bearer a")], []),
    ],
)
def test_a_repeated_credential_is_refused(scheme: Scheme, headers: Pairs, query: Pairs) -> None:
    """Even where both are the same: servers differ in which they take."""
    assert why(scheme, headers, query) == f"{scheme} is given 2 times"


@pytest.mark.parametrize("value", ["secret", "Basic c2VjcmV0", "Token secret", "Bearer:secret"])
def test_an_authorization_of_another_form_is_told_the_right_one(value: str) -> None:
    """And no more of it than its kind is repeated."""
    said = why(BEARER, [("Authorization", value)], [])
    assert said.startswith("the Authorization header does not match 'Bearer <token>'")


def test_the_password_of_basic_credentials_is_not_repeated() -> None:
    assert "c2VjcmV0" not in why(BEARER, [("Authorization", "Basic c2VjcmV0")], [])


@pytest.mark.parametrize(
    ("scheme", "headers", "query", "found"),
    [
        (HEADER, [("Authorization", "Bearer x")], [], "a header authorization"),
        (HEADER, [], [("api_key", "x")], "a query parameter api_key"),
        (QUERY, [("X-Api-Key", "x")], [], "a header x-api-key"),
        (QUERY, [], [("token", "x")], "a query parameter token"),
        (BEARER, [("api-key", "x")], [("access_token", "y")], "a header api-key and a query parameter access_token"),
    ],
)
def test_a_credential_in_the_wrong_place_is_pointed_at(
    scheme: Scheme, headers: Pairs, query: Pairs, found: str
) -> None:
    """The likeliest mistake of a client."""
    assert why(scheme, headers, query) == f"{scheme} is missing; there is {found}, which this API does not read"


@pytest.mark.parametrize("value", [" secret", "secret ", "secret\n", "\tsecret", "secret\u00a0"])
def test_a_credential_in_the_query_is_taken_as_it_is(value: str) -> None:
    """Nothing is trimmed there, so it is another credential."""
    assert read(QUERY, [], [("api_key", value)]) == value


@pytest.mark.parametrize(
    ("pair", "credential"),
    [("key:", "key"), ("key:word", "key:word"), ("key::", "key::"), (":word", ":word"), ("clé:", "clé")],
)
def test_basic_credentials_are_the_user_name_if_there_is_no_password(pair: str, credential: str) -> None:
    """Else both, so that a password that is not expected is not passed over."""
    sent = "Basic " + base64.b64encode(pair.encode()).decode()
    assert read(BASIC, [("Authorization", sent)], []) == credential
    assert read(BASIC, [("Authorization", BASIC.write(credential))], []) == credential


@pytest.mark.parametrize(
    "value", ["c2VjcmV0Og==", "Bearer c2VjcmV0Og==", "Basic secret", "Basic c2VjcmV0", "Basic /////w=="]
)
def test_unreadable_basic_credentials_are_told_the_form(value: str) -> None:
    """Without a kind, of another one, no base64, no colon, no UTF-8."""
    said = why(BASIC, [("Authorization", value)], [])
    assert said.startswith("the Authorization header does not match 'Basic <base64 of user:password>' (")
    assert value.rpartition(" ")[2] not in said


@pytest.mark.parametrize(
    ("scheme", "known", "name"),
    [
        (BASIC, ["token", "api_key", "web_api_key"], "web_api_key"),
        (QUERY, ["token", "api_key"], "api_key"),
        (BEARER, ["api_key", "token"], "token"),
        (HEADER, ["api_key", "x"], "api_key"),
        (HEADER, ["x", "y"], "x"),
        (HEADER, [], "Api-Key"),
    ],
)
def test_each_scheme_has_a_test_credential(scheme: Scheme, known: list[str], name: str) -> None:
    """The one of its own name first."""
    assert scheme.choose_name(known) == name
