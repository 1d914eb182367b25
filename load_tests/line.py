"""A telephone line reduced to its packets: a mouth that sounds bursts, an ear that notes when they begin.

Times are epoch seconds of this machine, which is both ends. A burst counts from the moment its first sample
was spoken (20 ms before its packet leaves), an onset until its first loud sample would be played: what a real
phone adds is its own jitter buffer and sound card.
"""

import socket
import struct
import threading
import time

import numpy as np

from contact_center.demo.voice import PACKET_S, PACKET_SAMPLES
from contact_center.telephony.media import audio
from contact_center.telephony.webrtc import rtp

BURST_S, BURST_EVERY_S = 0.1, 1.0
BURST_HZ = 1000.0
LOUD = 3000
"""Of 32767: well above what codec and comfort leave of silence, well below the burst."""
QUIET_BEFORE_S = 0.3
EVENT = 101
LONGEST_KEY = 10
"""Index of the last packet of a key press; all of them carry the time of the first."""


class Line:
    """One RTP socket on 127.0.0.1; sends to whoever sends to it. Bursts come `offset_s` into the second."""

    def __init__(self, offset_s: float = 0.0) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.settimeout(0.2)
        self.port = int(self._socket.getsockname()[1])
        self.bursts: list[float] = []
        self.onsets: list[float] = []
        self._offset_s = offset_s
        self._peer: tuple[str, int] | None = None
        self._keys: list[bytes] = []
        self._over = threading.Event()
        self._threads = [threading.Thread(target=run, daemon=True) for run in (self._speak, self._listen)]
        for thread in self._threads:
            thread.start()

    @property
    def connected(self) -> bool:
        """Whether anybody has sent to it."""
        return self._peer is not None

    def press(self, key: int) -> None:
        """Press 0-9 for 160 ms: RFC 4733 section 2.5, the end of the event told three times."""
        durations = [PACKET_SAMPLES * n for n in range(1, 9)]
        events = [(duration, 0) for duration in durations] + [(durations[-1], 0x80)] * 3
        self._keys = [struct.pack("!BBH", key, end | 10, duration) for duration, end in events]

    def close(self) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()
        self._socket.close()

    def _speak(self) -> None:
        silence = audio.ulaw_encode(audio.silence(PACKET_S))
        tone = audio.ulaw_encode(audio.tone(BURST_HZ, BURST_S, -6.0))
        packets = [tone[at : at + PACKET_SAMPLES] for at in range(0, len(tone), PACKET_SAMPLES)]
        every, number, due = round(BURST_EVERY_S / PACKET_S), 0, time.monotonic() + self._offset_s
        while not self._over.wait(max(0.0, due - time.monotonic())):
            place = number % every
            body = packets[place] if place < len(packets) else silence
            number, due = number + 1, due + PACKET_S
            if self._peer is None:
                continue
            if self._keys:
                self._send(number, EVENT, self._keys.pop(0), at=number - (LONGEST_KEY - len(self._keys)))
                continue
            if place == 0:
                self.bursts.append(time.time() - PACKET_S)
            self._send(number, 0, body, at=number)

    def _send(self, number: int, payload_type: int, body: bytes, *, at: int) -> None:
        packet = rtp.Packet(
            payload_type=payload_type,
            sequence=number & 0xFFFF,
            timestamp=at * PACKET_SAMPLES & 0xFFFFFFFF,
            ssrc=7,
            marker=False,
            rest=body,
        )
        if self._peer is not None:
            self._socket.sendto(rtp.pack(packet), self._peer)

    def _listen(self) -> None:
        loud_at = 0.0
        while not self._over.is_set():
            try:
                datagram, self._peer = self._socket.recvfrom(2048)
            except TimeoutError:
                continue
            now, packet = time.time(), rtp.unpack(datagram)
            if packet is None or packet.payload_type != 0:
                continue
            loud = np.flatnonzero(np.abs(audio.ulaw_decode(packet.rest).astype(np.int32)) > LOUD)
            if len(loud):
                if now - loud_at > QUIET_BEFORE_S:
                    self.onsets.append(now + float(loud[0]) / audio.RATE_HZ)
                loud_at = now


def delays_s(bursts: list[float], onsets: list[float], most_s: float = 0.7) -> list[float]:
    """From each burst to the onset that follows it within `most_s`; bursts nobody heard are left out."""
    return [
        first - burst
        for burst in bursts
        if (first := next((onset for onset in onsets if burst < onset < burst + most_s), None)) is not None
    ]
