"""Reads what a conversation needs from an INVITE's text, or from a Refer-To (RFC 3261 section 7.3). Pure."""

from dataclasses import dataclass
from urllib.parse import unquote


@dataclass(frozen=True, slots=True, kw_only=True)
class Invite:
    """An INVITE that came in: user parts as sent, headers by name (the last one wins).

    The caller is whom the edge asserts (RFC 3325: nobody else's assertion gets here), else who From says.
    """

    from_number: str
    from_name: str
    to_number: str
    sip_call_id: str
    headers: dict[str, str]

    def header(self, name: str) -> str:
        """Its value whatever the case of its name; empty when it is not there."""
        return next((value for key, value in self.headers.items() if key.lower() == name.lower()), "")

    def headers_without(self, name: str) -> dict[str, str]:
        return {key: value for key, value in self.headers.items() if key.lower() != name.lower()}


def read_invite(message: str) -> Invite:
    lines = message.split("\r\n\r\n", 1)[0].split("\r\n")
    headers: dict[str, str] = {}
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        if colon:
            headers[name.strip()] = value.strip()
    by_name = {name.lower(): value for name, value in headers.items()}
    sender = by_name.get("p-asserted-identity") or by_name.get("from", by_name.get("f", ""))
    return Invite(
        from_number=user_of(sender),
        from_name=sender.split("<", 1)[0].strip().strip('"').replace('\\"', '"') if "<" in sender else "",
        to_number=user_of(lines[0].split(" ")[1]),
        sip_call_id=by_name.get("call-id", by_name.get("i", "")),
        headers=headers,
    )


def takes_sdp(invite: Invite) -> bool:
    """Whether its Accept lets us answer with a session description (RFC 3261 section 20.1)."""
    accept = invite.header("Accept").split(",")
    ranges = {each.partition(";")[0].strip().lower() for each in accept if each.strip()}
    return not ranges or bool(ranges & {"application/sdp", "application/*", "*/*"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Refer:
    """Whom a Refer-To (RFC 3515) names, its user part; `replaces`: the Call-ID it would take over."""

    target: str
    replaces: str | None = None


def read_refer(address: str) -> Refer:
    """`<sip:ben@host?Replaces=abc%40h%3Bto-tag%3D1>` -> ben, abc@h (RFC 3261 section 19.1.1, RFC 3891)."""
    headers = address.split("<", 1)[-1].split(">", 1)[0].partition("?")[2]
    values = [
        value
        for name, _, value in (part.partition("=") for part in headers.split("&"))
        if name.lower() == "replaces"
    ]
    target = user_of(address.split("?", 1)[0])
    return Refer(target=target, replaces=unquote(values[0]).split(";", 1)[0].strip() if values else None)


def user_of(address: str) -> str:
    """`"Ann" <sip:+1202;x=1@host>` -> `+1202`; a tel URI gives its number (RFC 3966)."""
    uri = address.split("<", 1)[-1].split(">", 1)[0]
    scheme, _, rest = uri.partition(":")
    user = rest if scheme.lower() == "tel" else rest.partition("@")[0] if "@" in rest else ""
    return user.split(";", 1)[0].split(":", 1)[0]
