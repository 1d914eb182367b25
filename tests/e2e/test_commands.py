"""The `contact-center` command: what it says, what it makes, and what it refuses."""

import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

import contact_center
from contact_center.demo.ports import free_port
from contact_center.ivr.library import shipped_flows
from tests.e2e.centre import HOST, Centre, clean_environment

WITHIN_S = 40.0


def command(*arguments: str | Path, **settings: str | Path) -> "subprocess.CompletedProcess[str]":
    """Run `contact-center` to its end, with these settings and no others."""
    given = {name: str(value) for name, value in settings.items()}
    return subprocess.run(
        [sys.executable, "-m", "contact_center", *map(str, arguments)],
        env={**clean_environment(), "COLUMNS": "120", **given},
        capture_output=True,
        text=True,
        timeout=WITHIN_S,
        check=False,
    )


def test_help_names_every_command() -> None:
    shown = command("--help")
    assert shown.returncode == 0
    for name in ("run", "demo", "db", "user", "flow", "version"):
        assert f" {name} " in shown.stdout
    assert "CC_" in shown.stdout


def test_version() -> None:
    shown = command("version")
    assert (shown.returncode, shown.stdout.strip()) == (0, contact_center.__version__)


def test_the_database_is_made_and_making_it_again_changes_nothing(tmp_path: Path) -> None:
    for _ in range(2):
        made = command("db", "upgrade", CC_DATA_DIR=tmp_path / "data")
        assert (made.returncode, made.stderr) == (0, "")
        assert "up to date" in made.stdout
    assert (tmp_path / "data" / "contact-center.db").stat().st_size > 0


def test_an_added_user_can_log_in(centre: Centre, tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("correct horse battery\n")
    added = command(
        *("user", "add", "nadia", "--name", "Nadia Cole", "--role", "supervisor"),
        *("--password-file", secret),
        CC_DATA_DIR=centre.home,
    )
    assert added.returncode == 0, added.stderr
    answer = httpx.post(
        f"{centre.http}/api/v1/session",
        json={"login": "nadia", "password": "correct horse battery"},
        headers={"Origin": centre.http},
        trust_env=False,
    )
    assert answer.status_code == 200
    assert answer.json()["user"]["roles"] == ["supervisor"]


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--role", "agent"], "--agent goes with --role agent"),
        (["--role", "agent", "--agent", "nobody"], "there is no agent 'nobody'"),
        (["--role", "supervisor"], "at least 8 characters"),
    ],
)
def test_a_user_that_makes_no_sense_is_refused(tmp_path: Path, arguments: list[str], why: str) -> None:
    secret = tmp_path / "password"
    secret.write_text("short" if "supervisor" in arguments else "long enough")
    refused = command(
        *("user", "add", "nadia", "--name", "Nadia", *arguments, "--password-file", str(secret)),
        CC_DATA_DIR=tmp_path,
    )
    assert refused.returncode == 1
    assert why in refused.stderr


def test_the_shipped_flows_are_found_right_and_a_wrong_one_is_not(tmp_path: Path) -> None:
    right = command("flow", "check", shipped_flows())
    assert (right.returncode, right.stdout.strip()) == (0, "no findings")
    wrong = tmp_path / "main_menu.yaml"
    wrong.write_text(
        (shipped_flows() / "main_menu.yaml").read_text().replace("next: goodbye", "next: nowhere")
    )
    wrong.write_text(wrong.read_text().replace("after: goodbye", "after: nowhere", 1))
    found = command("flow", "check", wrong)
    assert found.returncode == 1
    assert "nowhere" in found.stdout
    assert "main_menu.yaml:" in found.stdout


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"CC_HTTP_BIND": "nonsense"}, "CC_HTTP_BIND: Value error, expected HOST:PORT"),
        ({"CC_OFFER_TIMEOUT_S": "-1"}, "CC_OFFER_TIMEOUT_S: Input should be greater than 0"),
        ({"CC_HTPP_BIND": "127.0.0.1:1"}, "unknown environment settings: CC_HTPP_BIND"),
    ],
)
def test_a_wrong_setting_is_refused_by_its_name(settings: dict[str, str], why: str) -> None:
    refused = command("run", **settings)
    assert refused.returncode == 1
    assert why in refused.stderr


@pytest.mark.parametrize("taken", ["http", "sip"])
def test_a_port_in_use_is_named_and_the_command_ends(
    taken: str, company_database: Path, prompts: Path, tmp_path: Path, centre: Centre
) -> None:
    """`centre` only has the prompts made before, so that the core comes to its port soon."""
    assert centre.process.poll() is None
    kind = socket.SOCK_STREAM if taken == "http" else socket.SOCK_DGRAM
    with socket.socket(socket.AF_INET, kind) as holder:
        holder.bind((HOST, 0))
        if taken == "http":
            holder.listen()
        port = holder.getsockname()[1]
        ports = {"http": free_port(), "sip": free_port(), taken: port}
        (tmp_path / "prompts").symlink_to(prompts)
        ended = command(
            "run",
            CC_DATA_DIR=tmp_path,
            CC_HTTP_BIND=f"{HOST}:{ports['http']}",
            CC_SIP_BIND=f"{HOST}:{ports['sip']}",
        )
    assert ended.returncode == 1
    told = ended.stderr + ended.stdout
    assert "in use" in told
    assert str(port) in told
    assert "starting again" not in told
