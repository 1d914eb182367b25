"""The library's own objects, on which it calls back: they only pass on to the endpoint. See `endpoint`."""

from typing import TYPE_CHECKING, Any

import pjsua2 as pj

from contact_center.telephony.media.invite import user_of
from contact_center.telephony.media.statistics import AUDIO, read_quality
from contact_center.telephony.quality import Quality

if TYPE_CHECKING:
    from contact_center.telephony.media.endpoint import Endpoint

DECLINE = 603


class Dialog(pj.Call):
    """One SIP dialog; all state that matters is the library's."""

    def __init__(
        self, endpoint: "Endpoint", account: "Account", name: str, call_id: int = pj.PJSUA_INVALID_ID
    ) -> None:
        super().__init__(account, call_id)
        self.endpoint: Endpoint | None = endpoint
        self.name = name
        self.told_up = False
        self.sounded: Quality | None = None

    def onStreamDestroyed(self, prm: Any) -> None:  # noqa: N802  # pjsua2's names, here and below
        if prm.streamIdx == AUDIO and self.told_up:  # the last moment at which its counters can be read
            self.sounded = read_quality(self) or self.sounded

    def onCallState(self, _prm: Any) -> None:  # noqa: N802
        if self.endpoint is not None:
            self.endpoint.call_changed(self)

    def onCallMediaState(self, _prm: Any) -> None:  # noqa: N802
        if self.endpoint is not None:
            self.endpoint.call_changed(self, media=True)

    def onDtmfDigit(self, prm: Any) -> None:  # noqa: N802
        if self.endpoint is not None:
            self.endpoint.owner.digit(self.name, prm.digit)

    def onCallTransferRequest(self, prm: Any) -> None:  # noqa: N802
        """REFER (RFC 3515): told to the owner, and declined, for accepted the library itself would dial."""
        prm.statusCode = DECLINE
        if self.endpoint is not None:
            self.endpoint.owner.referred(self.name, user_of(prm.dstUri))

    def onCallReplaceRequest(self, prm: Any) -> None:  # noqa: N802
        """INVITE with Replaces (RFC 3891): nobody takes a dialog over."""
        prm.statusCode = DECLINE


class Account(pj.Account):
    """Who the endpoint is."""

    def __init__(self, endpoint: "Endpoint") -> None:
        super().__init__()
        self.endpoint = endpoint

    def onRegState(self, prm: Any) -> None:  # noqa: N802
        self.endpoint.registration_changed(int(prm.code), int(prm.expiration))

    def onIncomingCall(self, prm: Any) -> None:  # noqa: N802
        self.endpoint.invite_came(prm.callId, prm.rdata.wholeMsg)
