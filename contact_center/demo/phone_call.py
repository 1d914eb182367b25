"""One call of a simulated person: what it says, keys and hears, and when it is over."""

from pathlib import Path

import numpy as np

from contact_center.demo.call_plan import CallPlan, CallResult
from contact_center.telephony.media import audio

LISTEN_EVERY_S = 0.25
HEARD_WINDOWS = 2  # this many quarter seconds in a row make a tone heard, not a click


class PhoneCall:
    """One call of the phone: its plan, its clock and its ear."""

    def __init__(self, plan: CallPlan, now: float, folder: Path) -> None:
        self.plan, self.started = plan, now
        self.answered_at = self.heard_at = 0.0
        self.sip_call_id = self.digits_heard = ""
        self.hung_up = False
        self.keyed = 0
        self.recording = Path(plan.record) if plan.record else folder / f"heard-{id(self)}.wav"
        self._samples_read = self._windows_in_row = 0
        self._power = self.tone_s = 0.0
        self.speech = self._sound(folder)

    def _sound(self, folder: Path) -> Path | None:
        """The file this person speaks with: a WAV, a tone, or both mixed."""
        plan = self.plan
        if not plan.wav and not plan.tone_hz:
            return None
        file = folder / f"speech-{plan.tone_hz:g}-{Path(plan.wav).stem}.wav"  # one per content
        if not file.exists():
            speech = audio.read_wav(Path(plan.wav)) if plan.wav else audio.silence(1)
            seconds = len(speech) / audio.RATE_HZ
            pilot = audio.tone(plan.tone_hz, seconds, -14) if plan.tone_hz else audio.silence(seconds)
            audio.write_wav(file, audio.mix(speech, pilot))
        return file

    def listen(self, now: float) -> bool:
        """Take in what was recorded since; true when the tone has just been heard for the first time."""
        width = round(LISTEN_EVERY_S * audio.RATE_HZ)
        fresh = audio.growing_wav(self.recording, self._samples_read)
        for at in range(0, len(fresh) - width + 1, width):
            window = fresh[at : at + width]
            self._samples_read += width
            self._power += float(np.sum(window.astype(np.float64) ** 2))
            present = bool(self.plan.listen_hz) and bool(audio.tone_present(window, self.plan.listen_hz))
            self.tone_s += LISTEN_EVERY_S if present else 0.0
            self._windows_in_row = self._windows_in_row + 1 if present else 0
            if self._windows_in_row >= HEARD_WINDOWS and not self.heard_at:
                self.heard_at = now
                return True
        return False

    def is_over(self, now: float) -> bool:
        plan = self.plan
        talk_from = self.heard_at if plan.listen_hz else self.answered_at
        if talk_from:
            return now >= talk_from + plan.max_talk_s
        if self._windows_in_row:
            return False  # somebody begins to speak: nobody hangs up on that
        return now >= self.started + plan.patience_s

    def due_digits(self, now: float) -> str:
        due = ""
        while self.keyed < len(self.plan.digits):
            digit, at_s = self.plan.digits[self.keyed]
            if now < self.answered_at + at_s:
                break
            due, self.keyed = due + digit, self.keyed + 1
        return due

    def result(self, now: float, code: int, reason: str) -> CallResult:
        rms = (self._power / self._samples_read) ** 0.5 if self._samples_read else 0.0
        level = 20 * float(np.log10(rms * 2**0.5 / audio.FULL_SCALE)) if rms else audio.SILENCE_DBFS
        return CallResult(
            id=self.plan.id,
            sip_call_id=self.sip_call_id,
            from_number=self.plan.from_number,
            to=self.plan.to,
            answered=bool(self.answered_at),
            seconds=round(now - self.answered_at, 3) if self.answered_at else 0.0,
            cause=code,
            reason=reason,
            heard_tone=bool(self.heard_at),
            heard_after_s=round(self.heard_at - self.answered_at, 3) if self.heard_at else 0.0,
            tone_s=self.tone_s,
            rx_level_dbfs=round(level, 1),
            hung_up_by="self" if self.hung_up else "peer",
            digits_heard=self.digits_heard,
        )
