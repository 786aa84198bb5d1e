"""CIM-XML laid out for reading: one element a line, nothing added but line ends and indents.

Pure. What was on the wire may be cut or broken, so it is not parsed as XML.
"""

from __future__ import annotations

import re

_PIECE = re.compile(
    r"<!--.{0,2000}?-->|<!\[CDATA\[.{0,4000}?\]\]>|<[^>]*>|<[^>]*\Z|[^<]+", re.DOTALL
)
_DEEPEST = 30


def laid_out(text: str) -> str:
    """Return a message with each element on its own line; other text comes back unchanged."""
    if not text.lstrip().startswith("<"):
        return text
    lines: list[str] = []
    depth, joins = 0, False
    for piece in _PIECE.findall(text):
        if not piece.strip():
            continue
        closes = piece.startswith("</")
        depth -= closes and depth > 0
        if joins and (closes or not piece.startswith("<")):
            lines[-1] += piece.strip()
        else:
            lines.append("  " * min(depth, _DEEPEST) + piece.strip())
        opens = _opens(piece)
        depth += opens
        joins = opens or not piece.startswith("<")
    return "\n".join(lines)


def _opens(piece: str) -> bool:
    return piece.startswith("<") and piece[1:2] not in "/?!" and not piece.endswith("/>")
