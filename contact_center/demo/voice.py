"""The voice and ears of simulated agents: PCMU packets every 20 ms for many at once, and a tone looked for in
what comes back."""

import asyncio
import contextlib
import time
from collections.abc import Callable
from pathlib import Path

from contact_center.telephony.media import audio
from contact_center.telephony.webrtc import rtp
from contact_center.telephony.webrtc.rtp import Packet

PACKET_S = 0.02
PACKET_SAMPLES = 160
WINDOW_S = 0.25
WINDOWS_TO_HEAR = 2
"""That many windows in a row make a tone heard, and not a click."""


def voice_packets(tone_hz: float, level_dbfs: float, speech: Path | None) -> tuple[bytes, ...]:
    """PCMU payloads of 20 ms, meant to be repeated for ever: a tone, and speech over it if given."""
    spoken = audio.read_wav(speech) if speech is not None else audio.silence(1.0)
    whole_s = -(
        -len(spoken) // audio.RATE_HZ
    )  # whole seconds, so that a tone of whole hertz repeats unbroken
    mixed = audio.mix(audio.tone(tone_hz, whole_s, level_dbfs), spoken)
    payload = audio.ulaw_encode(mixed)
    return tuple(payload[at : at + PACKET_SAMPLES] for at in range(0, len(payload), PACKET_SAMPLES))


class Ear:
    """Counts RTP packets and says whether a tone was heard in them."""

    def __init__(self, listen_hz: float) -> None:
        self._listen_hz = listen_hz
        self._window = bytearray()
        self._in_a_row = 0
        self.packets = 0
        self.heard = False

    def hear(self, datagram: bytes) -> None:
        packet = rtp.unpack(datagram)
        if packet is None or packet.payload_type != 0:
            return
        self.packets += 1
        if self.heard:
            return
        self._window += packet.rest
        if len(self._window) >= WINDOW_S * audio.RATE_HZ:
            present = audio.tone_present(audio.ulaw_decode(bytes(self._window)), self._listen_hz)
            self._in_a_row = self._in_a_row + 1 if present else 0
            self.heard = self._in_a_row >= WINDOWS_TO_HEAR
            self._window.clear()


class Voice:
    """One endless RTP stream; `packet()` gives the next of it."""

    def __init__(self, payloads: tuple[bytes, ...]) -> None:
        self._payloads = payloads
        self._sent = 0

    def packet(self) -> bytes:
        self._sent += 1
        return rtp.pack(
            Packet(
                payload_type=0,
                sequence=self._sent & 0xFFFF,
                timestamp=self._sent * PACKET_SAMPLES & 0xFFFFFFFF,
                ssrc=0,
                marker=self._sent == 1,
                rest=self._payloads[self._sent % len(self._payloads)],
            )
        )


class Pacer:
    """Sends the next packet of every speaking voice each 20 ms, without drift."""

    def __init__(self) -> None:
        self._speaking: dict[Voice, Callable[[bytes], None]] = {}
        self._task: asyncio.Task[None] | None = None

    def speak(self, voice: Voice, send: Callable[[bytes], None]) -> None:
        self._speaking[voice] = send
        if self._task is None:
            self._task = asyncio.create_task(self._run())

    def hush(self, voice: Voice) -> None:
        self._speaking.pop(voice, None)

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    async def _run(self) -> None:
        due = time.monotonic()
        while True:
            for voice, send in list(self._speaking.items()):
                send(voice.packet())
            due += PACKET_S
            behind_s = time.monotonic() - due
            if behind_s > 1.0:  # the machine stopped us; do not send a second's worth at once
                due += behind_s
            await asyncio.sleep(max(0.0, due - time.monotonic()))
