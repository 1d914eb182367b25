"""Reads trunks from TOML: every fault with the file and the key it is about.

trunks = load_trunks(Path("trunks.toml"))     # raises TrunkFileError
faults = check_file(path)                      # for `contact-center sip check`
"""

import ipaddress
import re
import tomllib
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from contact_center.telephony.sip.syntax import MalformedMessage, Uri
from contact_center.telephony.sip.trunks import (
    Credentials,
    Network,
    NumberFormat,
    Registration,
    Spelling,
    Trunk,
    Trunks,
)


class TrunkFileError(Exception):
    """The file cannot be used; one line per fault."""


def _sip_uri(text: str) -> str:
    try:
        uri = Uri.parse(text)
    except MalformedMessage as bad:
        raise ValueError(str(bad)) from bad
    if uri.scheme.lower() != "sip":
        raise ValueError("expected a sip: URI (for TLS: sip:host;transport=tls)")
    if (uri.param("transport") or "udp").lower() not in ("udp", "tcp", "tls"):
        raise ValueError("transport is one of udp, tcp, tls")
    return text


def _network(text: str) -> str:
    network = ipaddress.ip_network(text)
    if network.prefixlen == 0:
        raise ValueError("that is everybody; a carrier is a narrower range, or proves itself with `ask`")
    return text


def _number_start(text: str) -> str:
    if re.fullmatch(r"\+?[0-9]*", text) is None:
        raise ValueError("the start of a number: digits, with a + before a country code")
    return text


SipUri = Annotated[str, AfterValidator(_sip_uri)]
Range = Annotated[str, AfterValidator(_network)]
NumberStart = Annotated[str, AfterValidator(_number_start)]
Digits = Annotated[str, Field(pattern="^[0-9]*$", max_length=8)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Format(_Table):
    spelling: Spelling = "plus"
    country: Digits = ""
    trunk_prefix: Digits = "0"
    international_prefix: Digits = "00"
    prefix: Annotated[str, Field(pattern="^[0-9#*]*$", max_length=12)] = ""

    @model_validator(mode="after")
    def _has_country(self) -> "_Format":
        if self.spelling == "national" and not self.country:
            raise ValueError("national numbers need `country`, the calling code")
        return self


class _Credentials(_Table):
    user: Annotated[str, Field(min_length=1, pattern='^[^"\\\\\\r\\n]+$')]
    password: str = ""
    password_file: Path | None = None

    @model_validator(mode="after")
    def _one(self) -> "_Credentials":
        if bool(self.password) == (self.password_file is not None):
            raise ValueError("give `password_file` or `password`, one of them")
        return self


class _Registration(_Table):
    registrar: SipUri
    user: Annotated[str, Field(pattern="^[A-Za-z0-9+_.-]+$")]
    expires_s: Annotated[int, Field(ge=60, le=86400)] = 600


class _Trunk(_Table):
    name: Annotated[str, Field(pattern="^[a-z0-9][a-z0-9-]{0,40}$")]
    targets: tuple[SipUri, ...] = ()
    sources: tuple[Range, ...] = ()
    numbers: tuple[NumberStart, ...] = ()
    inbound: _Format = _Format()
    outbound: _Format = _Format()
    domain: Annotated[str, Field(pattern="^[A-Za-z0-9.-]*$")] = ""
    assert_identity: bool = True
    max_calls: Annotated[int, Field(ge=1, le=2000)] = 30
    max_calls_per_second: Annotated[float, Field(gt=0, le=200)] = 5.0
    log_in: _Credentials | None = None
    ask: _Credentials | None = None
    registration: _Registration | None = None
    srtp: bool = False
    keepalive_s: Annotated[float, Field(ge=0, le=3600)] = 30.0

    @model_validator(mode="after")
    def _makes_sense(self) -> "_Trunk":
        if self.numbers and not self.targets:
            raise ValueError("`numbers` go out over `targets`, and there are none")
        if not (self.targets or self.sources or self.ask):
            raise ValueError("a trunk needs `targets` (calls out), or `sources` or `ask` (calls in)")
        if self.registration is not None and self.log_in is None:
            raise ValueError("`registration` needs `log_in`")
        return self


class _File(_Table):
    trunk: tuple[_Trunk, ...]
    version: Literal[1] = 1


def load_trunks(path: Path) -> Trunks:
    """The trunks of a file; raises `TrunkFileError` with every fault found."""
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise TrunkFileError(f"{path}: cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise TrunkFileError(f"{path}: not TOML: {error}") from error
    try:
        read = _File.model_validate(raw)
    except ValidationError as error:
        raise TrunkFileError("\n".join(f"{path}: {line}" for line in _faults(error, raw))) from error
    faults: list[str] = list(_quarrels(read.trunk))
    trunks = []
    for trunk in read.trunk:
        try:
            trunks.append(_trunk(trunk, path.parent))
        except OSError as error:
            faults.append(f"trunk {trunk.name!r}: {error.filename}: {error.strerror}")
    if faults:
        raise TrunkFileError("\n".join(f"{path}: {fault}" for fault in faults))
    return Trunks(tuple(trunks))


def check_file(path: Path) -> tuple[str, ...]:
    """What is wrong with a file, one sentence each; empty when nothing is."""
    try:
        load_trunks(path)
    except TrunkFileError as error:
        return tuple(str(error).split("\n"))
    return ()


def _faults(error: ValidationError, raw: dict[str, Any]) -> Iterator[str]:
    for fault in error.errors():
        place = list(fault["loc"])
        label = ""
        if len(place) >= 2 and place[0] == "trunk" and isinstance(place[1], int):
            named = raw["trunk"][place[1]]
            label = named.get("name", f"number {place[1] + 1}") if isinstance(named, dict) else ""
            place = place[2:]
        where = f"trunk {label!r}: " if label else ""
        key = ".".join(map(str, place))
        yield f"{where}{f'{key}: ' if key else ''}{fault['msg'].removeprefix('Value error, ')}"


def _quarrels(trunks: tuple[_Trunk, ...]) -> Iterator[str]:
    """Two trunks that claim the same name, address range or user."""
    for one, other in combinations(trunks, 2):
        if one.name == other.name:
            yield f"trunk {one.name!r}: name: used twice"
        for both in set(one.sources) & set(other.sources):
            yield f"trunk {other.name!r}: sources: {both} belongs to trunk {one.name!r} already"
        for both in set(one.numbers) & set(other.numbers):
            if one.srtp != other.srtp:
                yield f"trunk {other.name!r}: srtp: differs from trunk {one.name!r}, which takes {both!r} too"
        if one.ask is not None and other.ask is not None and one.ask.user == other.ask.user:
            yield f"trunk {other.name!r}: ask.user: {one.ask.user!r} belongs to trunk {one.name!r} already"


def _trunk(read: _Trunk, folder: Path) -> Trunk:
    networks: tuple[Network, ...] = tuple(ipaddress.ip_network(text) for text in read.sources)
    registration = read.registration
    return Trunk(
        name=read.name,
        targets=tuple(Uri.parse(text) for text in read.targets),
        sources=networks,
        numbers=read.numbers,
        inbound=NumberFormat(**read.inbound.model_dump()),
        outbound=NumberFormat(**read.outbound.model_dump()),
        domain=read.domain,
        assert_identity=read.assert_identity,
        max_calls=read.max_calls,
        max_calls_per_second=read.max_calls_per_second,
        log_in=_credentials(read.log_in, folder),
        ask=_credentials(read.ask, folder),
        registration=None
        if registration is None
        else Registration(
            registrar=Uri.parse(registration.registrar),
            user=registration.user,
            expires_s=registration.expires_s,
        ),
        srtp=read.srtp,
        keepalive_s=read.keepalive_s,
    )


def _credentials(read: _Credentials | None, folder: Path) -> Credentials | None:
    if read is None:
        return None
    password = read.password
    if read.password_file is not None:
        password = (folder / read.password_file).read_text("utf-8").strip()
    return Credentials(user=read.user, password=password)
