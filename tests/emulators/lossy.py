"""A link that loses packets, between a server and its clients in one process.

While it is open, this thread lives in a network namespace of its own, with one TUN device. What is sent to `FAR` comes
out of the device here, has its two addresses exchanged and goes in again: so a connection to FAR reaches whoever
listens on `NEAR`, and each packet of both directions passes `LossyLink.carry`, which loses what `chance` says.
Everything else is the kernel's own TCP: its handshakes, acknowledgements, timers and retransmissions. It models loss
that is random and even; no delay, no reordering, no bursts. (`tc netem` does those, where a kernel is built with it.)
"""

import asyncio
import ctypes
import fcntl
import os
import socket
import struct
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

NEAR, FAR, MASK = "10.77.0.1", "10.77.0.2", "255.255.255.0"

DEVICE = Path("/dev/net/tun")
OWN_NAMESPACE = Path("/proc/thread-self/ns/net")
MOST = 65_536

_C = ctypes.CDLL(None, use_errno=True)
_CLONE_NEWNET = 0x40000000
_TUNSETIFF, _IFF_TUN, _IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
_SIOCSIFFLAGS, _SIOCSIFADDR, _SIOCSIFNETMASK = 0x8914, 0x8916, 0x891C
_IFF_UP = 0x1


def why_not() -> str:
    """Return what this machine lacks for it, or nothing."""
    if not DEVICE.exists():
        return f"there is no {DEVICE}"
    try:
        with _namespace():
            return ""
    except OSError as error:
        return f"no network namespace: {error.strerror}"


class LossyLink:
    """`chance` says of each packet whether it is lost, while the link is `bad`; `carried` and `lost` count them."""

    def __init__(self, device: int, chance: Callable[[], bool]) -> None:
        self._device = device
        self._chance = chance
        self.bad = True
        self.carried = 0
        self.lost = 0

    def carry(self) -> None:
        packet = os.read(self._device, MOST)
        if packet[0] >> 4 != 4:
            return  # IPv6 looking for neighbours
        if self.bad and self._chance():
            self.lost += 1
            return
        self.carried += 1
        # The checksums are sums over both addresses: they stay right.
        os.write(self._device, packet[:12] + packet[16:20] + packet[12:16] + packet[20:])


@asynccontextmanager
async def lossy_link(chance: Callable[[], bool]) -> AsyncIterator[LossyLink]:
    """Open the link. Sockets, and threads that make some, must be made inside."""
    with _namespace(), _tun() as device:
        link = LossyLink(device, chance)
        loop = asyncio.get_running_loop()
        loop.add_reader(device, link.carry)
        try:
            yield link
        finally:
            loop.remove_reader(device)


@contextmanager
def _namespace() -> Iterator[None]:
    """Let this thread have a network of its own until the block ends. Needs root; open sockets go on."""
    with OWN_NAMESPACE.open() as before:
        _call(_C.unshare(_CLONE_NEWNET))
        try:
            yield
        finally:
            _call(_C.setns(before.fileno(), _CLONE_NEWNET))


def _call(result: int) -> None:
    if result:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


@contextmanager
def _tun() -> Iterator[int]:
    device = os.open(DEVICE, os.O_RDWR | os.O_NONBLOCK)
    try:
        fcntl.ioctl(device, _TUNSETIFF, struct.pack("16sH", b"lossy", _IFF_TUN | _IFF_NO_PI))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
            for request, address in ((_SIOCSIFADDR, NEAR), (_SIOCSIFNETMASK, MASK)):
                name = struct.pack("16sH2s4s8s", b"lossy", socket.AF_INET, b"", socket.inet_aton(address), b"")
                fcntl.ioctl(any_socket, request, name)
            for interface in (b"lo", b"lossy"):
                fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sH", interface, _IFF_UP))
        yield device
    finally:
        os.close(device)
