"""REFERs the library follows: it can accept one only by calling, itself, whom the message names.

What becomes of that call it tells the phone in NOTIFYs (RFC 3515 section 2.4.4). The call is led, by a route,
to whoever answers for the owner (`referrals`), and to nobody else.
"""

from typing import TYPE_CHECKING, Any

import pjsua2 as pj

from contact_center.telephony.media.dialogs import Account, Dialog, Referral
from contact_center.telephony.media.invite import read_refer

if TYPE_CHECKING:
    from contact_center.telephony.media.endpoint import Endpoint

ACCEPTED = 202
REFUSE_BUSY, PENDING = 486, 491
"""RFC 3261 section 21.4: no line for the library's call; one REFER of a dialog is followed at a time."""


class Following:
    """The library's own calls of one endpoint, by the name of the call that sent REFER."""

    def __init__(self, endpoint: "Endpoint") -> None:
        self._endpoint = endpoint
        self._referrals: dict[str, Referral] = {}
        self._led: set[Account] = set()
        self._last_word_due: set[str] = set()
        self._parting: dict[str, tuple[int, str]] = {}
        self._dead: list[Referral] = []

    @property
    def lines(self) -> int:
        """How many calls of the library these take."""
        return len(self._referrals)

    def refer_came(self, call: Dialog, prm: Any) -> None:
        """Answer a REFER; an exception must not leave a callback."""
        refer, endpoint = read_refer(prm.dstUri), self._endpoint
        if call.name in self._referrals or endpoint.lines_free <= 0:
            prm.statusCode = PENDING if call.name in self._referrals else REFUSE_BUSY
            return
        try:
            replaces = None if refer.replaces is None else endpoint.named(refer.replaces)
            route = endpoint.owner.referred(call.name, refer.target, replaces)
            if not route:
                return
            call.account.lead(route)
            self._led.add(call.account)
            self._referrals[call.name] = prm.newCall = Referral(endpoint, call)
            prm.statusCode = ACCEPTED
        except pj.Error as error:
            endpoint.owner.fault(call.name, error.info())

    def library_called(self) -> None:
        """After each round of events: the library has made its call, or could not and has said so."""
        self._dead.clear()
        while self._led:
            self._led.pop().lead()
            for referral in list(self._referrals.values()):
                if referral.getId() == pj.PJSUA_INVALID_ID:
                    self.over(referral)

    def last_word_due(self, name: str) -> None:
        """The end of a call's REFER is on its way: a hang-up waits until the phone was told."""
        if name in self._referrals:
            self._last_word_due.add(name)

    def holds_back(self, name: str, code: int, reason: str) -> bool:
        """Whether a hang-up waits for the last word; it follows on it."""
        if name in self._last_word_due:
            self._parting[name] = (code, reason)
        return name in self._last_word_due

    def over(self, referral: Referral) -> None:
        if self._referrals.pop(referral.name, None) is not None:
            self._dead.append(referral)
        self._last_word_due.discard(referral.name)
        if referral.name in self._parting:
            code, reason = self._parting.pop(referral.name)
            self._endpoint.hangup(referral.name, code=code, reason=reason)
