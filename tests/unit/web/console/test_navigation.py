"""The links that every page begins with: they keep the namespace, and lead somewhere."""

import pytest

from tests.helpers.html_reading import Element, read_page
from tests.helpers.runtimes import Client

PAGES = [
    "/_sandbox/",
    "/_sandbox/docs/invoiless",
    "/_sandbox/docs/invoiless/createPayment",
    "/_sandbox/docs/control",
    "/_sandbox/records/shop/crm_com",
]


def bar(client: Client, path: str, query: str = "") -> Element:
    response = client.get(path, query=query)
    assert response.status == 200, path
    return read_page(response).all("nav", "bar")[0]


@pytest.mark.parametrize("path", PAGES)
def test_links_keep_the_namespace(client: Client, path: str) -> None:
    """Each one leads to a page, and there to the same namespace again."""
    client.post("/ns/shop/invoiless/v1/nothing")
    found = bar(client, path, "" if "shop" in path else "namespace=shop")
    links = [str(one.attributes["href"]) for one in found.all("a")][1:]
    others = found.all("details")[0].all("a")
    assert [one.text for one in others if one.attributes.get("aria-current")] == ["shop"]
    leading = [link for link in links if link not in {str(one.attributes["href"]) for one in others}]
    assert len(leading) >= 3
    for link in leading:
        assert "shop" in link
        where, _, query = link.partition("#")[0].partition("?")
        assert client.get(where, query=query).status == 200, link


@pytest.mark.parametrize("path", PAGES)
def test_another_namespace_is_chosen_from_the_same_page(client: Client, path: str) -> None:
    for name in ("shop", "other"):
        client.post(f"/ns/{name}/invoiless/v1/nothing")
    choices = {one.text: str(one.attributes["href"]) for one in bar(client, path).all("details")[0].all("a")}
    where, _, query = choices["other"].partition("?")
    assert where.rpartition("/")[0] == path.replace("shop", "other").rpartition("/")[0]
    assert "Namespace other" in bar(client, where, query).text


def test_many_namespaces_do_not_fill_the_page(client: Client) -> None:
    """The ones used last are there, and the chosen one; the rest is counted."""
    for number in range(40):
        client.post(f"/ns/n{number}/invoiless/v1/nothing")
    found = bar(client, "/_sandbox/", "namespace=n3").all("details")[0]
    names = [one.text for one in found.all("a")]
    assert names[:5] == ["all", "default", "n3", "n39", "n38"]
    assert len(names) == 22
    assert "21 more" in found.text


def test_a_namespace_that_does_not_exist_yet_has_no_links(client: Client) -> None:
    """Forms of the docs pay into `docs`, which their first call creates."""
    found = bar(client, "/_sandbox/docs/invoiless")
    assert "Namespace docs" in found.text
    assert not [one for one in found.all("a")[3:] if "docs" in str(one.attributes["href"]).partition("/docs/")[0]]
