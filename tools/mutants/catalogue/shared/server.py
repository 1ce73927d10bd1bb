"""Mutants of the HTTP server, and its metrics."""

from typing import Final

from tools.mutants.mutant import Mutant
from tools.mutants.operators import Condition, DropCall, Replace

MUTANTS: Final = (
    Mutant(
        id="known-length-not-compared",
        kind="boundary",
        says="A request with a known head is answered although more than its body follows.",
        within="DirectProtocol.data_received",
        change=Condition("len(data) == end + found.length", "len(data) >= end + found.length"),
    ),
    Mutant(
        id="known-head-announced-for-ever",
        kind="dropped statement",
        says="A known head whose body came in a packet of its own is also the head of the next packet.",
        within="DirectProtocol.data_received",
        change=Replace("self._announced = None", "pass"),
    ),
    Mutant(
        id="closing-head-known",
        kind="condition",
        says="A head with `Connection: close` counts as a plain one.",
        within="measure_body",
        change=Condition("name in _ODD or (name == b'connection' and value.lower() != _KEEP_ALIVE)", "name in _ODD"),
    ),
    Mutant(
        id="old-version-known",
        kind="condition",
        says="A head of HTTP/1.0 is remembered, and its connection stays open.",
        within="DirectProtocol._parse_and_remember",
        change=Replace(
            "cycle.keep_alive and scope['http_version'] == PLAIN_VERSION and (is_whole or is_alone)",
            "is_whole or is_alone",
        ),
    ),
    Mutant(
        id="announced-head-not-parsed",
        kind="dropped call",
        says="A client that sends a known head and no body is not timed out as one that does not finish a request.",
        within="DirectProtocol.check_timeout",
        change=DropCall("self._parse_announced"),
    ),
    Mutant(
        id="used-connection-idle",
        kind="dropped statement",
        says="A connection is closed as idle although its last request had a known head.",
        within="DirectProtocol._send_known",
        change=Replace("self._used = self.loop.time()", "pass"),
    ),
    Mutant(
        id="slow-reader-flooded",
        kind="condition",
        says="A client that reads nothing is answered on, into memory.",
        within="DirectProtocol._can_answer",
        change=Replace("self.flow.write_paused", "False"),
    ),
    Mutant(
        id="header-splits-reply",
        kind="condition",
        says="A line end in the value of a header begins another header.",
        within="render_reply",
        change=Condition("len(head) - len(head.translate(None, _FORBIDDEN)) != lines * _LINE_END", "False"),
    ),
    Mutant(
        id="worker-counts-lost",
        kind="semantic",
        says="Metrics begin at zero when a worker takes the place of another.",
        within="Metrics.__init__",
        change=Replace("board.read(slot)", "None"),
    ),
    Mutant(
        id="durations-by-class",
        kind="statement",
        says="A bucket of a histogram counts its own class of durations only, without the lower ones.",
        within="_render_histograms",
        change=Replace("seen += count", "seen = count"),
    ),
)
