"""What a reviewer would otherwise have to look for by hand."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml

from contact_center.cli import Role
from contact_center.config import Settings

ROOT = Path(__file__).parents[2]
LONGEST_MODULE = 450
LONGEST_TEST = 450
ELSEWHERE = re.compile(r"pypi\.org|registry\.npmjs|deb\.debian\.org|/work/|/root/")
"""Registry hosts, and folders of the machine this was written on."""


def committed() -> list[Path]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / line for line in listed.stdout.splitlines() if (ROOT / line).is_file()]


def test_compose_runs_known_roles_with_known_settings() -> None:
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    ours = {name: service for name, service in services.items() if service.get("image") == "contact-center"}
    assert {service["command"][1] for service in ours.values()} == {role.value for role in Role}
    known = {f"CC_{name.upper()}" for name in Settings.model_fields}
    for service in ours.values():
        assert set(service["environment"]) <= known


def test_no_file_names_a_registry_or_a_folder_of_one_machine() -> None:
    guilty = []
    for path in committed():
        if path == Path(__file__) or path.suffix == ".png":
            continue
        text = path.read_text(encoding="utf-8", errors="ignore")
        guilty += [f"{path.relative_to(ROOT)}: {m.group()}" for m in ELSEWHERE.finditer(text)]
    assert not guilty


@pytest.mark.parametrize("suffix", [".py", ".ts", ".tsx"])
def test_no_module_needs_a_wall(suffix: str) -> None:
    generated = ("migrations/", "schema.ts")
    long = {
        str(path.relative_to(ROOT)): lines
        for path in committed()
        if path.suffix == suffix and not any(mark in str(path) for mark in generated)
        if (lines := len(path.read_text(encoding="utf-8").splitlines()))
        > (LONGEST_TEST if path.is_relative_to(ROOT / "tests") else LONGEST_MODULE)
    }
    assert not long


def test_links_between_pages_lead_somewhere() -> None:
    broken = [
        f"{page.relative_to(ROOT)} -> {target}"
        for page in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]
    assert not broken


@pytest.mark.parametrize(("lock", "groups"), [("requirements.lock", ()), ("requirements-dev.lock", ("dev",))])
def test_the_lock_pins_everything_that_is_asked_for(lock: str, groups: tuple[str, ...]) -> None:
    asked = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = list(asked["project"]["dependencies"])
    for group in groups:
        wanted += asked["dependency-groups"][group]
    names = {re.split(r"[\[<>=~! ]", want, maxsplit=1)[0].lower() for want in wanted}
    pinned = {line.split("==")[0].lower() for line in (ROOT / lock).read_text().splitlines() if "==" in line}
    assert names <= pinned, "run: make lock"
