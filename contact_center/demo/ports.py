"""A port for a server of a rehearsal, a test or a measurement."""

import secrets
import socket
from typing import Final

HOST: Final = "127.0.0.1"
OURS: Final = range(10_240, 16_384)
"""Below those of RTP (`telephony.media.library.RTP_PORTS`) and those the system gives to clients: nobody else
takes one of these before its server has bound it."""


def free_port() -> int:
    """One that is free for UDP and for TCP."""
    while True:
        port = secrets.choice(OURS)
        with (
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp,
            socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp,
        ):
            try:
                udp.bind((HOST, port))
                tcp.bind((HOST, port))
            except OSError:
                continue
            return port
