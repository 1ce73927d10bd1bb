"""Links in replies that lead back to the sandbox."""

from paysandbox.core.messages import Call
from paysandbox.store.namespaces import NAMESPACE_PREFIX


def build_link(call: Call, path: str) -> str:
    """Return the URL of a path below the provider's root, in the namespace of a call.

    The namespace stands in the path, because a link is followed without the header and the credential of the call.
    """
    root = call.root
    if call.namespace_suffix and not root.startswith(NAMESPACE_PREFIX):
        root = f"{NAMESPACE_PREFIX}{call.namespace_suffix[1:]}{root}"
    return f"{call.origin}{root}{path}"
