"""`contact-center company load`: an empty installation becomes a company."""

import os
import subprocess
import sys
from pathlib import Path

from contact_center.demo.company import COMPANY
from contact_center.runtime.directory import Directory
from contact_center.storage.directory import load_directory
from contact_center.storage.engine import open_database
from tests.support import run_apart


def load(file: Path, home: Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "contact_center", "company", "load", str(file)]
    environment = {**os.environ, "CC_DATA_DIR": str(home)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


async def stored(home: Path) -> Directory:
    database = open_database(f"sqlite+aiosqlite:///{home / 'contact-center.db'}")
    try:
        return await load_directory(database)
    finally:
        await database.close()


def test_a_file_becomes_the_company_and_a_wrong_one_changes_nothing(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.toml"
    wrong.write_text('name = "X"\nname_zh = "X"\nskills = []\n[[queues]]\nid = 3\n', "utf-8")
    refused = load(wrong, tmp_path)
    assert refused.returncode == 1
    assert "queues" in refused.stderr
    assert "Traceback" not in refused.stderr
    taken = load(COMPANY, tmp_path)
    assert (taken.returncode, taken.stdout) == (0, "Harbour Mobile is stored\n"), taken.stderr
    directory = run_apart(stored(tmp_path))
    assert {"billing", "technical"} == set(directory.queues)
    assert directory.entry_points["8000"].flow == "main_menu"
