"""`paysandbox sources`: the sentences that contracts take from vendors' pages, and whether a saved page has them."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from paysandbox.cli.drift import open_runtime
from paysandbox.cli.options import StartupFailed, application_options, option

if TYPE_CHECKING:
    from paysandbox.evidence.pages import Standing
    from paysandbox.evidence.sentences import Sentence

_FILE = click.Path(dir_okay=False, exists=True, path_type=Path)


@click.command(short_help="List what contracts take from vendors' pages, and check a saved page.")
@click.argument("files", nargs=-1, metavar="[FILE]...", type=_FILE)
@option("--source", "key", metavar="KEY", help="The source that FILE is a page of. Default: the name of the file.")
@option(
    "--earlier", type=_FILE, help="The page as it was read before: what it lacks too is the contract's own wording."
)
@option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="Form of the output.")
@application_options
def sources(files: tuple[Path, ...], key: str | None, earlier: Path | None, form: str, **options: Any) -> None:
    """List what contracts take from vendors' pages, and check a saved page.

    Without FILE, list every sentence for which a contract cites a page: the page, the day it was read, the sentence,
    its hash, and the units that rest on it. A FILE is a page that you saved, as HTML or text, named like its source:
    `generate-payment.html`. Then it is told which sentences the page still has, and which have changed or are gone.

    A contract may say in its own words what a page says; only --earlier tells such a sentence from one that is gone.

    Exit codes: 0 nothing has changed, 1 a sentence has changed or, with --earlier, is gone, 2 a page is of no source,
    or not of the one that it is named after.
    """
    from paysandbox.core.exact_json import write_json  # noqa: PLC0415 - --help need not wait for it
    from paysandbox.evidence import pages  # noqa: PLC0415 - as above
    from paysandbox.evidence.sentences import list_sentences  # noqa: PLC0415 - as above

    runtime, _ = open_runtime(options)
    found = [
        sentence
        for name, service in runtime.services.items()
        for sentence in list_sentences(name, service.base_contract.document)
    ]
    if not files:
        views = [_view(sentence) for sentence in found]
        click.echo(write_json({"sentences": views}).decode() if form == "json" else "\n".join(_list_text(found)))
        return
    before = None if earlier is None else pages.read_page(earlier.read_bytes())
    standings = []
    for file in files:
        chosen = _choose(found, key or file.stem)
        of_page = pages.check_page(chosen, pages.read_page(file.read_bytes()), before)
        if not pages.is_page_of(of_page):
            raise _refuse_page(file, of_page, key or file.stem)
        standings += of_page
    told = [{**_view(one.sentence), "verdict": one.verdict, "now": one.now} for one in standings]
    text = _list_standings(standings, has_earlier=earlier is not None)
    click.echo(write_json({"sentences": told}).decode() if form == "json" else "\n".join(text))
    news = (pages.CHANGED,) if earlier is None else (pages.CHANGED, pages.GONE)
    raise SystemExit(int(any(one.verdict in news for one in standings)))


def _choose(sentences: "Sequence[Sentence]", key: str) -> "list[Sentence]":
    """The sentences of a source, which may be named with its provider, `invoiless/payments`.

    Raises:
        click.BadParameter: no contract has such a source with a sentence.
    """
    chosen = [one for one in sentences if key in (one.source.key, f"{one.provider}/{one.source.key}")]
    providers = dict.fromkeys(one.provider for one in chosen)
    if len(providers) > 1:
        names = " or ".join(f"{provider}/{key}" for provider in providers)
        raise click.BadParameter(f"several contracts have a source {key!r}; say {names}", param_hint="--source")
    if not chosen:
        from paysandbox.core.nearest import list_nearest  # noqa: PLC0415 - as in `sources`

        known = {f"{one.provider}/{one.source.key}" for one in sentences}
        keys = list_nearest(key, known, "paysandbox sources")
        raise click.BadParameter(f"no contract cites a source {key!r}; there are {keys}", param_hint="--source")
    return chosen


def _refuse_page(file: Path, standings: "Sequence[Standing]", key: str) -> StartupFailed:
    from paysandbox.evidence.pages import GONE  # noqa: PLC0415 - as in `sources`

    if not standings:
        return StartupFailed(f"The page of --earlier has no sentence of the source {key}; is it another page?")
    count = sum(one.verdict != GONE for one in standings)
    return StartupFailed(
        f"{file} has {count or 'none'} of the {len(standings)} sentences of the source {key}, so it may be another "
        "page, or one that was saved without its text."
    )


def _view(sentence: "Sentence") -> dict[str, Any]:
    source = sentence.source
    return {
        "provider": sentence.provider,
        "source": source.key,
        "title": source.title,
        "url": source.url,
        "retrieved": source.retrieved,
        "sentence": sentence.text,
        "hash": sentence.hash,
        "units": list(sentence.units),
    }


def _list_text(sentences: "Sequence[Sentence]") -> Iterator[str]:
    last = None
    for sentence in sentences:
        source = sentence.source
        if (sentence.provider, source.key) != last:
            last = sentence.provider, source.key
            where = f"{source.title} ({source.url or 'no URL'})"
            yield f"{sentence.provider}/{source.key}: {where}, read {source.retrieved}"
        yield f"  {sentence.hash} {sentence.text}"
        yield f"    {_describe_units(sentence)}"


def _list_standings(standings: "Sequence[Standing]", *, has_earlier: bool) -> Iterator[str]:
    for one in standings:
        if one.verdict != "found":
            yield f"{one.verdict}: {one.sentence.provider}/{one.sentence.source.key} {one.sentence.hash}"
            yield f"  was: {one.sentence.text}"
            if one.now is not None:
                yield f"  now: {one.now}"
            yield f"  {_describe_units(one.sentence)}"
    counts = {word: sum(one.verdict == word for one in standings) for word in ("found", "changed", "gone")}
    doubt = "" if has_earlier else " or in the contract's own words"
    yield (
        f"{counts['found']} of {len(standings)} sentences are on the page, {counts['changed']} changed, "
        f"{counts['gone']} gone{doubt}."
    )


def _describe_units(sentence: "Sentence") -> str:
    shown = ", ".join(sentence.units[:3])
    more = len(sentence.units) - 3
    return f"{shown}{f' and {more} more' if more > 0 else ''}"
