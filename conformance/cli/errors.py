"""How the commands end when they cannot go on: one clear line, and the right exit code."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from conformance.capture import CaptureError
from conformance.definitions.load import ProfileError
from conformance.endpoint import EndpointError
from conformance.outputs import OutputError
from conformance.plan import PlanError
from conformance.play.journal import JournalError
from conformance.report.clean import printable
from conformance.results import ResultsError
from conformance.settings import SettingsError

USAGE = 2
INCONCLUSIVE = 3
ENDPOINT = 4


class Ended(click.ClickException):
    """An error that ends the command with an exit code of its own."""

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code


@contextmanager
def told() -> Iterator[None]:
    """Turn every error into one line and an exit code, which is never that of a verdict."""
    try:
        yield
    except (click.ClickException, click.exceptions.Exit):
        raise
    except KeyboardInterrupt as error:
        raise Ended("interrupted", INCONCLUSIVE) from error
    except EndpointError as error:
        raise Ended(one_line(str(error)), ENDPOINT) from error
    except (ProfileError, PlanError, SettingsError) as error:
        raise Ended(str(error), USAGE) from error
    except (ResultsError, JournalError, OutputError, CaptureError) as error:
        raise Ended(str(error), USAGE) from error
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        raise Ended(f"{where}{error.strerror or error}", USAGE) from error
    except Exception as error:
        raise Ended(f"{_mistake(error)}; please report it", ENDPOINT) from error


def one_line(text: str) -> str:
    """Return a text, which may hold words of a server, as one line that is safe to show."""
    return printable(" ".join(text.split()))


def _mistake(error: Exception) -> str:
    """Return a mistake of the suite with its place in the code."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{Path(last.filename).name}:{last.lineno}"
    return f"the suite failed: {type(error).__name__}: {error} (at {place})"
