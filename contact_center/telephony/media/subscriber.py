"""Who an endpoint proves to be, for one that is a phone: registered, or only asked for its password in calls.

A conversation is neither; it is trusted by where it is.
"""

from typing import TYPE_CHECKING, Any

import pjsua2 as pj

from contact_center.telephony.media.dialogs import Account
from contact_center.telephony.media.library import EndpointError, account_config

if TYPE_CHECKING:
    from contact_center.telephony.media.endpoint import Endpoint

PLAIN_PASSWORD = 0


class Subscriber:
    """The registration and the password of one endpoint."""

    def __init__(self, endpoint: "Endpoint") -> None:
        self._endpoint = endpoint
        self._phone: Account | None = None
        self._proof: Any = None
        self.registered = False

    def register(self, registrar: str, user: str, password: str = "", *, md5_ha1: str = "") -> None:
        """Be a desk phone: REGISTER `user` at `registrar` (a SIP URI); calls for it come in as any others."""
        sip = self._endpoint.sip
        config = account_config(sip, sip.rpartition(":")[0])
        config.idUri = f"sip:{user}@{registrar.partition(':')[2].partition(';')[0]}"
        config.regConfig.registrarUri = registrar
        config.sipConfig.authCreds.append(_proof(user, password, md5_ha1))
        self._phone = Account(self._endpoint)
        self.registered = True
        try:
            self._phone.create(config)
        except pj.Error as error:
            raise EndpointError(error.info()) from error

    def sign_off(self) -> None:
        if self._phone is not None:
            self._phone.setRegistration(False)

    def changed(self, code: int, expires_s: int) -> None:
        """What the registrar answered."""
        self.registered = expires_s > 0
        if code >= 300:
            self._endpoint.owner.fault("", f"not registered: {code}")

    def log_in(self, user: str, password: str = "", *, md5_ha1: str = "") -> None:
        """From now on calls that are challenged (401, 407) answer with this, registered or not.

        With the password SHA-256 is answered where it is offered, with HA1 (RFC 7616) only MD5 can be.
        """
        self._proof = _proof(user, password, md5_ha1)
        for account in self._endpoint.accounts:
            account.lead()

    def proves_by(self, config: Any) -> None:
        """Put the password, if there is one, into an account's settings."""
        if self._proof is not None:
            config.sipConfig.authCreds.append(self._proof)


def _proof(user: str, password: str, md5_ha1: str) -> Any:
    """Good in every realm: a phone of ours speaks with one centre only."""
    if md5_ha1:
        return pj.AuthCredInfo("digest", "*", user, pj.PJSIP_CRED_DATA_DIGEST, md5_ha1)
    return pj.AuthCredInfo("digest", "*", user, PLAIN_PASSWORD, password)
