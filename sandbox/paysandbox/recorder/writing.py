"""What is kept of a call that went through: masked, judged, written to the file, to the journal and to the terminal."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final, NamedTuple

import msgspec
from msgspec import Struct

from paysandbox.control.exchange_masking import ExchangeMasker
from paysandbox.core.messages import Request
from paysandbox.core.problems import Problem
from paysandbox.judging.differences import DIFFERENT, TOO_STRICT, Difference
from paysandbox.judging.refusal import find_refusal
from paysandbox.judging.traffic import Addressed, mask_addressed, sort_traffic
from paysandbox.judging.variant_judge import VariantJudge
from paysandbox.kit.runtime import Runtime
from paysandbox.recordings.exchange import Exchange, Judgement, Message, Place, decode_body, split_url
from paysandbox.recordings.har_writer import HarWriter
from paysandbox.store.journal import Entry, Refusal
from paysandbox.store.namespaces import DEFAULT

_NANOSECONDS: Final = 1_000_000  # of a millisecond
_MOST_LINES: Final = 5  # about one call in the terminal
_LONG: Final = 64 << 10  # bytes of bodies that take some 50 ms to mask and judge, in which other calls would wait


class Taken(Struct):
    """A call on its way. `headers` have lower-case names; `failure` says why there is no whole reply."""

    method: str
    target: bytes
    headers: Sequence[tuple[bytes, bytes]]
    content: bytes
    at: datetime
    status: int | None = None
    reply_headers: Sequence[tuple[bytes, bytes]] = ()
    reply: bytearray = msgspec.field(default_factory=bytearray)
    duration: int = 0
    failure: str | None = None
    is_cut: bool = False

    def keep(self, part: bytes, limit: int) -> None:
        """Keep a part of the reply, unless it is too long to be recorded."""
        if self.is_cut or len(self.reply) + len(part) > limit:
            self.is_cut = True
            self.reply.clear()
        else:
            self.reply += part


class _Judged(Struct, frozen=True):
    """What the contract says of a call: its operation, the refusal of the request, and what else differs."""

    operation: str | None = None
    problem: Problem | None = None
    differences: tuple[Difference, ...] = ()


class _Kept(NamedTuple):
    """A call as it is kept: masked and judged."""

    addressed: Addressed
    judged: _Judged
    refusal: Refusal | None


class Recorder:
    """Keeps the calls to one provider.

    `counts` are their numbers: `calls`, `refused` by the contract, `undocumented` replies, `lost` without a whole
    reply, `cut` with a reply that is too long to be recorded, and `stopped`, which were not passed on. `failure` says
    why the file ends too early.
    """

    def __init__(self, runtime: Runtime, vendor_url: str, writer: HarWriter, tell: Callable[[str], None]) -> None:
        """`runtime` serves one provider; `tell` prints a line."""
        (self._provider,) = runtime.services
        self._runtime, self._url, self._writer, self._tell = runtime, vendor_url, writer, tell
        self._maskers: dict[str, ExchangeMasker] = {}
        self._judge = VariantJudge(runtime, self._provider)
        self._namespace = runtime.namespaces.get(DEFAULT)
        self._turn = asyncio.Lock()
        self.counts: Counter[str] = Counter()
        self.failure: str | None = None

    def now(self) -> datetime:
        """The time of the namespace in which the calls are shown."""
        return self._namespace.clock.now()

    async def add(self, taken: Taken) -> None:
        """Keep a call, after those before it. Nothing of it is kept before its credentials are masked."""
        async with self._turn:
            number = self._namespace.next_request()
            if len(taken.content) + len(taken.reply) > _LONG:
                kept = await asyncio.to_thread(self._examine_and_write, taken, number)
            else:
                kept = self._examine_and_write(taken, number)
            self._show_in_console(kept.addressed, kept.judged, kept.refusal, taken)
            for line in _word(taken, kept.addressed.exchange, kept.judged):
                self._tell(line)
            self._count(taken, kept.judged)

    def leave_out(self, method: str, target: bytes, reason: str) -> None:
        """Count and tell a call that is not passed on, and so not recorded."""
        self.counts["stopped"] += 1
        self._tell(f"{method} {target.partition(b'?')[0].decode('latin-1')} -  {reason}")

    def _examine_and_write(self, taken: Taken, number: int) -> _Kept:
        """Mask, judge and write a call, in a thread of its own if it is long: nothing here is the event loop's."""
        raw = self._read(taken, number)
        found = next(sort_traffic([raw], self._runtime, self._provider, Counter()), None)
        unknown = Addressed(self._provider, split_url(raw.url).path, raw)
        addressed = mask_addressed(found or unknown, self._runtime, self._maskers)
        exchange, judged = addressed.exchange, _Judged()
        if found is not None and taken.failure is None:
            try:
                judged = self._judge_exchange(addressed)
            except Exception as error:  # noqa: BLE001 - whatever the vendor answers, the call is recorded
                self._tell(f"call {number} could not be judged: {type(error).__name__}")
        refusal = _make_refusal(taken, judged)
        self._write(msgspec.structs.replace(exchange, judgement=self._describe(judged, refusal)))
        return _Kept(addressed, judged, refusal)

    def _read(self, taken: Taken, number: int) -> Exchange:
        headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in taken.headers)
        answered = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in taken.reply_headers)
        cut = taken.is_cut or (taken.failure is not None and taken.status is not None)
        return Exchange(
            method=taken.method,
            url=self._url + taken.target.decode("latin-1"),
            request=Message(headers, decode_body(taken.content, headers)),
            status=taken.status,
            reply=Message(answered, None if cut else decode_body(bytes(taken.reply), answered)),
            place=Place("recording", number),
            at=taken.at,
            duration=Decimal(taken.duration) / _NANOSECONDS,
        )

    def _judge_exchange(self, addressed: Addressed) -> _Judged:
        operation = self._judge.find_operation(addressed)
        if operation is None:
            return _Judged()
        differences = tuple(one for one in self._judge.judge(addressed, operation) if one.verdict in DIFFERENT)
        verdict = self._judge.judge_request(addressed, operation)
        return _Judged(operation.id, None if verdict is None else verdict.problem, differences)

    def _describe(self, judged: _Judged, refusal: Refusal | None) -> Judgement:
        violations = () if judged.problem is None else judged.problem.violations
        return Judgement(
            provider=self._provider,
            operation=judged.operation,
            refused=refusal is not None,
            explanation=None if refusal is None else refusal.message,
            violations=[
                {name: value for name, value in msgspec.to_builtins(one).items() if value is not None}
                for one in violations
            ],
        )

    def _write(self, exchange: Exchange) -> None:
        if self.failure is not None:
            return
        try:
            self._writer.write(exchange)
        except OSError as error:
            self.failure = f"the recording ends here, because it cannot be written: {error.strerror}"
            self._tell(self.failure)

    def _show_in_console(self, addressed: Addressed, judged: _Judged, refusal: Refusal | None, taken: Taken) -> None:
        exchange = addressed.exchange
        parts = split_url(exchange.url)
        headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in exchange.request.headers]
        request = Request(
            exchange.method,
            addressed.path,
            parts.query,
            headers,
            exchange.request.content,
            origin=f"{parts.scheme}://{parts.netloc}",
            head_size=len(exchange.url) + sum(len(name) + len(value) for name, value in headers),
        )
        self._namespace.journal.add(
            Entry(
                number=exchange.place.number,
                at=taken.at,
                provider=self._provider,
                request=request,
                operation=judged.operation,
                status=exchange.status,
                headers=tuple(
                    (name.encode("latin-1"), value.encode("latin-1")) for name, value in exchange.reply.headers
                ),
                content=exchange.reply.content or b"",
                rules=(),
                refusal=refusal,
                breach=None,
                fault_id=None,
                effect=None,
                duration=taken.duration,
            )
        )

    def _count(self, taken: Taken, judged: _Judged) -> None:
        """Count a call, after all else is done with it, because tests wait for the count."""
        self.counts["lost"] += taken.failure is not None
        self.counts["cut"] += taken.is_cut
        self.counts["unknown"] += judged.operation is None and taken.failure is None
        self.counts["refused"] += judged.problem is not None
        self.counts["undocumented"] += any(one.verdict != TOO_STRICT for one in judged.differences)
        self.counts["calls"] += 1


def _make_refusal(taken: Taken, judged: _Judged) -> Refusal | None:
    """Why the console shows a call as refused: there is no whole reply, or what a judge of its exchange finds."""
    if taken.failure is not None:
        return Refusal(taken.failure, (), None, depends_on_state=True)
    assert taken.status is not None
    return find_refusal(taken.status, judged.problem, judged.differences)


def _word(taken: Taken, exchange: Exchange, judged: _Judged) -> list[str]:
    """The lines about a call in the terminal."""
    parts = split_url(exchange.url)
    status = "-" if taken.status is None else str(taken.status)
    seconds = f"{taken.duration // _NANOSECONDS} ms"
    if taken.failure is not None:
        verdict = taken.failure
    elif judged.operation is None:
        verdict = "no operation of the contract"
    else:
        verdict = f"{judged.operation}  {'differs' if judged.differences else 'as the contract says'}"
    if taken.is_cut:
        verdict += "; the reply is too long to be recorded and judged, and was passed on"
    found = [
        f"    {one.verdict} ({one.provenance}) {one.where}: {one.message}"
        + (f"; so it is with the variant {one.variant}" if one.variant else "")
        for one in judged.differences
    ]
    if len(found) > _MOST_LINES:
        found = [*found[:_MOST_LINES], f"    and {len(found) - _MOST_LINES} more, on the page of the call"]
    return [f"{taken.method} {parts.path} {status} {seconds}  {verdict}", *found]
