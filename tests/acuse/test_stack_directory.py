import os
import stat
from pathlib import Path

import pytest

from acuse.local.credentials import FILE, credentials_in
from acuse.local.directory import LEAST_BYTES, NEEDED_BYTES, StackDirectory
from acuse.local.errors import StackError
from acuse.local.log_files import last_lines, rotate_when_large


def test_credentials_are_made_once_and_for_the_owner_alone(tmp_path: Path) -> None:
    first = credentials_in(tmp_path, ["mensatek"])
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600
    assert len(first.api_token) >= 32
    assert credentials_in(tmp_path, ["mensatek"]) == first


def test_a_provider_that_comes_later_gets_its_own_and_the_others_keep_theirs(tmp_path: Path) -> None:
    first = credentials_in(tmp_path, ["mensatek"])
    second = credentials_in(tmp_path, ["mensatek", "messente"])
    assert second.webhooks["mensatek"] == first.webhooks["mensatek"]
    assert second.webhooks["messente"].password != first.webhooks["mensatek"].password
    assert second.api_token == first.api_token


def test_broken_credentials_are_named_and_kept(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("api_token = 3\nwebhooks = {}")
    with pytest.raises(StackError, match=r"credentials\.toml: Expected `str`"):
        credentials_in(tmp_path, ["mensatek"])
    assert (tmp_path / FILE).exists()


def test_a_directory_is_one_stacks_at_a_time(tmp_path: Path) -> None:
    refused = pytest.raises(StackError, match=rf"in use by another Acuse \(pid {os.getpid()}\)")
    with StackDirectory(tmp_path / "data").locked(), refused, StackDirectory(tmp_path / "data").locked():
        pass
    with StackDirectory(tmp_path / "data").locked():
        pass


def test_a_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    refused = pytest.raises(StackError, match="cannot be used: Not a directory")
    with refused, StackDirectory(tmp_path / "file" / "data").locked():
        pass


def test_a_full_disk_is_said_before_anything_is_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    directory = StackDirectory(tmp_path)
    directory.require_space()
    monkeypatch.setattr(StackDirectory, "free_bytes", lambda _: NEEDED_BYTES - 1)
    with pytest.raises(StackError, match="is full: 511 MiB are free, 512 are needed"):
        directory.require_space()
    assert directory.out_of_space() is None
    monkeypatch.setattr(StackDirectory, "free_bytes", lambda _: LEAST_BYTES - 1)
    assert "is full" in (directory.out_of_space() or "")


def test_a_log_is_turned_over_while_it_is_written(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    with log.open("ab", buffering=0) as writer:
        for number in range(8):
            writer.write(b"%d\n" % number * 100)
            assert rotate_when_large(log, max_bytes=100)
        writer.write(b"last\n")
    assert not rotate_when_large(log, max_bytes=100)
    assert log.read_text() == "last\n"
    assert [path.name for path in sorted(tmp_path.glob("a.log.*"))] == [f"a.log.{number}" for number in range(1, 6)]
    assert (tmp_path / "a.log.1").read_text().startswith("7\n")
    assert last_lines(tmp_path / "a.log.1", 2) == "7\n7"
    assert last_lines(tmp_path / "none.log") == ""
