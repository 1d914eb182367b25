"""How much an agent may have in hand at once, by channel, and which channel may come beside which."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal, get_args

Channel = Literal["voice", "chat", "mail"]
CHANNELS: Final[tuple[Channel, ...]] = get_args(Channel)
Beside = frozenset[tuple[Channel, Channel]]

USUAL_BESIDE: Final[Beside] = frozenset({("voice", "mail"), ("chat", "mail")})
"""A call or a chat may interrupt a mail; nothing comes beside a call, and no mail beside a chat."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity:
    """At most so many contacts of a channel; 0: none of it.

    `beside` has (given, in hand): a contact of the first channel may be given to an agent who has some of the
    second in hand (interrupting it, if it cannot be done at the same time). One channel beside itself is a
    matter of its number.
    """

    voice: int = 1
    chat: int = 0
    mail: int = 0
    beside: Beside = USUAL_BESIDE

    def most(self, channel: Channel) -> int:
        match channel:
            case "voice":
                return self.voice
            case "chat":
                return self.chat
            case "mail":
                return self.mail

    def open_beside(self, in_hand: Iterable[Channel]) -> frozenset[Channel]:
        """The channels of which he may be given another contact, with these in hand."""
        return _open(self, tuple(sorted(in_hand)))


VOICE_ONLY: Final = Capacity()
VOICE: Final[frozenset[Channel]] = frozenset(("voice",))


@lru_cache(maxsize=4096)
def _open(capacity: Capacity, in_hand: tuple[Channel, ...]) -> frozenset[Channel]:
    have = Counter(in_hand)
    return frozenset(
        channel
        for channel in CHANNELS
        if have[channel] < capacity.most(channel)
        and all(other == channel or (channel, other) in capacity.beside for other in have)
    )
