"""When a simulated person hangs up."""

from pathlib import Path

import numpy as np

from contact_center.demo.call_plan import CallPlan
from contact_center.demo.phone_call import PhoneCall
from contact_center.telephony.media import audio


def test_nobody_hangs_up_on_who_begins_to_speak(tmp_path: Path) -> None:
    """Patience is over, and the first quarter second of the tone is there; when it was nothing he goes."""
    heard = tmp_path / "heard.wav"
    plan = CallPlan(id="1", to="sip:8000@h", listen_hz=1777.0, patience_s=10.0, record=str(heard))
    call = PhoneCall(plan, 100.0, tmp_path)
    audio.write_wav(heard, audio.silence(0.25))
    assert not call.listen(109.0)
    assert (call.is_over(109.9), call.is_over(110.0)) == (False, True)
    tone = audio.tone(1777.0, 0.25)
    audio.write_wav(heard, np.concatenate([audio.silence(0.25), tone]))
    assert not call.listen(110.0)
    assert not call.is_over(110.0)
    audio.write_wav(heard, np.concatenate([audio.silence(0.25), tone, audio.silence(0.25)]))
    assert not call.listen(110.25)
    assert call.is_over(110.25)
