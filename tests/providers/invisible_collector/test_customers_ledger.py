"""Any sequence of calls on customers too, compared with the second ledger of their debts.

The rules are those of the vendor's pages: a customer is known by its gid or external id, is registered once, and is
changed by what a request gives.
"""

from typing import Any, Final

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import rule

from paysandbox.kit.runtime import Runtime
from tests.helpers.ledgers import play_until
from tests.providers.invisible_collector.known import CUSTOMER
from tests.providers.invisible_collector.test_ledger import DEBTS, EXAMPLES, NOWHERE, OTHERS, STEPS, Ledger

# Few of each, so that they meet: of the fixtures, of this run, and some that nobody has.
VATS: Final = st.sampled_from(["V 1", "V 2", "V 3", "PT214553087"])
EXTERNALS: Final = st.sampled_from(["X 1", "X 2", "X/3", "1003"])
NAMED: Final = st.sampled_from(["X 1", "X 1", "X 2", "X/3", "1002", "1003", CUSTOMER, NOWHERE, "20"])
SOME: Final[st.SearchStrategy[dict[str, str]]] = st.sampled_from(
    [{"a": "1"}, {"a": "2"}, {"b": "1"}, {"b": "1", "a": "1"}]
)
ATTRIBUTES: Final[st.SearchStrategy[dict[str, str]]] = st.just({}) | SOME | SOME
TRAITS: Final = {
    "externalId": st.none() | EXTERNALS | EXTERNALS,
    "city": st.sampled_from([None, "Aveiro", "Porto"]),
    "email": st.sampled_from([None, "a@example.com", "joao.matos@correio.example"]),
    "attributes": st.none() | SOME,
}
BODIES: Final = st.fixed_dictionaries(
    {"name": st.sampled_from(["Ana", "Rui"]), "vatNumber": VATS, "country": st.just("PT")}, optional=TRAITS
)
FILTERS: Final = {
    "vat": VATS,
    "externalId": EXTERNALS,
    "email": st.just("a@example.com"),
    "phone": st.just("234000111"),
}


class CustomersLedger(Ledger):
    """The ledger of debts, with customers who are registered, changed and found, and their debts."""

    def __init__(self) -> None:
        super().__init__()
        # As a read answers them; from here on the model says how they change.
        self._customers: dict[str, dict[str, Any]] = {
            found["gid"]: found for found in self._api.get("/customers/find").json
        }

    def _get(self, named: str) -> dict[str, Any] | None:
        """Return the customer with this gid or external id."""
        by_external_id = {customer.get("externalId"): customer for customer in self._customers.values()}
        return self._customers.get(named) or by_external_id.get(named)

    def _find_taken(self, body: dict[str, Any], besides: str | None = None) -> str | None:
        """Return who else has the VAT number, else the external id, of a customer."""
        others = [customer for gid, customer in self._customers.items() if gid != besides]
        for name in ("vatNumber", "externalId"):
            for customer in others:
                if body.get(name) is not None and customer.get(name) == body[name]:
                    return str(customer["gid"])
        return None

    def _call_customer(self, method: str, named: str, rest: str = "", body: Any = ..., **options: Any) -> Any:
        path = f"/customers/{named.replace(' ', '%20').replace('/', '%2F')}{rest}"
        return self._call(method, path, body, **options)

    @rule(body=BODIES)
    def register(self, body: dict[str, Any]) -> None:
        """Register a customer: once, again as it is, or with what another one has."""
        response = self._call("POST", "/customers", body)
        given = {name: value for name, value in body.items() if value is not None}
        held = next((one for one in self._customers.values() if one["vatNumber"] == body["vatNumber"]), None)
        if held is not None:
            compared = {**held, "attributes": held.get("attributes", {}) if "attributes" in given else {}}
            same = compared == {"attributes": {}, **given, "gid": held["gid"], "contacts": held["contacts"]}
            assert response.json == (
                held if same else {"code": 409, "message": "Customer already registered", "gid": held["gid"]}
            )
            assert response.status == (200 if same else 409)
            return
        taken = self._find_taken(body)
        if taken is not None:
            assert (response.status, response.json["gid"]) == (409, taken)
            return
        gid = response.json["gid"]
        assert (response.status, response.json) == (201, given | {"gid": gid, "contacts": []})
        self._customers[gid] = response.json
        self._book.customers.append(gid)

    @rule(named=NAMED, body=BODIES, others=st.sampled_from([None] * 9 + [OTHERS]))
    def change(self, named: str, body: dict[str, Any], others: Any) -> None:
        """Change what is given, unless another customer has it; the token of another company is refused."""
        if others is not None and named == "20":
            return  # that company's own customer
        held = None if others is not None else self._get(named)
        response = self._call_customer("PUT", named, body=body, headers=others)
        if held is None:
            assert response.status == 404
            return
        taken = self._find_taken(body, besides=held["gid"])
        if taken is not None:
            assert (response.status, response.json["gid"]) == (409, taken)
            return
        held |= {name: value for name, value in body.items() if value is not None}
        assert (response.status, response.json) == (200, held)

    @rule(named=NAMED, attributes=ATTRIBUTES)
    def set_attributes(self, named: str, attributes: dict[str, str]) -> None:
        """Add attributes to a customer, and read all of them."""
        held = self._get(named)
        response = self._call_customer("POST", named, "/attributes", attributes)
        read = self._call_customer("GET", named, "/attributes")
        if held is None:
            assert (response.status, read.status) == (404, 404)
            return
        merged = held.get("attributes", {}) | attributes
        assert (response.status, response.json, read.json) == (200, merged, merged)
        if merged:
            held["attributes"] = merged

    @rule(debt=DEBTS, attributes=st.none() | ATTRIBUTES)
    def set_debt_attributes(self, debt: str, attributes: dict[str, str] | None) -> None:
        """Add attributes to a debt, or delete them all."""
        held = self._book.debts.get(debt)
        path = f"/debts/{held['id'] if held else NOWHERE}/attributes"
        response = self._call("DELETE", path) if attributes is None else self._call("POST", path, attributes)
        if held is None:
            assert response.status == 404
            return
        shown: dict[str, Any] = {}
        if attributes is None:
            held.pop("attributes", None)
            shown = {"attributes": {}}  # by this reply alone
        elif attributes:
            held["attributes"] = held.get("attributes", {}) | attributes
        assert (response.status, response.json) == (200, self._book.debt(debt) | shown)

    @rule(named=NAMED)
    def read(self, named: str) -> None:
        """Read a customer and its debts, in the order in which they were created."""
        held = self._get(named)
        read, debts = self._call_customer("GET", named), self._call_customer("GET", named, "/debts")
        if held is None:
            assert (read.status, debts.status) == (404, 404)
            return
        assert (read.status, read.json) == (200, held)
        assert debts.json == [debt for debt in self._book.all_debts() if debt["customerId"] == held["gid"]]

    @rule(which=st.integers(0, 99), number=st.integers(0, 9))
    def bill(self, which: int, number: int) -> None:
        """Create a debt of a customer of this run."""
        place = len(self._book.customers) - 1 - which % 3
        self.make_a_debt(f"B {number}", 10, None, None, ("2016-02-01", "2016-07-01"), place)

    @rule(given=st.fixed_dictionaries({}, optional=FILTERS))
    def find_customers(self, given: dict[str, str]) -> None:
        """Search customers: every filter narrows."""
        query = "&".join(f"{name}={value}" for name, value in given.items()).replace(" ", "%20").replace("/", "%2F")
        fields = {"vat": "vatNumber", "externalId": "externalId", "email": "email", "phone": "phone"}
        assert self._call("GET", "/customers/find", query=query).json == [
            customer
            for customer in self._customers.values()
            if all(customer.get(fields[name]) == value for name, value in given.items())
        ]


@pytest.mark.slow
def test_any_sequence_of_calls_on_customers_keeps_the_ledger(base_runtime: Runtime) -> None:
    """Customers are registered, found again, changed and refused."""
    results = {f"POST /customers {status}" for status in (200, 201, 404, 409)}
    results |= {f"{method} /customers {status}" for method in ("GET", "PUT") for status in (200, 404)}
    results |= {"DELETE /debts 200"}
    played = play_until(
        lambda calls: results <= calls.keys(), CustomersLedger, base_runtime, sequences=EXAMPLES, steps=STEPS
    )
    assert results <= played.calls.keys()
