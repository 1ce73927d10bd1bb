"""Example requests as files of other tools: a Postman collection, and an `.http` file of editors."""

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote

import msgspec
from msgspec import UNSET

from paysandbox.client.env_vars import variables
from paysandbox.kit.example_requests import ExampleRequest, list_example_requests, name_variable
from paysandbox.kit.provider import Service

_SCHEMA: Final = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
_URL: Final = "PAYSANDBOX_URL"
_RESET: Final = "/_sandbox/namespaces/default/reset"
_RESET_NAME: Final = "Reset the namespace default to the fixtures"
_QUERY_SAFE: Final = "=,/:@"  # readable, and no reader of a query takes them for something else
_INTRODUCTION: Final = (
    "Requests from the contracts of Paysandbox, with their example bodies and the test credentials of its fixtures. "
    "Each of them succeeds on the fixtures as they were at the start; most change something, so reset before the next."
)
_RESET_BEFORE: Final = """\
// With the variable RESET set to true, every request finds the fixtures as they were at the start.
if (pm.variables.get("RESET") === "true") {
  const url = pm.variables.replaceIn("{{PAYSANDBOX_URL}}/_sandbox/namespaces/default/reset");
  pm.sendRequest({ url, method: "POST" }, (error) => { if (error) { throw error; } });
}"""
_TEST: Final = """\
pm.test("it is carried out", () => {
  pm.expect(pm.response.headers.get("X-Sandbox-Explain"), "the reason of a refusal").to.equal(undefined);
  pm.expect(pm.response.code).to.be.below(400);
});"""


def render_postman(services: Collection[Service], url: str) -> str:
    """A Postman collection v2.1: a folder for each API, in it one for each tag. `url` is the sandbox's."""
    reset = _describe_item(_RESET_NAME, "POST", _describe_url(_URL, _RESET), "Everything that calls changed is undone.")
    folders = [{"name": "Sandbox", "item": [reset]}]
    for service in services:
        requests = _by_tag(service)
        folders.append(
            {
                "name": service.contract.title,
                "item": [
                    {"name": tag, "item": [_describe_request(service, request) for request in tagged]}
                    for tag, tagged in requests.items()
                ],
            }
        )
    collection = {
        "info": {"name": "Paysandbox", "description": _INTRODUCTION, "schema": _SCHEMA},
        "variable": [
            {"key": name, "value": value, "type": "string"}
            for name, value in [*_variables(services, url).items(), ("RESET", "false")]
        ],
        "event": [_describe_script("prerequest", _RESET_BEFORE), _describe_script("test", _TEST)],
        "item": folders,
    }
    return json.dumps(collection, indent=2, ensure_ascii=False)


def render_http_file(services: Collection[Service], url: str) -> str:
    """Requests in the syntax of the VS Code REST client and of the JetBrains HTTP client. `url` is the sandbox's."""
    declared = [f"@{name} = {value}" for name, value in _variables(services, url).items()]
    lines = [f"# {_INTRODUCTION}", "", *declared, "", f"### {_RESET_NAME}", f"POST {{{{{_URL}}}}}{_RESET}"]
    for service in services:
        for tag, requests in _by_tag(service).items():
            for request in requests:
                lines += ["", *_write_request(service, tag, request)]
    return "\n".join(lines)


def _by_tag(service: Service) -> dict[str, list[ExampleRequest]]:
    found: dict[str, list[ExampleRequest]] = {}
    for request in list_example_requests(service):
        found.setdefault(request.tag, []).append(request)
    return found


def _variables(services: Collection[Service], url: str) -> dict[str, str]:
    """The names of `paysandbox env`; the URLs of the APIs follow that of the sandbox."""
    providers = {
        service.provider.name: {
            "url": f"{{{{{_URL}}}}}/{service.provider.prefix}",
            "credentials": service.credentials,
        }
        for service in services
    }
    return variables({"url": url, "providers": providers})


def _describe_request(service: Service, request: ExampleRequest) -> dict[str, Any]:
    operation = request.operation
    query = [
        {"key": one.name, "value": quote(one.value, safe=_QUERY_SAFE), "disabled": not one.required}
        for one in request.query
    ]
    headers = [{"key": one.name, "value": one.value, "disabled": not one.required} for one in request.headers]
    url = _describe_url(name_variable(service.provider.name, "url"), request.path, query)
    item = _describe_item(request.name, operation.method, url, f"{operation.id} ({operation.provenance})")
    described: dict[str, Any] = item["request"]
    described["auth"] = _describe_credential(request)
    if request.body is not UNSET:
        headers.insert(0, {"key": "Content-Type", "value": request.media_type})
        raw = msgspec.json.format(request.body, indent=2).decode()
        described["body"] = {"mode": "raw", "raw": raw, "options": {"raw": {"language": "json"}}}
    described["header"] = headers
    return item


def _describe_item(name: str, method: str, url: Mapping[str, Any], description: str) -> dict[str, Any]:
    return {"name": name, "request": {"method": method, "url": url, "description": description}}


def _describe_url(variable: str, path: str, query: Collection[Mapping[str, Any]] = ()) -> dict[str, Any]:
    sent = "&".join(f"{one['key']}={one['value']}" for one in query if not one["disabled"])
    return {
        "raw": f"{{{{{variable}}}}}{path}{'?' if sent else ''}{sent}",
        "host": [f"{{{{{variable}}}}}"],
        "path": path.removeprefix("/").split("/"),
        "query": list(query),
    }


def _describe_credential(request: ExampleRequest) -> dict[str, Any]:
    scheme, value = request.scheme, f"{{{{{request.credential}}}}}"
    if scheme is None:
        return {"type": "noauth"}
    if scheme.place == "bearer":
        return {"type": "bearer", "bearer": [{"key": "token", "value": value, "type": "string"}]}
    if scheme.place == "basic":
        pair = {"username": value, "password": ""}
        return {"type": "basic", "basic": [{"key": key, "value": of, "type": "string"} for key, of in pair.items()]}
    told = {"key": scheme.name, "value": value, "in": scheme.place}
    return {"type": "apikey", "apikey": [{"key": key, "value": of, "type": "string"} for key, of in told.items()]}


def _describe_script(listen: str, script: str) -> dict[str, Any]:
    return {"listen": listen, "script": {"type": "text/javascript", "exec": script.splitlines()}}


def _write_request(service: Service, tag: str, request: ExampleRequest) -> Iterator[str]:
    operation, scheme = request.operation, request.scheme
    credential = f"{{{{{request.credential}}}}}"
    yield f"### {service.contract.title}, {tag}: {request.name}"
    yield f"# {operation.id} ({operation.provenance})"
    for place, parameters in (("query", request.query), ("header", request.headers)):
        optional = [f"{one.name}={one.value}" for one in parameters if not one.required]
        if optional:
            yield f"# Optional in the {place}: {', '.join(optional)}"
    pairs = [
        f"{quote(one.name, safe='')}={quote(one.value, safe=_QUERY_SAFE)}" for one in request.query if one.required
    ]
    if scheme is not None and scheme.place == "query":
        pairs.insert(0, f"{quote(scheme.name, safe='')}={credential}")
    query = f"?{'&'.join(pairs)}" if pairs else ""
    yield f"{operation.method} {{{{{name_variable(service.provider.name, 'url')}}}}}{request.path}{query}"
    if scheme is not None and scheme.place == "basic":
        # Encoded here, because editors encode a user name without a password in different ways, or not at all.
        known = service.credentials
        yield f"{scheme.name}: {scheme.write(known.get(scheme.choose_name(known), ''))}"
    elif scheme is not None and scheme.place != "query":
        yield f"{scheme.name}: {scheme.write(credential)}"
    for header in request.headers:
        if header.required:
            yield f"{header.name}: {header.value}"
    if request.body is not UNSET:
        yield f"Content-Type: {request.media_type}"
        yield ""
        yield from msgspec.json.format(request.body, indent=2).decode().splitlines()


RENDERERS: Final[Mapping[str, Callable[[Collection[Service], str], str]]] = {
    "postman": render_postman,
    "http": render_http_file,
}
