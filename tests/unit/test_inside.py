"""The pass between our own processes: one for the installation, whoever asks first."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from contact_center.telephony.inside import load_pass
from contact_center.telephony.wire import is_pass


def test_all_who_start_at_once_have_the_same_and_only_this_user_reads_it(tmp_path: Path) -> None:
    run_dir = tmp_path / "run"
    with ThreadPoolExecutor(8) as roles:
        found = set(roles.map(lambda _: load_pass(run_dir), range(32)))
    assert len(found) == 1
    assert len(found.pop()) == 64
    (file,) = run_dir.iterdir()
    assert file.stat().st_mode & 0o777 == 0o600


def test_another_installation_has_another(tmp_path: Path) -> None:
    assert load_pass(tmp_path / "a") != load_pass(tmp_path / "b")


def test_nothing_but_the_pass_is_the_pass(tmp_path: Path) -> None:
    ours = load_pass(tmp_path)
    assert is_pass(ours, ours)
    assert not any(
        is_pass(shown, ours) for shown in ("", ours[:-1], ours.upper(), f"{ours}, {ours}", "\udcff")
    )
