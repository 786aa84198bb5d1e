"""HTML fragments that a page carries compressed and unpacks when a reader asks for them.

Pure. A chunk is a gzip file in base64 of a JSON list of strings; every current browser can
unpack it without a library (DecompressionStream).
"""

from __future__ import annotations

import base64
import gzip

import msgspec

_CHUNK_CHARACTERS = 200_000


class Packed:
    """Collects fragments; `full` once they take more than `most_bytes` on the page."""

    def __init__(self, most_bytes: int) -> None:
        self.chunks: list[str] = []
        self.count = 0
        self._most_bytes = most_bytes
        self._bytes = 0
        self._pending: list[str] = []
        self._pending_characters = 0

    @property
    def full(self) -> bool:
        """Tell whether nothing more should be added."""
        return self._bytes >= self._most_bytes

    def add(self, fragment: str) -> str:
        """Keep a fragment and return its address on the page: chunk and place in it."""
        address = f"{len(self.chunks)}.{len(self._pending)}"
        self._pending.append(fragment)
        self._pending_characters += len(fragment)
        self.count += 1
        if self._pending_characters >= _CHUNK_CHARACTERS:
            self.close()
        return address

    def close(self) -> None:
        """Compress what is pending."""
        if not self._pending:
            return
        data = gzip.compress(msgspec.json.encode(self._pending), mtime=0)
        self.chunks.append(base64.b64encode(data).decode("ascii"))
        self._bytes += len(self.chunks[-1])
        self._pending, self._pending_characters = [], 0


class Allowance:
    """How many characters may still be written out on the page."""

    def __init__(self, characters: int) -> None:
        self._left = characters

    def take(self, characters: int) -> bool:
        """Spend characters; False, and nothing spent, when too few are left."""
        if characters > self._left:
            return False
        self._left -= characters
        return True
