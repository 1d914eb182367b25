"""Settings: one TOML file and `CC_` environment variables (which win), typed, refused at start if wrong.

The file is `contact-center.toml` in the working directory, or the one named by `CC_CONFIG`. Every duration
carries its unit in its name.
"""

import ipaddress
import os
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)


class SettingsError(Exception):
    """A setting is wrong; the message names each with the reason."""


def _bind(value: str) -> str:
    host, colon, port = value.rpartition(":")
    if not colon or not port.isdigit() or not 0 <= int(port) <= 65535:
        raise ValueError("expected HOST:PORT with a port of 0-65535")
    ipaddress.ip_address(host.strip("[]"))
    return value


def _listeners(value: str) -> str:
    split_listeners(value)
    return value


def _zone(value: str) -> str:
    if value:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"{value!r} is no time zone this machine knows") from error
    return value


Bind = Annotated[str, AfterValidator(_bind)]


class Settings(BaseSettings):
    """All of the installation's settings; see `docs/reference/settings.md`, generated from here."""

    model_config = SettingsConfigDict(env_prefix="CC_", extra="forbid", frozen=True)

    sip_bind: Bind = Field("127.0.0.1:5060", description="Where the SIP edge listens (UDP).")
    sip_also: Annotated[str, AfterValidator(_listeners)] = Field(
        "", description="More SIP listeners, separated by spaces: udp:, tcp: or tls: and HOST:PORT."
    )
    sip_tls_certificate: Path | None = Field(
        None, description="PEM file with certificate (chain) and key of the TLS listeners."
    )
    sip_tls_ca: Path | None = Field(
        None, description="PEM file of authorities for carriers' certificates; empty: the system's."
    )
    sip_realm: str = Field(
        "contact-center",
        pattern="^[A-Za-z0-9.-]+$",
        description="Realm of SIP passwords; changing it voids them.",
    )
    trunks_file: Path | None = Field(
        None,
        description="Carriers, see sip_configs/; empty: open demo mode, anyone may call in, no calls out.",
    )
    sip_ban_s: float = Field(
        300.0,
        ge=1,
        le=86_400,
        description="First ban of a source that attacks; each further one is twice as long.",
    )
    http_bind: Bind = Field("127.0.0.1:8080", description="Where the console, API and /metrics are served.")
    media_host: str = Field(
        "127.0.0.1", description="Address conversations and the WebRTC relay bind for SIP and RTP."
    )
    database_url: str = Field(
        "", description="SQLAlchemy URL (sqlite+aiosqlite or postgresql+asyncpg); empty: SQLite in data_dir."
    )
    redis_url: str = Field(
        "", description="redis:// URL of the event stream and core lease; empty: in process."
    )
    data_dir: Path = Field(Path("var"), description="Database, event journal, prompts and sockets live here.")
    flows_dir: Path | None = Field(None, description="IVR flows; empty: those shipped with the package.")
    idle_conversations: int = Field(4, ge=1, le=64, description="Conversation processes kept ready.")
    max_conversations: int = Field(60, ge=1, le=2000, description="Live conversations at most; beyond: 503.")
    offer_timeout_s: float = Field(15.0, gt=0, le=120, description="How long an agent's device rings (RONA).")
    outside_ring_s: float = Field(
        30.0, gt=0, le=180, description="How long a transfer rings an outside number."
    )
    default_region: str = Field(
        "US", min_length=2, max_length=2, description="Country of numbers dialled without a country code."
    )
    night_hour: int = Field(3, ge=0, le=23, description="At what hour the base is reckoned anew, every day.")
    time_zone: Annotated[str, AfterValidator(_zone)] = Field(
        "", description="IANA name of the time zone `night_hour` is told in; empty: the machine's."
    )
    session_hours: float = Field(12.0, gt=0, le=168, description="How long a console log-in lasts.")
    secure_cookies: bool = Field(False, description="Set when the console is served over HTTPS.")
    log_level: str = Field("INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="Least level logged.")

    @property
    def effective_database_url(self) -> str:
        return self.database_url or f"sqlite+aiosqlite:///{(self.data_dir / 'contact-center.db').resolve()}"

    @property
    def run_dir(self) -> Path:
        """Unix sockets of the roles (their paths must stay under 108 bytes)."""
        return self.data_dir.resolve() / "run"

    @property
    def devices_file(self) -> Path:
        return self.data_dir.resolve() / "phones" / "devices.json"

    @property
    def registrations_file(self) -> Path:
        return self.data_dir.resolve() / "phones" / "registrations.json"

    @property
    def core_socket(self) -> Path:
        return self.run_dir / "core.sock"

    @property
    def media_socket(self) -> Path:
        return self.run_dir / "media.sock"

    @property
    def journal_dir(self) -> Path:
        return self.data_dir.resolve() / "events"

    @property
    def simulations_dir(self) -> Path:
        return self.data_dir.resolve() / "simulations"

    @property
    def recordings_dir(self) -> Path:
        return self.data_dir.resolve() / "recordings"

    @property
    def prompts_dir(self) -> Path:
        return self.data_dir.resolve() / "prompts"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        file = Path(os.environ.get("CC_CONFIG", "contact-center.toml"))
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, file)


def split_listeners(text: str) -> tuple[tuple[str, str, int], ...]:
    """`"tcp:0.0.0.0:5060 udp:[::1]:5060"` -> (transport, host, port) each; raises `ValueError`."""
    found = []
    for word in text.split():
        transport, colon, bind = word.partition(":")
        if transport not in ("udp", "tcp", "tls") or not colon:
            raise ValueError(f"{word}: expected udp:, tcp: or tls: and HOST:PORT")
        found.append((transport, *split_bind(_bind(bind))))
    return tuple(found)


def split_bind(bind: str) -> tuple[str, int]:
    """`"127.0.0.1:5060"` -> `("127.0.0.1", 5060)`; IPv6 hosts come in brackets."""
    host, _, port = bind.rpartition(":")
    return host.strip("[]"), int(port)


def load_settings(**overrides: object) -> Settings:
    """Read file and environment; raises `SettingsError` naming every wrong setting and why."""
    known = {f"CC_{name.upper()}" for name in Settings.model_fields} | {"CC_CONFIG"}
    unknown = sorted(name for name in os.environ if name.startswith("CC_") and name not in known)
    if unknown:
        raise SettingsError(f"unknown environment settings: {', '.join(unknown)}")
    try:
        return Settings(**overrides)  # type: ignore[arg-type]  # values are validated by the model
    except ValidationError as error:
        faults = (f"CC_{'_'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in error.errors())
        raise SettingsError("; ".join(faults)) from error
