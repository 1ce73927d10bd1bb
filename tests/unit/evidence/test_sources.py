"""Every sentence that a contract takes from a page is listed, and a saved page is checked for them."""

import re
from collections import Counter
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from paysandbox.cli.main import main
from paysandbox.core.exact_json import read_json
from paysandbox.evidence.pages import check_page, read_page
from paysandbox.evidence.sentences import Sentence, hash_text, list_sentences, normalize
from paysandbox.kit.runtime import Runtime

PROVIDERS = ["crm_com", "invisible_collector", "invoicexpress", "invoiless"]


def run(*arguments: str) -> Any:
    return CliRunner().invoke(main, ["sources", *arguments])


def sentences_of(runtime: Runtime, provider: str) -> list[Sentence]:
    return list_sentences(provider, runtime.services[provider].base_contract.document)


def write_page(sentences: Sequence[Sentence]) -> str:
    """A page with these sentences, as a browser saves it: with scripts, tags in sentences, and entities."""
    blocks = [f"<p>{escape(one.text).replace(' ', ' <b>', 1)}</b></p>" for one in sentences]
    return f"<!doctype html><html><head><script>gone()</script></head><body>{''.join(blocks)}</body></html>"


def stands_in(sentence: Sentence, others: Sequence[Sentence]) -> bool:
    return normalize(sentence.text) in normalize(read_page(write_page(others).encode()))


@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_sentence_leads_to_a_page_and_to_units(base_runtime: Runtime, provider: str) -> None:
    found = sentences_of(base_runtime, provider)
    assert len(found) > 50
    operations = {operation.id for operation in base_runtime.services[provider].contract.operations}
    for sentence in found:
        assert sentence.source.kind == "vendor-page"
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", sentence.source.retrieved)
        assert sentence.units
        assert {unit.partition(" ")[0] for unit in sentence.units} <= operations
        assert hash_text(sentence.text) == sentence.hash
    assert len({(one.source.key, one.hash) for one in found}) == len(found)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_page_that_has_all_is_unchanged(base_runtime: Runtime, provider: str) -> None:
    found = sentences_of(base_runtime, provider)
    page = read_page(write_page(found).encode())
    assert {one.verdict for one in check_page(found, page)} == {"found"}


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_sentence_that_is_changed_or_gone_is_told(base_runtime: Runtime, provider: str) -> None:
    key = sentences_of(base_runtime, provider)[0].source.key
    found = [one for one in sentences_of(base_runtime, provider) if one.source.key == key]
    # Some quotations are several sentences, which stand in it one by one.
    alone = [
        one for one in found if len(one.text) > 60 and not stands_in(one, [other for other in found if other != one])
    ]
    changed, gone = alone[:2]
    rest = [one for one in found if one not in (changed, gone)]
    page = write_page(rest).replace("</body>", f"<p>{escape(changed.text)[:-8]} at once!</p></body>")
    verdicts = {one.sentence.hash: one for one in check_page(found, read_page(page.encode()))}
    assert verdicts[changed.hash].verdict == "changed"
    assert (verdicts[changed.hash].now or "").endswith("at once!")
    assert verdicts[gone.hash].verdict != "found"
    assert {verdicts[one.hash].verdict for one in rest} == {"found"}


def test_what_the_earlier_page_lacks_is_the_contracts_own_wording(base_runtime: Runtime) -> None:
    found = sentences_of(base_runtime, "invoicexpress")
    page = read_page(write_page(found[1:]).encode())
    assert len(check_page(found, page, page)) == len(found) - 1
    assert len(check_page(found, page)) == len(found)


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize(
    "content",
    [b"", b"<html><body><div id=app></div><script>load()</script></body></html>", bytes(range(256)) * 40],
    ids=["empty", "without text", "binary"],
)
def test_another_page_is_refused(base_runtime: Runtime, provider: str, content: bytes, tmp_path: Path) -> None:
    """Instead of telling that all sentences are gone."""
    keys = Counter(one.source.key for one in sentences_of(base_runtime, provider))
    key = keys.most_common(1)[0][0]
    page = tmp_path / "page.html"
    page.write_bytes(content)
    done = run(str(page), "--source", key, "--provider", provider)
    assert (done.exit_code, done.stdout) == (2, "")
    assert f"has none of the {keys[key]} sentences of the source {key}" in done.stderr


def test_a_page_that_was_saved_in_part_is_compared(tmp_path: Path) -> None:
    """Two of the 91 sentences are enough, one of them changed."""
    page = tmp_path / "generate-payment.html"
    kept = "Creates a payment which generates a receipt."
    page.write_text(f"<p>{kept} This endpoint is only available for invoices, debit notes and simplified_invoices.</p>")
    done = run(str(page), "--provider", "invoicexpress")
    assert done.exit_code == 1
    assert "1 of 91 sentences are on the page, 1 changed, 89 gone" in done.stdout


def test_an_earlier_page_of_another_source_is_refused(tmp_path: Path) -> None:
    now, before = tmp_path / "generate-payment.txt", tmp_path / "before.txt"
    now.write_text("Creates a payment which generates a receipt.")
    before.write_text("Something else.")
    done = run(str(now), "--earlier", str(before), "--provider", "invoicexpress")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "The page of --earlier has no sentence of the source generate-payment" in done.stderr


@pytest.mark.parametrize("written", ["“It’s  paid.”", '"It\'s paid."', "\N{ZERO WIDTH NO-BREAK SPACE}"])
def test_the_spelling_of_spaces_and_quotation_marks_does_not_matter(written: str) -> None:
    assert (hash_text(written) == hash_text('"it\'s\n\tPAID."')) == ("paid" in written)


def test_the_command_lists_pages_hashes_and_units() -> None:
    done = run("--provider", "invoicexpress")
    assert done.exit_code == 0
    assert "invoicexpress/generate-payment: InvoiceXpress API-v2, Generate payment (https://" in done.output
    assert re.search(r"^  [0-9a-f]{12} Creates a payment which generates a receipt\.$", done.output, re.MULTILINE)
    listed = read_json(run("--provider", "invoicexpress", "--format", "json").stdout.encode())["sentences"]
    assert {*listed[0]} == {"provider", "source", "title", "url", "retrieved", "sentence", "hash", "units"}


def test_the_command_tells_what_a_page_has_lost(tmp_path: Path) -> None:
    before, now = tmp_path / "before.txt", tmp_path / "generate-payment.txt"
    kept = "This endpoint is only available for invoices, and simplified_invoices."
    before.write_text(f"Creates a payment which generates a receipt.\n{kept}")
    now.write_text(kept)
    options = ("--provider", "invoicexpress")
    lost = run(str(now), "--earlier", str(before), *options)
    assert lost.exit_code == 1
    assert "gone: invoicexpress/generate-payment" in lost.output
    assert lost.output.endswith("1 of 2 sentences are on the page, 0 changed, 1 gone.\n")
    same = run(str(before), "--source", "generate-payment", "--earlier", str(before), *options)
    assert same.exit_code == 0


@pytest.mark.parametrize(
    ("name", "said"), [("no-such-page.html", "no contract cites a source"), ("errors.html", "several contracts have")]
)
def test_a_page_of_no_source_is_refused(tmp_path: Path, name: str, said: str) -> None:
    page = tmp_path / name
    page.write_text("<p>x</p>")
    done = run(str(page))
    assert done.exit_code == 2
    assert said in done.output
