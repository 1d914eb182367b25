"""The trials under way: one per user, forgotten when nobody has touched it for a while."""

from collections.abc import Callable
from dataclasses import dataclass

from contact_center.ivr.trial import Trial
from contact_center.runtime.errors import NotFound

IDLE_S = 900.0
MOST = 50


@dataclass(slots=True)
class _Kept:
    id: str
    trial: Trial
    touched_at: float


class Trials:
    """`clock` gives epoch seconds; a user who begins another trial gives the former up."""

    def __init__(self, clock: Callable[[], float], new_id: Callable[[], str]) -> None:
        self._clock, self._new_id = clock, new_id
        self._of_user: dict[str, _Kept] = {}

    def begin(self, user: str, trial: Trial) -> str:
        """The id of a new trial; the one that was touched longest ago makes room for it."""
        self._forget_idle()
        self._of_user.pop(user, None)
        if len(self._of_user) >= MOST:
            del self._of_user[min(self._of_user, key=lambda each: self._of_user[each].touched_at)]
        self._of_user[user] = _Kept(self._new_id(), trial, self._clock())
        return self._of_user[user].id

    def of(self, user: str, id_: str) -> Trial:
        """The user's own trial of this id; raises `NotFound` when it is over and gone."""
        self._forget_idle()
        kept = self._of_user.get(user)
        if kept is None or kept.id != id_:
            raise NotFound("This trial is over; begin another.")
        kept.touched_at = self._clock()
        return kept.trial

    def _forget_idle(self) -> None:
        now = self._clock()
        self._of_user = {user: k for user, k in self._of_user.items() if now - k.touched_at < IDLE_S}
