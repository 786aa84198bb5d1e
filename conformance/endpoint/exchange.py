"""What is kept of a request and its answer for the report: bounded, and without secrets."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from xml.sax.saxutils import escape

from conformance.cim import Answer, Exchange, Instance, Path, Refusal, Trouble
from conformance.endpoint import Credentials

MOST_BYTES = 4_096
MOST_ARGUMENT_CHARACTERS = 400
HIDDEN = "(hidden)"
_KINDS = ((Instance, "instance"), (Path, "path"))


class Record:
    """Writes the exchanges of one endpoint; knows which texts must never be written down."""

    def __init__(self, credentials: Credentials | None) -> None:
        self._secrets = _secrets(credentials)

    def without_secrets(self, text: str) -> str:
        """Return a text with password and authorization token hidden."""
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        return text

    def answer(
        self,
        operation: str,
        target: str,
        result: object,
        *,
        seconds: float,
        request: str = "",
        response: bytes = b"",
        arguments: Mapping[str, str] | None = None,
    ) -> Answer:
        """Return what an operation gave, with its exchange.

        `result` is its value, a Refusal or a Trouble; the XML is kept as far as it is given.
        """
        result = self._readable(result)
        refusal = result if isinstance(result, Refusal) else None
        trouble = result if isinstance(result, Trouble) else None
        arguments = arguments or {}
        exchange = Exchange(
            operation,
            self.without_secrets(target),
            _outcome(result, len(response)),
            seconds,
            {name: self._clipped(text) for name, text in arguments.items()},
            self._clipped_message(request.encode("utf-8", "replace")),
            self._clipped_message(response) if request else "",
        )
        value = None if refusal or trouble else result
        return Answer(exchange, value, refusal, trouble)

    def _readable(self, result: object) -> object:
        """Return a refusal or trouble with nothing secret in its description."""
        if isinstance(result, Refusal):
            return Refusal(result.status, self._clipped(result.description))
        if isinstance(result, Trouble):
            return Trouble(result.kind, self._clipped(result.description))
        return result

    def _clipped_message(self, data: bytes) -> str:
        """Return the first 4 kB of a message as text, and how many bytes were left out."""
        # Twice as much is searched, so that no secret is cut in two and missed.
        text = self.without_secrets(data[: 2 * MOST_BYTES].decode("utf-8", "replace"))
        left_out = len(data) - MOST_BYTES
        return text if left_out <= 0 else f"{text[:MOST_BYTES]}... ({left_out} bytes left out)"

    def _clipped(self, text: str) -> str:
        hidden = self.without_secrets(text)
        left_out = len(hidden) - MOST_ARGUMENT_CHARACTERS
        return hidden if left_out <= 0 else f"{hidden[:MOST_ARGUMENT_CHARACTERS]}... (cut)"


def _secrets(credentials: Credentials | None) -> tuple[str, ...]:
    if credentials is None or not credentials.password:
        return ()
    pair = f"{credentials.user}:{credentials.password}".encode()
    token = base64.b64encode(pair).decode("ascii")
    return tuple(dict.fromkeys((token, credentials.password, escape(credentials.password))))


def _outcome(result: object, size: int) -> str:
    if isinstance(result, Refusal | Trouble):
        return str(result)
    if isinstance(result, list):
        return f"{len(result)} {_plural(result)}, {_amount(size)}"
    return "ok"


def _plural(items: list[object]) -> str:
    kind = next((name for type_, name in _KINDS if items and isinstance(items[0], type_)), "name")
    return kind if len(items) == 1 else f"{kind}s"


def _amount(size: int) -> str:
    for unit, factor in (("MB", 1_000_000), ("kB", 1_000)):
        if size >= factor:
            return f"{size / factor:.1f} {unit}"
    return f"{size} bytes"
