"""Nodes that do an errand: hours, look-ups, other flows, transfers, recordings, surveys, events."""

from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Literal

from contact_center.ivr.expressions import Expression
from contact_center.ivr.parts import Doc, Says, Target

Measure = Literal["csat", "nps", "ces"]
SCALES: dict[Measure, tuple[int, int]] = {"csat": (1, 5), "nps": (0, 10), "ces": (1, 7)}
"""The least and the highest score of each measure."""

RecordAct = Literal["start", "stop", "pause", "resume"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """Ask a calendar of `calendars.yaml` whether it is open now, in its own time zone."""

    kind: ClassVar[str] = "hours"
    calendar: Annotated[str, Doc("its name")]
    open: Annotated[Target, Doc("within the hours of today")]
    closed: Annotated[Target, Doc("outside of them")]
    holiday: Annotated[Target | None, Doc("today is a holiday; else `closed`")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """Find facts: the customer by `number`, a row of a `table` by `key`, or an answer over HTTP from `url`.

    A customer fills `customer_known` and the other `customer_…` variables; the others fill `into`.
    """

    kind: ClassVar[str] = "lookup"
    found: Annotated[Target, Doc("one customer, the row, or an answer 2xx")]
    not_found: Annotated[Target, Doc("nobody, no row, or an answer 404")]
    several: Annotated[Target | None, Doc("more than one customer has the number; `number` needs it")] = None
    failed: Annotated[Target | None, Doc("no answer in time or a wrong one; `number` and `url` need it")] = (
        None
    )
    number: Annotated[Expression | None, Doc("a phone number, usually `caller_number`")] = None
    table: Annotated[str | None, Doc("name of the CSV file in `tables/` beside the flow")] = None
    key: Annotated[Expression | None, Doc("what to look for in the table's first column")] = None
    url: Annotated[str | None, Doc("where to ask; the answer is a JSON object")] = None
    post: Annotated[bool, Doc("send as the body of a POST (secret values: always) instead of a GET")] = False
    send: Annotated[dict[str, Expression], Doc("what is sent to `url`")] = field(default_factory=dict)
    into: Annotated[dict[str, str], Doc("variable: column of the row, or key of the answer")] = field(
        default_factory=dict
    )
    timeout_s: Annotated[float, Doc("how long to wait for the answer", 0.1, 30)] = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """Send the caller to an agent, a queue, a flow or an outside number; a flow does not come back."""

    kind: ClassVar[str] = "transfer"
    agent: Annotated[Expression | None, Doc("an agent's id")] = None
    queue: Annotated[str | None, Doc("a queue, with the skills its flows ask for")] = None
    flow: Annotated[str | None, Doc("a flow, in the version in force then")] = None
    number: Annotated[Expression | None, Doc("an outside number")] = None
    music: Annotated[str, Doc("key of the music until somebody answers")] = "hold"
    ring_s: Annotated[float, Doc("how long an outside number rings", 5, 120)] = 30.0
    failed: Annotated[Target | None, Doc("nobody took the caller; else hang up")] = None
    after: Annotated[Target | None, Doc("whoever took the caller has left; else hang up")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Voicemail:
    """Record what the caller says after the beep; a supervisor can play it."""

    kind: ClassVar[str] = "voicemail"
    say: Annotated[Says, Doc("said before the beep")]
    queue: Annotated[str, Doc("whose message it is, and whose keeping time applies")]
    next: Annotated[Target, Doc("a message is there")]
    nothing: Annotated[Target, Doc("it was shorter than `least_s`")]
    failed: Annotated[Target, Doc("it could not be recorded")]
    terminator: Annotated[str, Doc("the key that ends it")] = "#"
    silence_s: Annotated[float, Doc("so long a silence ends it; 0: none does", 0, 60)] = 5.0
    least_s: Annotated[float, Doc("a shorter one does not count", 0, 30)] = 2.0
    most_s: Annotated[float, Doc("then it ends by itself", 5, 600)] = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Start or stop recording the caller, or pause and resume the recording that runs."""

    kind: ClassVar[str] = "record"
    act: Annotated[RecordAct, Doc("`start`, `stop`, `pause` or `resume`")]
    next: Annotated[Target, Doc("always")]
    queue: Annotated[str, Doc("whose keeping time applies to one that is started")] = ""
    silence_s: Annotated[float, Doc("so long a silence stops one that is started; 0: none does", 0, 60)] = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """Ask for a score: satisfaction (csat 1-5), recommendation (nps 0-10), effort (ces 1-7)."""

    kind: ClassVar[str] = "survey"
    measure: Annotated[Measure, Doc("`csat`, `nps` or `ces`")]
    say: Annotated[Says, Doc("the question with its scale")]
    next: Annotated[Target, Doc("a score was given")]
    no_input: Annotated[Target, Doc("nothing was pressed on any try")]
    no_match: Annotated[Target, Doc("the last try was no score of the scale")]
    no_input_say: Annotated[Says, Doc("said before asking again after silence")] = ()
    no_match_say: Annotated[Says, Doc("said before asking again after a wrong key")] = ()
    into: Annotated[str | None, Doc("the number variable that gets the score")] = None
    tries: Annotated[int, Doc("how often it is asked", 1, 9)] = 2
    timeout_s: Annotated[float, Doc("silence allowed after the question", 0.5, 60)] = 6.0
    between_digits_s: Annotated[float, Doc("a 1 alone is a 1 after this (nps)", 0.5, 10)] = 1.5
    barge_in: Annotated[bool, Doc("a key counts while the question is still being said")] = True
    repeat_key: Annotated[str | None, Doc("says the question again; empty: no key does")] = "*"
    help_say: Annotated[Says, Doc("said before asking again when `help_key` is pressed")] = ()
    help_key: Annotated[str | None, Doc("asks for help; no try is lost; empty: no key does")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Tell the world: a named event with values goes into the log and to whoever follows it."""

    kind: ClassVar[str] = "event"
    name: Annotated[str, Doc("small letters, digits, dots and _")]
    next: Annotated[Target, Doc("always")]
    values: Annotated[dict[str, Expression], Doc("name: expression; never a secret variable")] = field(
        default_factory=dict
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """Go through another flow and come back; its prompts and nodes are its own."""

    kind: ClassVar[str] = "call"
    flow: Annotated[str, Doc("the flow's name; it lies beside this one")]
    next: Annotated[Target, Doc("it came back with an outcome that `outcomes` does not name")]
    outcomes: Annotated[dict[str, Target], Doc("outcome of its `return`: where it leads")] = field(
        default_factory=dict
    )
    give: Annotated[dict[str, Expression], Doc("variable there: expression here, before")] = field(
        default_factory=dict
    )
    take: Annotated[dict[str, str], Doc("variable here: variable there, afterwards")] = field(
        default_factory=dict
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """Offer to be called back without losing the place in line, at this number or another one.

    A caller who has just left this queue keeps the place he had. Numbers must be ones calls may go out to.
    """

    kind: ClassVar[str] = "callback"
    queue: Annotated[str, Doc("whose agents call back")]
    say: Annotated[Says, Doc("the offer, with its keys")]
    accepted: Annotated[Target, Doc("he will be called back")]
    declined: Annotated[Target, Doc("he would rather not, or pressed nothing")]
    unavailable: Annotated[Target, Doc("closed, too many wait already, or his number may not be called")]
    invalid: Annotated[Target, Doc("the last number keyed may not be called")]
    wait_say: Annotated[Says, Doc("said first when the wait is known; uses `callback_wait_min`")] = ()
    promise_say: Annotated[
        Says, Doc("said first instead when he is promised a call; uses `callback_promise_min`")
    ] = ()
    next_day_say: Annotated[
        Says, Doc("said first instead when he is promised a call by the end of the next business day")
    ] = ()
    ask_number: Annotated[Says, Doc("asks for another number; empty: only his own is called")] = ()
    confirm: Annotated[Says, Doc("says `callback_number` back, with the keys; empty: as keyed")] = ()
    no_input_say: Annotated[Says, Doc("said before asking again after silence")] = ()
    no_match_say: Annotated[Says, Doc("said before asking again after a wrong key")] = ()
    invalid_say: Annotated[Says, Doc("said before asking for the number again")] = ()
    skills: Annotated[dict[str, int], Doc("skill: least level (1-5) the agent must have", 1, 5)] = field(
        default_factory=dict
    )
    skills_by_language: Annotated[
        dict[str, dict[str, int]], Doc("language: skills needed as well when the caller chose it", 1, 5)
    ] = field(default_factory=dict)
    priority: Annotated[int, Doc("higher is served first", -100, 100)] = 0
    accept_key: Annotated[str, Doc("call this number back")] = "1"
    other_key: Annotated[str, Doc("another number; needs `ask_number`")] = "2"
    decline_key: Annotated[str, Doc("no callback")] = "3"
    tries: Annotated[int, Doc("how often each question is put", 1, 9)] = 2
    timeout_s: Annotated[float, Doc("silence allowed after a question", 0.5, 60)] = 6.0
    between_digits_s: Annotated[float, Doc("silence that ends the number", 0.5, 60)] = 4.0
    terminator: Annotated[str, Doc("the key that ends the number")] = "#"
    repeat_key: Annotated[str | None, Doc("says the question again; empty: no key does")] = "*"
    barge_in: Annotated[bool, Doc("a key counts while the question is still being said")] = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Return:
    """End a called flow; where nobody called, hang up."""

    kind: ClassVar[str] = "return"
    outcome: Annotated[str, Doc("what the caller of the flow goes by")] = "done"
