"""Tables whose keys are CIM names, and so found without regard to case."""

from __future__ import annotations

from collections import UserDict
from typing import TypeVar, cast

_Key = TypeVar("_Key", bound=str | tuple[str, str])
_Value = TypeVar("_Value")


class FoldedTable(UserDict[_Key, _Value]):
    """A dict by a CIM name or a pair of them; the keys are kept folded."""

    def __setitem__(self, key: _Key, item: _Value) -> None:
        super().__setitem__(_folded(key), item)

    def __getitem__(self, key: _Key) -> _Value:
        return super().__getitem__(_folded(key))

    def __delitem__(self, key: _Key) -> None:
        super().__delitem__(_folded(key))

    def __contains__(self, key: object) -> bool:
        return super().__contains__(_folded(cast(_Key, key)))


def _folded(key: _Key) -> _Key:
    folded = key.lower() if isinstance(key, str) else (key[0].lower(), key[1].lower())
    return cast(_Key, folded)
