"""Runs `paysandbox` while every way out to the network is shut, and writes down who tried one.

    python -m tests.system.security.guard REPORT [--sealed] paysandbox ARGUMENTS…

Two guards stand there. An audit hook sees what Python itself does, names it in REPORT and forbids it; loopback is free.
With `--sealed`, on Linux, the kernel ends the process with SIGSYS at the first connect or addressed datagram to
anywhere: of native code, such as uvloop's or that of a judge in Rust, Python's hooks see nothing.
"""

import asyncio
import ctypes
import ipaddress
import os
import platform
import struct
import sys
import urllib.request
from collections.abc import Callable
from typing import Any, Final

SEALED: Final = "--sealed"
FAR: Final = ("192.0.2.1", 80)  # of a network that is kept for examples; nothing is ever sent there
NEAR: Final = ("127.0.0.1", 9)

_TO_AN_ADDRESS: Final = {"socket.connect", "socket.sendto", "socket.sendmsg"}
_BY_A_NAME: Final = {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr", "http.client.connect"}
_A_PROCESS: Final = {"subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork", "os.forkpty"}
# Whose system calls, by the machine: the number that the kernel knows it by, connect, sendto.
_CALLS: Final = {"x86_64": (0xC000003E, 42, 44), "aarch64": (0xC00000B7, 203, 206)}
_KILL: Final = 0x80000000
_ALLOW: Final = 0x7FFF0000


class Forbidden(Exception):
    """A connection to another machine was attempted."""


def is_home(host: Any) -> bool:
    """Whether a host is this machine; no host is every address of it."""
    if host in {None, "", b"", "localhost", b"localhost"}:
        return True
    try:
        found = ipaddress.ip_address(host.decode() if isinstance(host, bytes) else host)
    except ValueError:
        return False
    return found.is_loopback or found.is_unspecified


def watch(report: str) -> None:
    """Shut the ways that Python knows, from now on and for good."""
    kept = os.open(report, os.O_CREAT | os.O_WRONLY | os.O_APPEND)

    def forbid(what: str) -> None:
        os.write(kept, f"{what}\n".encode())
        raise Forbidden(what)

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event in _TO_AN_ADDRESS:
            address = arguments[1]
            if isinstance(address, tuple) and not is_home(address[0]):
                forbid(f"{event} {address}")
        elif event in _BY_A_NAME:
            host = arguments[1] if event == "http.client.connect" else arguments[0]
            if not is_home(host):
                forbid(f"{event} {host}")
        elif event in _A_PROCESS:
            forbid(f"{event} {arguments[0]}")

    sys.addaudithook(hook)
    _watch_uvloop(forbid)


def _watch_uvloop(forbid: Callable[[str], None]) -> None:
    import uvloop  # noqa: PLC0415 - Windows has none

    for name in ("create_connection", "create_datagram_endpoint", "getaddrinfo", "getnameinfo", "sock_connect"):

        def shut(_loop: Any, *where: Any, _name: str = name, **more: Any) -> None:
            forbid(f"uvloop {_name} {where} {more}")

        setattr(uvloop.Loop, name, shut)


def seal() -> None:
    """Let the kernel end this process where it connects, or sends a datagram to an address.

    Raises:
        OSError: this machine has no such thing.
    """
    if sys.platform != "linux" or platform.machine() not in _CALLS:
        raise OSError("no filter of system calls is known here")
    machine, connect, sendto = _CALLS[platform.machine()]
    load, equal, answer = 0x20, 0x15, 0x06
    steps = [  # instruction, steps to skip where it holds and where not, operand
        (load, 0, 0, 4),
        (equal, 1, 0, machine),
        (answer, 0, 0, _ALLOW),
        (load, 0, 0, 0),
        (equal, 5, 0, connect),
        (equal, 0, 5, sendto),
        (load, 0, 0, 16 + 4 * 8),  # its fifth argument, the address: send() has none
        (equal, 0, 2, 0),
        (load, 0, 0, 16 + 4 * 8 + 4),
        (equal, 1, 0, 0),
        (answer, 0, 0, _KILL),
        (answer, 0, 0, _ALLOW),
    ]
    program = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
    described = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(steps), ctypes.addressof(program)))
    libc = ctypes.CDLL(None, use_errno=True)
    for option, value, pointer in ((38, 1, 0), (22, 2, ctypes.addressof(described))):  # no new privileges; the filter
        if libc.prctl(option, ctypes.c_ulong(value), ctypes.c_ulong(pointer), 0, 0):
            raise OSError(ctypes.get_errno(), "the kernel takes no filter")


def probe(kind: str) -> None:
    """Try one way out, to see whether it is noticed."""
    import socket  # noqa: PLC0415 - so that it is plain who needs it

    if kind == "connect":
        socket.create_connection(FAR, timeout=1)
    elif kind == "datagram":
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", FAR)
    elif kind == "name":
        socket.getaddrinfo("telemetry.invalid", 443)
    elif kind == "url":
        urllib.request.urlopen("http://telemetry.invalid/", timeout=1)
    elif kind == "process":
        os.system("true")  # noqa: S605, S607 - never run: that is the claim
    elif kind == "uvloop":
        import uvloop  # noqa: PLC0415 - guarded programs may be without it

        async def connect() -> None:
            await asyncio.get_running_loop().create_connection(asyncio.Protocol, *FAR)

        uvloop.run(connect())
    elif kind == "native":
        _native_connect()


def _native_connect() -> None:
    """Connect to this very machine, behind Python's back."""
    libc = ctypes.CDLL(None)
    host = int.from_bytes(ipaddress.ip_address(NEAR[0]).packed, sys.byteorder)
    where = struct.pack("=HHI8x", 2, int.from_bytes(NEAR[1].to_bytes(2, "big"), sys.byteorder), host)
    libc.connect(libc.socket(2, 1, 0), where, len(where))


def main(arguments: list[str]) -> None:
    """Watch, and run what is asked for: `paysandbox`, or `probe KIND`."""
    report, *arguments = arguments
    watch(report)
    if arguments[0] == SEALED:
        seal()
        arguments = arguments[1:]
    what, *arguments = arguments
    if what == "probe":
        probe(*arguments)
        return
    from paysandbox.cli.main import main as paysandbox  # noqa: PLC0415 - what it does when imported is watched as well

    paysandbox(arguments, prog_name="paysandbox")


if __name__ == "__main__":
    main(sys.argv[1:])
