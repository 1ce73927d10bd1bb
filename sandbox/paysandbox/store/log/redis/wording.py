"""Errors of an engine in the sandbox's words. None has a credential in it."""

import socket
import ssl
from typing import Final

WITHOUT_TLS: Final = "without it the scheme is redis:// or redis+cluster://"

_REFUSALS: Final[dict[str, str]] = {
    "NOAUTH": "it wants a password: redis://USER:PASSWORD@HOST",
    "WRONGPASS": "it refuses the user or the password",
    "NOPERM": "the user lacks a permission; docs/store.md lists those that it needs",
    "WRONGTYPE": "a key belongs to another program; give the store a database or ?prefix= of its own",
    "OOM": "its memory is full",
    "READONLY": "it is a replica, which cannot be written to; name the primary",
    "LOADING": "it is still loading its data",
    "BUSY": "it is busy with a script of another client",
    "MASTERDOWN": "it is a replica that has lost its primary",
    "NOREPLICAS": "it has too few replicas to keep anything now",
    "MISCONF": "it cannot save its data on its disk",
    "CLUSTERDOWN": "the cluster has no server for these keys now",
    "TRYAGAIN": "the cluster is moving these keys",
    "MOVED": "it is a node of a cluster; write redis+cluster:// or rediss+cluster://",
}


def describe_refusal(refusal: Exception) -> str:
    """Word the error with which an engine has refused a command."""
    message = str(refusal)
    if "without any password configured" in message:
        return "it knows no password; leave it out, or name the user as well"
    if "DB index is out of range" in message:
        return "it has no database of this number"
    if "cluster support disabled" in message:
        return "it is no cluster; write redis:// or rediss://"
    said = message.partition(", with args")[0]  # which could be credentials
    return _REFUSALS.get(message.partition(" ")[0]) or f"it refuses a command: {said[:200]}"


def describe_failure(error: Exception) -> str:
    """Word why a connection could not be made, or was lost."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({error.verify_message}); ?ssl_ca_certs=FILE names those to trust"
    if isinstance(error, ssl.SSLError):
        return f"there is no TLS ({error.reason}); {WITHOUT_TLS}"
    if isinstance(error, socket.gaierror):
        return "there is no such host"
    if isinstance(error, ConnectionRefusedError):
        return "nothing listens there"
    if isinstance(error, FileNotFoundError):
        return "there is no such socket"
    if isinstance(error, PermissionError):
        return "the socket is not to be used by this user"
    if isinstance(error, ConnectionResetError | BrokenPipeError):
        return "the connection was lost"
    return str(error) or type(error).__name__
