"""Open enumerations of the pull operations (DSP0200, clause 5.3.2.24)."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from reference_impl.operations.calls import Settings
from reference_impl.operations.reading import Parameters
from reference_impl.values import (
    CONTINUATION_ON_ERROR_NOT_SUPPORTED,
    INVALID_ENUMERATION_CONTEXT,
    INVALID_OPERATION_TIMEOUT,
    SERVER_LIMITS_EXCEEDED,
    CIMError,
)


@dataclass(slots=True)
class Enumeration:
    """What is still to be pulled: `pull_operation` alone may do so, before the deadline.

    `render` encodes objects as the operation that opened the enumeration asked for.
    """

    pull_operation: str
    namespace: str
    objects: list[Any]
    render: Callable[[list[Any]], list[str]]
    timeout_seconds: float
    position: int = 0
    deadline: float = 0.0
    lock: Lock = field(default_factory=Lock)

    def take(self, count: int) -> list[Any]:
        """Return the next objects and set the deadline anew."""
        taken = self.objects[self.position : self.position + count]
        self.position += len(taken)
        self.deadline = time.monotonic() + self.timeout_seconds
        return taken

    @property
    def exhausted(self) -> bool:
        """Whether nothing is left."""
        return self.position >= len(self.objects)


class Enumerations:
    """All open enumerations by their context; those past their deadline are forgotten."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = Lock()
        self._open: dict[str, Enumeration] = {}

    def timeout(self, parameters: Parameters) -> float:
        """Return the time-out that an open operation asks for, in seconds.

        Raises CIMError: INVALID_OPERATION_TIMEOUT for 0 (never) and beyond the maximum,
        CONTINUATION_ON_ERROR_NOT_SUPPORTED.
        """
        if parameters.get("ContinueOnError"):
            raise CIMError(
                CONTINUATION_ON_ERROR_NOT_SUPPORTED, "ContinueOnError true is not supported"
            )
        asked = parameters.get("OperationTimeout")
        if asked is None:
            return self._settings.default_timeout_seconds
        if not 0 < asked <= self._settings.maximum_timeout_seconds:
            raise CIMError(
                INVALID_OPERATION_TIMEOUT,
                f"expected an OperationTimeout of 1 to {self._settings.maximum_timeout_seconds}"
                f" seconds, found {asked}",
            )
        return float(asked)

    def open(self, enumeration: Enumeration) -> str:
        """Keep an enumeration and return its context. Raises CIMError SERVER_LIMITS_EXCEEDED."""
        context = secrets.token_hex(16)
        with self._lock:
            self._forget_expired()
            if len(self._open) >= self._settings.maximum_contexts:
                raise CIMError(
                    SERVER_LIMITS_EXCEEDED, f"{len(self._open)} enumerations are open already"
                )
            self._open[context] = enumeration
        return context

    def find(self, context: str, namespace: str, operation: str | None = None) -> Enumeration:
        """Return an open enumeration, for one pull operation or to close it.

        Raises CIMError INVALID_ENUMERATION_CONTEXT.
        """
        with self._lock:
            self._forget_expired()
            found = self._open.get(context)
        if found is None or found.namespace.lower() != namespace.lower():
            raise CIMError(
                INVALID_ENUMERATION_CONTEXT, "the enumeration is unknown, closed or timed out"
            )
        if operation not in (None, found.pull_operation):
            raise CIMError(
                INVALID_ENUMERATION_CONTEXT,
                f"the enumeration is pulled by {found.pull_operation}, not by {operation}",
            )
        return found

    def close(self, context: str) -> None:
        """Forget an enumeration."""
        with self._lock:
            self._open.pop(context, None)

    def __len__(self) -> int:
        return len(self._open)

    def _forget_expired(self) -> None:
        now = time.monotonic()
        for context in [c for c, each in self._open.items() if each.deadline < now]:
            del self._open[context]
