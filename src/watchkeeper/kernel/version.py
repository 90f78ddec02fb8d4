"""The version of the program, in one place; the build reads it from here."""

from typing import Final

VERSION: Final = "0.1.0"
