"""The `contact-center` command."""

import asyncio
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from contact_center import __version__, cli_customers, cli_explain, cli_log, cli_preview
from contact_center.cli_flows import flows
from contact_center.config import Settings
from contact_center.terminal import fail, out, settings_or_fail

if TYPE_CHECKING:
    from contact_center.runtime.people import User

LEAST_PASSWORD = 8

app = typer.Typer(
    name="contact-center",
    help="A contact centre: SIP and WebRTC telephony, IVR, routing, screen-pop, history, wallboard.\n\n"
    "Settings come from contact-center.toml (or the file CC_CONFIG names) and CC_ environment variables.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
database = typer.Typer(help="The database.", no_args_is_help=True)
company = typer.Typer(help="The company: agents, queues, codes, users.", no_args_is_help=True)
users = typer.Typer(help="Console users.", no_args_is_help=True)
app.add_typer(database, name="db")
app.add_typer(company, name="company")
app.add_typer(users, name="user")
app.add_typer(flows, name="flow")
sip = typer.Typer(help="Carriers.", no_args_is_help=True)
devices = typer.Typer(help="Desk phones.", no_args_is_help=True)
app.add_typer(sip, name="sip")
app.add_typer(devices, name="device")
app.add_typer(cli_log.app, name="log")
app.command("explain")(cli_explain.explain)
app.add_typer(cli_customers.app, name="customer")
cli_customers.loyalty.command("preview")(cli_preview.preview)
app.add_typer(cli_customers.loyalty, name="loyalty")


class Role(StrEnum):
    """What can run alone."""

    CORE = "core"
    MEDIA = "media"
    WEBRTC = "webrtc"
    EDGE = "edge"


class RoutingPolicy(StrEnum):
    """Routing policies, from the simplest to the recommended two."""

    FCFS = "fcfs"
    TIERS = "tiers"
    STRICT = "strict"
    SKILL = "skill"
    FAIR = "fair"
    TARGET = "target"


class UserRole(StrEnum):
    """What a console user may do."""

    AGENT = "agent"
    SUPERVISOR = "supervisor"
    ADMINISTRATOR = "administrator"
    INTEGRATOR = "integrator"


class UserLanguage(StrEnum):
    """Languages of the console."""

    EN = "en"
    ZH = "zh"


@app.command()
def version() -> None:
    """Print the version."""
    out.print(__version__, highlight=False)


@app.command()
def run(
    role: Annotated[Role | None, typer.Argument(help="One role alone; without it, all of them.")] = None,
) -> None:
    """Run the contact centre: every role, each in its own process and started again if it dies."""
    settings = settings_or_fail()
    if role is None:
        from contact_center.runtime import logs  # Twisted is heavy; only what runs needs it
        from contact_center.runtime.supervisor import Supervisor

        logs.begin("run", settings.log_level)
        sys.exit(Supervisor().run())
    sys.exit(_run_role(role, settings))


def _run_role(role: Role, settings: Settings) -> int:
    """Each role imports only its own rooms: the media host must stay small, its forks share its memory."""
    from contact_center.runtime import role as runner

    match role:
        case Role.CORE:
            from contact_center.bootstrap import start_core

            return runner.run(role, lambda: start_core(settings), settings.log_level)
        case Role.MEDIA:
            from contact_center.telephony.media import host

            return runner.run(role, lambda: host.start(settings), settings.log_level)
        case Role.WEBRTC:
            from contact_center.telephony.webrtc import role as webrtc

            return runner.run(role, lambda: webrtc.start(settings), settings.log_level)
        case Role.EDGE:
            from contact_center.telephony.sip.edge import edge

            return runner.run(role, lambda: edge.start(settings), settings.log_level)


@app.command()
def demo(
    seconds: Annotated[
        float | None,
        typer.Option(
            help="End by itself this long after all roles are up (or DEMO_SECONDS).", envvar="DEMO_SECONDS"
        ),
    ] = None,
    callers: Annotated[int, typer.Option(min=1, max=4, help="Simulated callers at a time.")] = 4,
    agents: Annotated[int, typer.Option(min=1, max=8, help="Simulated agents.")] = 3,
) -> None:
    """Run a whole small company: every role, demo data, simulated callers and agents; a person can log in."""
    from contact_center.demo.conductor import conduct

    sys.exit(conduct(seconds=seconds, callers=callers, agents=agents))


@app.command()
def simulate(
    scenario: Annotated[
        Path | None, typer.Argument(help="A scenario file (TOML).", exists=True, dir_okay=False)
    ] = None,
    from_log: Annotated[
        Path | None, typer.Option(help="A recorded day instead.", exists=True, dir_okay=False)
    ] = None,
    changes: Annotated[
        Path | None, typer.Option(help="What is changed of the recorded day (TOML).", exists=True)
    ] = None,
    policy: Annotated[
        RoutingPolicy | None, typer.Option(help="Who gets whom (fair; a recorded day: as it was).")
    ] = None,
    hold: Annotated[
        float | None,
        typer.Option(min=0, help="Nobody is held back longer than so many targets (6); 0: no hold-back."),
    ] = None,
    replications: Annotated[
        int | None, typer.Option(min=1, help="Instead of the number in the file.")
    ] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Instead of the seed in the file.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object instead of tables.")] = False,
) -> None:
    """Try routing, skills and staff on a scenario or a recorded day, with the router that runs live."""
    from contact_center.simulation import command
    from contact_center.simulation.changes import ChangesError
    from contact_center.simulation.recorded import LogError
    from contact_center.simulation.scenario import ScenarioError

    try:
        if scenario is not None and from_log is None and changes is None:
            command.run(
                scenario,
                policy.value if policy is not None else "fair",
                hold_targets=6.0 if hold is None else hold,
                replications=replications,
                seed=seed,
                as_json=as_json,
            )
        elif from_log is not None and scenario is None:
            command.run_log(
                from_log,
                changes,
                policy.value if policy is not None else None,
                hold_targets=hold,
                replications=replications,
                seed=seed,
                as_json=as_json,
            )
        else:
            fail("give a scenario file, or --from-log with a recorded day (and --changes for it)")
    except (ScenarioError, LogError, ChangesError) as error:
        fail(str(error))


@database.command("upgrade")
def upgrade() -> None:
    """Bring the database to this version's tables."""
    from contact_center.storage import migrate

    settings = settings_or_fail()
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    asyncio.run(migrate.upgrade(settings.effective_database_url))
    out.print("database is up to date")


@company.command("load")
def load_company_file(
    path: Annotated[Path, typer.Argument(help="A company file (TOML).", exists=True, dir_okay=False)],
) -> None:
    """Store the agents, queues, codes, entry points and users of a file; a core sees them when it starts."""
    from contact_center.storage.company import CompanyFileError

    try:
        name = asyncio.run(_load_company(settings_or_fail(), path))
    except CompanyFileError as error:
        fail(str(error))
    out.print(f"{name} is stored", highlight=False)


async def _load_company(settings: Settings, path: Path) -> str:
    from contact_center.storage import migrate
    from contact_center.storage.company import load_company
    from contact_center.storage.engine import open_database

    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    await migrate.upgrade(settings.effective_database_url)
    opened = open_database(settings.effective_database_url)
    try:
        return (await load_company(opened, path)).name
    finally:
        await opened.close()


@users.command("add")
def add_user(
    login: Annotated[str, typer.Argument(help="The log-in name.")],
    name: Annotated[str, typer.Option(help="The person's name.")],
    role: Annotated[list[UserRole], typer.Option(help="May be repeated.")],
    agent: Annotated[str | None, typer.Option(help="The agent this person works as (role agent).")] = None,
    language: Annotated[UserLanguage, typer.Option(help="Of the console.")] = UserLanguage.EN,
    password_file: Annotated[
        Path | None, typer.Option(help="Read the password from here instead of asking.", exists=True)
    ] = None,
) -> None:
    """Add a console user, or change one. The password is asked for, never an argument."""
    from contact_center.runtime.passwords import Passwords
    from contact_center.runtime.people import User

    if (UserRole.AGENT in role) != (agent is not None):
        fail("--agent goes with --role agent, and only with it")
    if password_file is not None:
        password = password_file.read_text().strip()
    else:
        password = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    if len(password) < LEAST_PASSWORD:
        fail(f"a password has at least {LEAST_PASSWORD} characters")
    user = User(
        id=login,
        login=login,
        name=name,
        roles=tuple(each.value for each in role),
        agent=agent,
        language=language.value,
    )
    asyncio.run(_save_user(settings_or_fail(), user, Passwords().hash(password)))
    out.print(f"user {login} saved", highlight=False)


async def _save_user(settings: Settings, user: "User", password_hash: str) -> None:
    from contact_center.storage import migrate
    from contact_center.storage.directory import load_directory
    from contact_center.storage.engine import open_database
    from contact_center.storage.people import People

    await migrate.upgrade(settings.effective_database_url)
    opened = open_database(settings.effective_database_url)
    try:
        known = (await load_directory(opened)).agents
        if user.agent is not None and user.agent not in known:
            fail(f"there is no agent {user.agent!r}; known: {', '.join(sorted(known)) or 'none'}")
        await People(opened).save_user(user, password_hash)
    finally:
        await opened.close()


@sip.command("check")
def check_trunks(
    files: Annotated[list[Path], typer.Argument(help="Trunk files (TOML).")],
) -> None:
    """Find what is wrong with trunk files: each fault with file and key."""
    from contact_center.telephony.sip.trunk_file import check_file

    faults = [fault for file in files for fault in check_file(file)]
    for fault in faults:
        out.print(fault, highlight=False, markup=False, soft_wrap=True)
    if faults:
        fail(f"{len(faults)} faults")
    out.print("no faults")


@devices.command("add")
def add_device(
    agent: Annotated[str, typer.Argument(help="The agent whose phone it is; also its SIP user name.")],
    password_file: Annotated[
        Path | None, typer.Option(help="Read the password from here instead of asking.", exists=True)
    ] = None,
) -> None:
    """Let a desk phone register as an agent's device, or change its password. Only a hash of it is kept."""
    from contact_center.telephony.sip.edge.phone_book import Devices

    settings = settings_or_fail()
    asyncio.run(_know_agent(settings, agent))
    if password_file is not None:
        password = password_file.read_text().strip()
    else:
        password = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    if len(password) < LEAST_PASSWORD:
        fail(f"a password has at least {LEAST_PASSWORD} characters")
    Devices(settings.devices_file).add(agent, settings.sip_realm, password)
    out.print(f"phone of {agent} may register", highlight=False)


@devices.command("remove")
def remove_device(agent: Annotated[str, typer.Argument(help="The agent whose phone it is.")]) -> None:
    """Let an agent's desk phone register no more; what is registered lasts until it expires."""
    from contact_center.telephony.sip.edge.phone_book import Devices

    if not Devices(settings_or_fail().devices_file).remove(agent):
        fail(f"agent {agent!r} has no phone")
    out.print(f"phone of {agent} removed", highlight=False)


async def _know_agent(settings: Settings, agent: str) -> None:
    from contact_center.storage.directory import load_directory
    from contact_center.storage.engine import open_database

    opened = open_database(settings.effective_database_url)
    try:
        known = (await load_directory(opened)).agents
    finally:
        await opened.close()
    if agent not in known:
        fail(f"there is no agent {agent!r}; known: {', '.join(sorted(known)) or 'none'}")


def main() -> None:
    """The console script."""
    app()
