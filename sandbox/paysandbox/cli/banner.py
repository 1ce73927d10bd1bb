"""What `paysandbox serve` prints once it is ready."""

from collections.abc import Mapping
from typing import Any


def render_banner(
    ready: Mapping[str, Any], version: str, generated_token: str | None, link_code: str | None = None
) -> str:
    """URLs and test credentials of the sandbox, and its control token if that was generated.

    `ready` is the content of the ready file; `link_code` signs a browser in.
    """
    width = max(map(len, ready["providers"]), default=0)
    lines = [f"Paysandbox {version} is ready at {ready['url']}  (Ctrl+C stops it)", ""]
    for name, provider in ready["providers"].items():
        lines.append(f"  {name:{width}}  {provider['url']}")
        if "https_url" in provider:
            lines.append(f"  {'':{width}}  {provider['https_url']}")
        lines += [f"  {'':{width}}    {what} {value}" for what, value in provider["credentials"].items()]
    lines += ["", f"  Start page    {ready['url']}/_sandbox/", f"  Health check  {ready['url']}/_sandbox/health"]
    if "tls" in ready:
        lines.append(f"  HTTPS         {ready['tls']['url']}")
        ca_file = ready["tls"]["ca_file"]
        lines.append(f"  CA file       {ca_file or 'none, because clients know the CA of --tls-cert'}")
    lines.append(f"  Store         {ready['store']}")
    if "workers" in ready:
        lines.append(f"  Workers       {ready['workers']} processes")
    if link_code is not None:
        lines.append(f"  Sign in (once, within an hour): {ready['url']}/_sandbox/#{link_code}")
    if generated_token is not None:
        lines.append(f"  Control token (required beyond loopback): {generated_token}")
    return "\n".join(lines)
