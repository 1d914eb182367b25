"""What a simulated caller is told to do, and how it went."""

from dataclasses import dataclass, field

from contact_center.runtime.codec import Codec


@dataclass(frozen=True, slots=True, kw_only=True)
class CallPlan:
    """What one simulated person does. Times in seconds; digit times count from the answer.

    `max_talk_s` counts from hearing `listen_hz` (from the answer when it is 0); `patience_s` is how long the
    person waits for that since dialling. With `srtp` the sound is encrypted, or there is no call.
    """

    id: str = "call"
    to: str = ""
    from_number: str = "anonymous"
    from_name: str = ""
    digits: tuple[tuple[str, float], ...] = ()
    tone_hz: float = 0.0
    wav: str = ""
    listen_hz: float = 0.0
    max_talk_s: float = 10.0
    patience_s: float = 60.0
    answer_after_s: float = 0.0
    record: str = ""
    srtp: bool = False
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallResult:
    """How it went. `seconds` from answer to end; `cause` is the SIP status (200: a BYE)."""

    id: str
    sip_call_id: str
    from_number: str
    to: str
    answered: bool
    seconds: float
    cause: int
    reason: str
    heard_tone: bool
    heard_after_s: float
    tone_s: float
    rx_level_dbfs: float
    hung_up_by: str
    digits_heard: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LogIn:
    """Who the phone proves to be in calls; see `Subscriber.log_in`."""

    user: str
    password: str = ""
    md5_ha1: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conduct:
    """One line of stdin."""

    dial: CallPlan | None = None
    hangup: dict[str, str] | None = None
    answer: dict[str, str] | None = None
    refuse: dict[str, str] | None = None
    progress: dict[str, str] | None = None
    refer: dict[str, str] | None = None
    keys: dict[str, str] | None = None
    info: dict[str, str] | None = None
    hush: dict[str, str] | None = None
    log_in: LogIn | None = None
    stop: dict[str, str] | None = None


RESULT: Codec[CallResult] = Codec(CallResult)
PLAN: Codec[CallPlan] = Codec(CallPlan)
CONDUCT: Codec[Conduct] = Codec(Conduct)
