"""A payment whose reply is lost, and a client that retries: what its customer would pay for, seen from outside.

    python examples/python/lost_reply.py http://127.0.0.1:4080

needs a running sandbox and nothing but Python.
"""

# ruff: noqa: T201 - it is there to print

import json
import sys
from decimal import Decimal
from http.client import HTTPException
from typing import Any
from urllib.request import ProxyHandler, Request, build_opener


def call(method: str, url: str, body: Any = None) -> Any:
    """One HTTP call with JSON in and out; None for an answer without a body."""
    content = None if body is None else json.dumps(body).encode()
    request = Request(url, content, {"content-type": "application/json"}, method=method)  # noqa: S310 - it is given
    with build_opener(ProxyHandler({})).open(request, timeout=30) as reply:  # the sandbox is behind no proxy
        return json.loads(reply.read() or b"null", parse_float=Decimal)


def demonstrate(sandbox: str) -> None:
    """Lose a reply, on the sandbox at this URL."""
    made = call("POST", f"{sandbox}/_sandbox/namespaces", {"now": "2026-03-31T12:00:00Z"})
    namespace = f"{sandbox}/_sandbox/namespaces/{made['name']}"
    print(f"A namespace of our own, where it is {made['clock']['now']} and time stands still.")

    api = made["providers"]["invoicexpress"]
    url = f"{api['url']}/documents/1/partial_payments.json?api_key={api['credentials']['api_key']}"
    payment = {"partial_payment": {"amount": 100.0, "payment_date": "26/10/2017"}}
    call("POST", f"{namespace}/faults", {"provider": "invoicexpress", "when": {"times": 1}, "then": {"drop": "after"}})
    try:
        call("POST", url, payment)
    except (OSError, HTTPException):
        print("We pay 100, and the connection is closed without an answer. Is it paid?")

    receipts = call("GET", f"{namespace}/snapshots/fixtures/diff")["invoicexpress"]["receipts"]["added"]
    for receipt in receipts.values():
        print(f"It is: the state has a receipt {receipt['sequence_number']} of {receipt['total']}.")

    print(f"Our client retries, and gets the receipt {call('POST', url, payment)['receipt']['sequence_number']}.")

    retried = call("GET", f"{namespace}/requests?limit=1")["requests"][0]
    print(f"The journal's advice about {retried['id']}:")
    for advice in retried["advice"]:
        print(f"  {advice}")

    print("What differs from the fixtures:")
    for table, change in call("GET", f"{namespace}/snapshots/fixtures/diff")["invoicexpress"].items():
        for key in change["added"]:
            print(f"  {table}/{key} is new")
        for key, members in change["changed"].items():
            for name, value in members["before"].items():
                print(f"  {table}/{key}: {name} was {value}, is {members['after'][name]}")

    call("POST", f"{namespace}/reset")
    print(f"After a reset: {call('GET', f'{namespace}/snapshots/fixtures/diff') or 'nothing'}.")
    call("DELETE", namespace)


if __name__ == "__main__":
    demonstrate(sys.argv[1].rstrip("/"))
