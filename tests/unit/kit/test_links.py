"""Links in replies lead back to the sandbox, to the provider and the namespace of the call."""

import pytest

from paysandbox.core.messages import Call
from paysandbox.kit.links import build_link


@pytest.mark.parametrize(
    ("root", "suffix", "link"),
    [
        ("/invoicexpress", "", "/invoicexpress/a.pdf"),
        ("", "", "/a.pdf"),
        ("/ns/mine/invoicexpress", "", "/ns/mine/invoicexpress/a.pdf"),
        ("/invoicexpress", "~mine", "/ns/mine/invoicexpress/a.pdf"),
        ("", "~mine", "/ns/mine/a.pdf"),
        ("/ns/mine/invoicexpress", "~other", "/ns/mine/invoicexpress/a.pdf"),
    ],
)
def test_a_link_names_the_namespace_in_its_path(root: str, suffix: str, link: str) -> None:
    """A namespace in the path or the header goes before that of a credential, as in calls."""
    call = Call("x", {}, {}, {}, None, None, "http://127.0.0.1:4080", namespace_suffix=suffix, root=root)
    assert build_link(call, "/a.pdf") == f"http://127.0.0.1:4080{link}"
