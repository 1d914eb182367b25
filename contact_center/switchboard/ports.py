"""What the switchboard needs of the world, as narrow as it uses it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Literal, Protocol

from contact_center.cti.journal import Turn
from contact_center.customers.pop import Pop
from contact_center.ivr.calendar import Calendar
from contact_center.ivr.events import Prompt
from contact_center.ivr.expressions import Value
from contact_center.ivr.flow import Flow
from contact_center.runtime.requirements import Need

FactOutcome = Literal["found", "not_found", "failed"]


class Media(Protocol):
    """The conversations, wherever they run."""

    def send(self, turn: Turn) -> None:
        """Hand a turn to its conversation; kept and repeated until the conversation has it."""
        ...

    async def claim(self) -> str:
        """A conversation for a call of our own; raises `Conflict` when none is free."""
        ...


class Trunks(Protocol):
    """The way to outside numbers."""

    def target(self, number: str) -> str | None:
        """The SIP URI that reaches the number, None when nothing does."""
        ...

    def allows(self, number: str) -> bool:
        """Whether the rules for calls out let anybody who is not an agent have this number called."""
        ...

    def srtp(self, number: str) -> bool:
        """Whether the sound of a call to it must be encrypted."""
        ...


class Devices(Protocol):
    """The agents' phones."""

    def target(self, agent: str) -> str | None:
        """The SIP URI to ring, None when the agent has no device."""
        ...

    async def attach(self, agent: str, sdp: str) -> str: ...

    async def detach(self, agent: str) -> None: ...

    async def accept(self, agent: str, conversation: str, leg: str) -> None: ...


class Flows(Protocol):
    """The flow versions in force, and the files of their prompts."""

    def for_number(self, number: str) -> Flow | None: ...

    def version(self, name: str, version: str) -> Flow | None: ...

    def files(self, prompts: Sequence[Prompt]) -> tuple[str, ...]: ...

    def hold_music(self) -> tuple[str, ...]: ...

    def ringing(self) -> tuple[str, ...]:
        """What somebody hears while a phone rings for him."""
        ...

    def all(self) -> tuple[Flow, ...]:
        """Every flow as new callers enter it."""
        ...

    def named(self, name: str) -> Flow | None:
        """The flow of this name as new callers enter it."""
        ...

    def calendar(self, name: str) -> Calendar | None:
        """The calendar of this name in `calendars.yaml`."""
        ...

    def calendar_names(self) -> tuple[str, ...]:
        """Their names."""
        ...

    def needs(self, queue: str, language: str) -> Need:
        """What a contact needs in a queue, as the flows that enter it say."""
        ...


class Records(Protocol):
    """Customer look-ups (`customers.service.Customers`)."""

    def e164(self, raw_number: str) -> str | None: ...

    def callable_back(self, raw_number: str) -> str | None:
        """The number as it is called, None for one that a caller must not have called back."""
        ...

    async def pop(self, raw_number: str) -> Pop: ...

    async def chosen(self, pop: Pop, customer: str) -> Pop: ...


class Facts(Protocol):
    """Answers to what flows ask over HTTP (`switchboard.facts`)."""

    async def ask(
        self, url: str, *, post: bool, send: Mapping[str, str], timeout_s: float
    ) -> tuple[FactOutcome, dict[str, Value]]:
        """The plain values of a JSON object; never raises, never takes longer than `timeout_s`."""
        ...


class Timers(Protocol):
    """One pending call-back per key; setting it again replaces it."""

    def set(self, key: tuple[str, str], at: float | None, act: Callable[[], None]) -> None: ...


Task = Callable[[], Awaitable[Any]]
"""Work that starts after a stroke is on disk."""
