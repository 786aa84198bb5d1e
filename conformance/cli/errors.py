"""How the commands end when they cannot go on: one clear line, and the right exit code."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click

from conformance.endpoint import EndpointError
from conformance.journal import JournalError
from conformance.load import ProfileError
from conformance.plan import PlanError
from conformance.results import ResultsError
from conformance.settings import SettingsError

USAGE = 2
ENDPOINT = 4


class Ended(click.ClickException):
    """An error that ends the command with an exit code of its own."""

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code


@contextmanager
def told() -> Iterator[None]:
    """Turn the errors that a user can mend into one line and an exit code."""
    try:
        yield
    except EndpointError as error:
        raise Ended(str(error), ENDPOINT) from error
    except (ProfileError, PlanError, SettingsError, ResultsError, JournalError) as error:
        raise Ended(str(error), USAGE) from error
    except OSError as error:
        where = error.filename or "the file system"
        raise Ended(f"{where}: {error.strerror or error}", USAGE) from error
