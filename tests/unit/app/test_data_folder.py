import os
import subprocess
import sys

import pytest

from watchkeeper.app.data_folder import DataFolder, DataFolderInUse, DataFolderNotWritable

CLAIM_AND_WAIT = """
import sys, pathlib
from watchkeeper.app.data_folder import DataFolder
DataFolder(pathlib.Path(sys.argv[1])).claim()
print("claimed", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def other(tmp_path):
    """Another process that holds the folder."""
    process = subprocess.Popen(
        [sys.executable, "-c", CLAIM_AND_WAIT, str(tmp_path / "data")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout.readline() == "claimed\n"
        yield process
        process.kill()


def test_a_claimed_folder_is_made_for_its_owner_alone(tmp_path):
    with DataFolder(tmp_path / "a" / "b").claim() as folder:
        assert folder.path.stat().st_mode & 0o777 == 0o700
        assert (folder.path / "lock").read_text() == f"{os.getpid()}\n"


def test_a_second_process_is_kept_out_and_told_by_whom(tmp_path, other):
    with pytest.raises(DataFolderInUse) as caught:
        DataFolder(tmp_path / "data").claim()
    assert f"is in use by process {other.pid}" in caught.value.message
    assert "--data-dir" in caught.value.hint


def test_a_lock_that_a_killed_process_left_behind_keeps_nobody_out(tmp_path, other):
    other.kill()
    other.wait()
    assert (tmp_path / "data" / "lock").exists()
    with DataFolder(tmp_path / "data").claim():
        assert (tmp_path / "data" / "lock").read_text() == f"{os.getpid()}\n"


def test_a_released_folder_can_be_claimed_again(tmp_path):
    folder = DataFolder(tmp_path)
    for _ in range(2):
        folder.claim()
        with pytest.raises(DataFolderInUse):
            DataFolder(tmp_path).claim()
        folder.release()


def test_a_place_where_no_folder_can_be_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(DataFolderNotWritable) as caught:
        DataFolder(tmp_path / "file" / "data").claim()
    assert str(tmp_path / "file" / "data") in caught.value.message


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_the_right_to_write_is_named(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(DataFolderNotWritable, match="Permission denied"):
        DataFolder(tmp_path).claim()
    tmp_path.chmod(0o700)


def test_space_is_known_before_the_folder_exists(tmp_path):
    assert DataFolder(tmp_path / "not" / "yet").free_bytes() > 0
    assert not (tmp_path / "not").exists()
