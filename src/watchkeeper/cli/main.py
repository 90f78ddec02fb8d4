"""`watchkeeper`: reads the arguments, runs one command, and turns a foreseen failure into one line and a code.

What a command needs beyond this is imported when it runs, so that `watchkeeper version` answers at once.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from watchkeeper.cli.exit_codes import exit_code
from watchkeeper.kernel.errors import WatchkeeperError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: without the program's name; those of the process when None.

    Returns:
        The process's exit code; see `watchkeeper.cli.exit_codes`.
    """
    try:
        # Deferred: the light install, which is the SDK alone, lacks what the command line needs.
        from watchkeeper.cli.commands import build
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] == "watchkeeper":
            raise
        _say(f"the command line needs {missing.name!r}", "pip install 'watchkeeper[server]'")
        return 2
    try:
        result = build()(args=arguments, standalone_mode=False)
    except WatchkeeperError as error:
        _say(error.message, error.hint)
        return exit_code(error)
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        shown = _usage(error)
        if shown is None:
            raise
        return shown
    return result if isinstance(result, int) else 0


def _usage(error: Exception) -> int | None:
    """Shows a mistake in the arguments as Typer does; None when the error is something else."""
    # Deferred: only a failing call needs it. Typer may carry its own copy of click.
    show, code = getattr(error, "show", None), getattr(error, "exit_code", None)
    if callable(show) and isinstance(code, int):
        show()
        return code
    if type(error).__name__ == "Abort":
        return 130
    return None


def _say(message: str, hint: str) -> None:
    sys.stderr.write(f"watchkeeper: {message}\n")
    if hint:
        sys.stderr.write(f"  {hint}\n")


if __name__ == "__main__":
    sys.exit(main())
