"""The floor of a first paint: an ASGI application whose page is one word, so that the rest is the browser's own."""

from typing import Any

BODY = b"<!doctype html><html lang=en><title>One word</title><p>word"
HEADERS = [(b"content-length", str(len(BODY)).encode()), (b"content-type", b"text/html; charset=utf-8")]


async def app(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] != "http":
        return
    while (await receive()).get("more_body", False):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": BODY})
