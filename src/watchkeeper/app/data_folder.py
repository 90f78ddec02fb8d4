"""The folder that holds everything, and the lock that keeps a second server out of it."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from watchkeeper.kernel.errors import WatchkeeperError

LOCK_NAME: Final = "lock"


class DataFolderError(WatchkeeperError):
    """The data folder can't be used."""

    code = "data_folder_error"


class DataFolderInUse(DataFolderError):
    """Another process works in the folder."""

    code = "data_folder_in_use"


class DataFolderNotWritable(DataFolderError):
    """The folder can't be made or written."""

    code = "data_folder_not_writable"


class DataFolder:
    """One data folder and the paths in it. Claim it before anything in it is opened.

    The lock is the kernel's (`flock`): it ends with the process, however that ends, so a lock file that was
    left behind never keeps anybody out. The process id in it is for people.
    """

    def __init__(self, path: Path) -> None:
        """Name the folder; nothing is made or opened."""
        self.path = path.absolute()
        self._lock: int | None = None

    @property
    def engine(self) -> Path:
        """Folder of the column store."""
        return self.path / "engine"

    @property
    def engine_socket(self) -> Path:
        """Unix socket of the engine's process."""
        return self.path / "engine.sock"

    @property
    def traces_log(self) -> Path:
        """Folder of the write-ahead log of traces."""
        return self.path / "wal" / "traces"

    @property
    def quarantine(self) -> Path:
        """Folder of requests that the engine refused for good."""
        return self.path / "quarantine"

    @property
    def ledger(self) -> Path:
        """File of the control state."""
        return self.path / "ledger.db"

    def make(self) -> None:
        """Make the folder, for its owner alone, and check that it can be written.

        Raises:
            DataFolderNotWritable: it can't.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
            probe = self.path / f".probe-{os.getpid()}"
            probe.touch(mode=0o600)
            probe.unlink()
        except OSError as error:
            raise DataFolderNotWritable(
                f"the data folder {self.path} can't be written: {error.strerror}",
                hint="choose another with --data-dir, or give this user the right to write it",
            ) from error

    def claim(self) -> Self:
        """Make the folder and take its lock; call `release`, or use `with`.

        Raises:
            DataFolderInUse: another process has it; the message names its process id.
            DataFolderNotWritable: it can't be made or written.
        """
        self.make()
        lock = os.open(self.path / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.read(lock, 32).decode(errors="replace").strip()
            os.close(lock)
            if error.errno not in {errno.EAGAIN, errno.EACCES}:
                raise DataFolderError(f"{self.path / LOCK_NAME} can't be locked: {error.strerror}") from error
            by = f" by process {holder}" if holder.isdigit() else " by another process"
            raise DataFolderInUse(
                f"the data folder {self.path} is in use{by}",
                hint="stop that server, or choose another folder with --data-dir",
            ) from error
        os.ftruncate(lock, 0)
        os.write(lock, f"{os.getpid()}\n".encode())
        self._lock = lock
        return self

    def release(self) -> None:
        """Give the lock back. The file stays: removing it would let two processes lock two files."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def free_bytes(self) -> int:
        """Space left for this user where the folder is, or will be."""
        place = self.path
        while not place.exists():
            place = place.parent
        return shutil.disk_usage(place).free

    def __enter__(self) -> Self:
        """The folder, claimed."""
        return self if self._lock is not None else self.claim()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Give the lock back."""
        self.release()
