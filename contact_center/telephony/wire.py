"""What the core says to a conversation, and what a conversation reports back.

Protocol version 1. Both are closed unions of frozen dataclasses; `runtime.codec` turns them into JSON
for the AMP commands in `runtime.amp`. Nothing here knows about sockets, SIP or pjsua2.

A *leg* is one party's SIP dialog, named within its conversation: `caller`, then `agent-1`, `agent-2`, …
Every report carries a sequence number per conversation, given by the transport envelope; a report stays in
the conversation until the core has acknowledged it with a `Do`, so a restarted core misses none.
"""

import hmac
from dataclasses import dataclass, field
from typing import Literal

from contact_center.telephony.quality import Quality

PROTOCOL = 1

CONVERSATION_HEADER = "X-CC-Conversation"
LEG_HEADER = "X-CC-Leg"
"""Headers of an INVITE from a conversation to a device, so that the core can name the device's leg."""
TRUNK_HEADER = "X-CC-Trunk"
"""Which carrier a call came from, by its name; written by the edge alone."""
INSIDE_HEADER = "X-CC-Inside"
"""The pass in every INVITE between our own processes, see `inside`; nobody else is shown it."""


def is_pass(shown: str, ours: str) -> bool:
    """Whether a header shows the pass; takes as long for any that does not."""
    return hmac.compare_digest(shown.encode("utf-8", "surrogateescape"), ours.encode())


EndedBy = Literal["remote", "local", "failure"]


# -- core to conversation ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Ring:
    """Send 180 on an incoming leg."""

    leg: str
    type: Literal["ring"] = "ring"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Send 200 on an incoming leg."""

    leg: str
    type: Literal["answer"] = "answer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hangup:
    """End a leg in whatever state it is: reject, CANCEL or BYE.

    `code` is the SIP status used when the leg is an unanswered incoming one; `reason` becomes the text
    of the Reason header (RFC 3326). Ending a leg that is gone is not an error.
    """

    leg: str
    code: int = 603
    reason: str = ""
    type: Literal["hangup"] = "hangup"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dial:
    """INVITE `target` (a SIP URI) as a new leg; gives up after `timeout_s` with `Ended(code=408)`.

    With `srtp` the sound is encrypted (SDES, RFC 4568) or there is no call. A REFER from who
    `may_refer` is told (`Referred`) and awaits `TellReferrer`; from anybody else it is declined.
    """

    leg: str
    target: str
    from_number: str
    from_name: str = ""
    timeout_s: float = 30.0
    headers: dict[str, str] = field(default_factory=dict)
    srtp: bool = False
    may_refer: bool = False
    type: Literal["dial"] = "dial"


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    """Play 8 kHz mono WAV files, in order, into one leg's ear; replaces what that leg was hearing from files.

    `play` names it; `PlayEnded` reports it once when the last file is through (never when looping). `then` is
    looped from there on unasked: whoever is in a queue hears music even if the core is away.
    """

    leg: str
    play: str
    files: tuple[str, ...]
    loop: bool = False
    then: tuple[str, ...] = ()
    type: Literal["play"] = "play"

    def sounds_already(self, playing: "Play | None") -> bool:
        """Whether this is what goes round and round already."""
        return playing is not None and playing.loop and self.loop and playing.files == self.files


@dataclass(frozen=True, slots=True, kw_only=True)
class StopPlay:
    """Stop the files a leg hears. No `PlayEnded` follows."""

    leg: str
    type: Literal["stop_play"] = "stop_play"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mix:
    """For each leg the legs it hears. The whole matrix each time; a leg not named hears none."""

    hears: dict[str, tuple[str, ...]]
    type: Literal["mix"] = "mix"


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Write what is said to two sample-aligned 8 kHz mono WAV files: `left_leg`, and all others.

    `recording` names it, once: the same name again changes nothing. It replaces a recording that runs. What a
    leg hears from files is not on it. `RecordingEnded` is reported once for every name. With `silence_s`,
    `SilenceHeard` is reported whenever `left_leg` has made no sound for so long.
    """

    recording: str
    file_left: str
    file_right: str
    left_leg: str = "caller"
    silence_s: float = 0.0
    type: Literal["record"] = "record"


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseRecording:
    """Write silence instead of what is said, so that the length stays true."""

    recording: str
    type: Literal["pause_recording"] = "pause_recording"


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeRecording:
    """Write again what is said."""

    recording: str
    type: Literal["resume_recording"] = "resume_recording"


@dataclass(frozen=True, slots=True, kw_only=True)
class StopRecording:
    """Close the files. A recording that is over is no error."""

    recording: str
    type: Literal["stop_recording"] = "stop_recording"


@dataclass(frozen=True, slots=True, kw_only=True)
class SendDigits:
    """Send DTMF keys to one leg as RFC 4733 events. A leg that is not up gets none; that is no error."""

    leg: str
    digits: str
    type: Literal["send_digits"] = "send_digits"


@dataclass(frozen=True, slots=True, kw_only=True)
class TellReferrer:
    """How the REFER of a leg fares, as a SIP status: 180 while its target rings, 200 and above ends it.

    The leg may be gone: its phone subscribed to the news (RFC 3515 section 2.4). A hang-up of the leg that is
    ordered after the end of it waits until the phone was told.
    """

    leg: str
    code: int
    type: Literal["tell_referrer"] = "tell_referrer"


Taping = Record | PauseRecording | ResumeRecording | StopRecording
OfLeg = Ring | Answer | Hangup | Play | StopPlay | SendDigits
Op = Ring | Answer | Hangup | Dial | Play | StopPlay | Mix | SendDigits | TellReferrer | Taping


# -- conversation to core ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """An INVITE came in. Numbers are as dialled/sent (user part of the URI), not yet normalised."""

    at: float
    leg: str
    from_number: str
    from_name: str
    to_number: str
    sip_call_id: str
    headers: dict[str, str] = field(default_factory=dict)
    type: Literal["arrived"] = "arrived"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ringing:
    """A dialled leg answered 180 or 183; said again with `early` once it sends sound before the answer."""

    at: float
    leg: str
    early: bool = False
    type: Literal["ringing"] = "ringing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A leg is up and its media runs (both for `Answer` and for `Dial`)."""

    at: float
    leg: str
    type: Literal["answered"] = "answered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A leg is gone; the last thing said of it. `code` is the SIP status, 200 for a BYE.

    `quality` tells how a leg that was up long enough to be measured sounded.
    """

    at: float
    leg: str
    code: int
    reason: str
    by: EndedBy
    quality: Quality | None = None
    type: Literal["ended"] = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Digit:
    """One DTMF key (RFC 4733 or SIP INFO), `0`-`9 * # A`-`D`."""

    at: float
    leg: str
    digit: str
    type: Literal["digit"] = "digit"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayEnded:
    """The last file of a `Play` is through; `failed` names a file that could not be read."""

    at: float
    leg: str
    play: str
    failed: str = ""
    type: Literal["play_ended"] = "play_ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpRefused:
    """An op could not be carried out (leg unknown, library refused); the conversation goes on."""

    at: float
    op: str
    leg: str
    why: str
    type: Literal["op_refused"] = "op_refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingEnded:
    """A recording is over, before the last leg's `Ended`. `failed` says why it is not whole (disk full, ...).

    The files are complete a moment later: `seconds` is how long they should be.
    """

    at: float
    recording: str
    seconds: float
    failed: str = ""
    type: Literal["recording_ended"] = "recording_ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class SilenceHeard:
    """Who is recorded on the left has been silent for the `silence_s` of the recording, which goes on.

    `sounded_s` is where in it the last sound ended; 0: there was none.
    """

    at: float
    recording: str
    sounded_s: float
    type: Literal["silence_heard"] = "silence_heard"


@dataclass(frozen=True, slots=True, kw_only=True)
class Referred:
    """A leg asked by REFER (RFC 3515) to be replaced by `target`, the user part of Refer-To.

    With Replaces (RFC 3891) `replaces` names the leg to be taken over; empty: none of this
    conversation.
    """

    at: float
    leg: str
    target: str
    replaces: str | None = None
    type: Literal["referred"] = "referred"


OfTape = RecordingEnded | SilenceHeard
Report = Arrived | Ringing | Answered | Ended | Digit | PlayEnded | OpRefused | OfTape | Referred


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbered:
    """A report with its place in its conversation's sequence (1, 2, …)."""

    seq: int
    report: Report


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationImage:
    """What a conversation tells a core that (re)connects: the core's own last blob, and what came after it.

    `blob` is the text last handed over with a `Do` (empty when none ever was); `unacknowledged` are the
    reports the core behind that blob had not yet seen, oldest first.
    """

    conversation: str
    started_at: float
    legs_up: tuple[str, ...]
    blob: str
    unacknowledged: tuple[Numbered, ...]
