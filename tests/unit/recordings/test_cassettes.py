"""Cassettes of VCR, in Ruby's form and vcrpy's, whole, broken and hostile."""

import gzip
import io
import json
from base64 import b64encode
from datetime import UTC, datetime

import pytest

from paysandbox.recordings.cassettes import read_cassette, read_json_cassette
from paysandbox.recordings.exchange import Exchange, Log

RUBY = """\
---
http_interactions:
- request:
    method: post
    uri: https://acme.app.invoicexpress.com/clients.json?api_key=xyz
    body:
      encoding: UTF-8
      string: '{"client":{"name":"Olá"}}'
    headers:
      Content-Type:
      - application/json
      Accept:
      - "*/*"
  response:
    status:
      code: 201
      message: Created
    headers:
      X-Twice:
      - a
      - b
    body:
      encoding: ASCII-8BIT
      string: !binary |-
        eyJjbGllbnQiOnsiaWQiOjF9fQ==
    http_version: !ruby/object:Object
      inside: 1
  recorded_at: Thu, 01 Feb 2018 10:00:00 GMT
recorded_with: VCR 4.0.0
"""
SYMBOLS = """\
---
:recorded_with: VCR 2.0.0
:http_interactions:
- :request:
    :method: :get
    :uri: http://api.example.test/
    :body: !ruby/string:SomeString ''
    :headers: {}
  :response:
    :status: !ruby/struct:VCR::ResponseStatus
      :code: 200
      :message: OK
    :headers:
      :content-type: [text/plain]
    :body: !ruby/object:Body
      string: plain
"""
PYTHON = """\
interactions:
- request:
    body: '{"amount": 5}'
    headers:
      Content-Type: [application/json]
    method: POST
    uri: https://api.invoiless.com/v1/invoices/1/payments
  response:
    body: {string: '{"id": "1"}'}
    headers:
      date: ['Thu, 01 Feb 2018 10:00:00 GMT']
    status: {code: 200, message: OK}
version: 1
"""


def read(text: str | bytes) -> tuple[list[Exchange], Log]:
    log = Log()
    content = text.encode() if isinstance(text, str) else text
    return list(read_cassette(io.BytesIO(content), "seen.yml", log)), log


def test_rubys_form_is_read() -> None:
    (found,), log = read(RUBY)
    assert (found.method, found.status) == ("POST", 201)
    assert found.url == "https://acme.app.invoicexpress.com/clients.json?api_key=xyz"
    assert found.request.content == '{"client":{"name":"Olá"}}'.encode()
    assert found.request.get_headers("content-type") == ["application/json"]
    assert found.reply.content == b'{"client":{"id":1}}'
    assert found.reply.get_headers("x-twice") == ["a", "b"]
    assert found.at == datetime(2018, 2, 1, 10, tzinfo=UTC)
    assert (str(found.place), log.notices) == ("seen.yml#1", [])


def test_symbols_and_objects_of_ruby_are_text() -> None:
    """No object is made of a tag."""
    (found,), _ = read(SYMBOLS)
    assert (found.method, found.url, found.status) == ("GET", "http://api.example.test/", 200)
    assert found.reply.headers == (("content-type", "text/plain"),)
    assert found.reply.content == b"plain"


def test_vcrpys_form_is_read() -> None:
    (found,), _ = read(PYTHON)
    assert (found.method, found.status, found.reply.content) == ("POST", 200, b'{"id": "1"}')
    assert found.at == datetime(2018, 2, 1, 10, tzinfo=UTC)


def test_a_cassette_in_json_is_read() -> None:
    written = {
        "http_interactions": [
            {
                "request": {"method": "get", "uri": "/a", "body": {"base64_string": b64encode(b"\xff").decode()}},
                "response": {"status": {"code": 204}, "headers": None, "body": None},
            }
        ]
    }
    stream = io.BytesIO(json.dumps(written).encode())
    (found,) = read_json_cassette(stream, "http_interactions", "seen.json", Log())
    assert (found.request.content, found.reply.content) == (b"\xff", b"")


def test_a_compressed_body_is_inflated() -> None:
    packed = b64encode(gzip.compress(b'{"id": 7}')).decode()
    text = PYTHON.replace('{string: \'{"id": "1"}\'}', f"{{string: !!binary {packed}}}").replace(
        "      date:", "      Content-Encoding: [gzip]\n      date:"
    )
    (found,), _ = read(text)
    assert found.reply.content == b'{"id": 7}'


SECRET = "s3cr3t-in-a-cassette"


def test_of_a_truncated_cassette_the_interactions_before_are_used() -> None:
    item = RUBY.partition("http_interactions:\n")[2].partition("recorded_with")[0]
    whole = "---\nhttp_interactions:\n" + item * 3 + f"- request: {{method: post, uri: '{SECRET}"
    found, log = read(whole)
    assert len(found) == 3
    (notice,) = log.notices
    assert "behind interaction 3" in notice
    assert SECRET not in notice


def test_a_file_that_grows_without_end_ends() -> None:
    """Aliases of aliases would be billions of nodes."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    text = "\n".join([*lines, "interactions:", "- request: *a11"])
    found, log = read(text)
    assert found == []
    assert log.notices


@pytest.mark.parametrize("wrong", ["- 7", "- {request: 1, response: 2}", "- {request: {method: get}}", "- []"])
def test_what_is_no_interaction_is_skipped_and_counted(wrong: str) -> None:
    found, log = read(f"interactions:\n{wrong}\n")
    assert found == []
    assert log.skipped == {"interactions without a request and a response": 1}


@pytest.mark.parametrize("text", [b"", b"\xff\xfe", b"a: [", b"- 1", b"plain", b"%YAML 9", b"interactions: 5"])
def test_what_is_no_cassette_has_none(text: bytes) -> None:
    assert read(text)[0] == []
