"""What the exit codes of `watchkeeper` mean; scripts and service managers rely on them."""

from __future__ import annotations

from typing import Final

from watchkeeper.kernel.errors import InvalidInput, WatchkeeperError

FAILED: Final = 1
WRONG_INPUT: Final = 2

#: By the code of the error; every other foreseen error gives 1, wrong arguments or configuration 2.
BY_ERROR: Final = {
    "port_in_use": 3,
    "data_folder_in_use": 4,
    "data_folder_not_writable": 5,
    "ledger_too_new": 6,
    "schema_too_new": 6,
    "listen_refused": 7,
}


def exit_code(error: WatchkeeperError) -> int:
    """The exit code for an error that ends the program."""
    return BY_ERROR.get(error.code, WRONG_INPUT if isinstance(error, InvalidInput) else FAILED)
