"""Which class derives from which, also where only the server knows."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.play.session import Stage


class Lineage:
    """Which class derives from which, as the class facts or else the server say."""

    def __init__(self, stage: Stage) -> None:
        self._reader = stage.caller.reader
        snapshot = stage.observer.model.snapshot
        self._facts = snapshot.facts
        self._namespaces = tuple(dict.fromkeys((*snapshot.namespaces, snapshot.interop)))
        self._parents: dict[str, str] = {}

    def is_a(self, classname: str, ancestor: str) -> bool:
        """Tell whether a class is another one or derives from it."""
        line = {classname.lower()}
        while classname not in self._facts:
            if classname.lower() == ancestor.lower():
                return True
            classname = self._parent(classname)
            if not classname or classname.lower() in line:
                return False
            line.add(classname.lower())
        return self._facts.is_a(classname, ancestor)

    def _parent(self, classname: str) -> str:
        folded = classname.lower()
        if folded not in self._parents:
            answers = (self._reader.get_class(n, classname) for n in self._namespaces)
            found = next((answer.value for answer in answers if answer.ok), None)
            self._parents[folded] = (found.superclass or "") if found is not None else ""
        return self._parents[folded]

    def own_classes(self, ancestor: str) -> Sequence[str]:
        """Return the classes of the vendor below one of the schema that are about systems."""
        found: dict[str, None] = {}
        for namespace in self._namespaces:
            answer = self._reader.enumerate_class_names(namespace, ancestor, deep=True)
            for name in answer.value if answer.ok else ():
                if "system" in name.lower() and name not in self._facts:
                    found[name] = None
        return list(found)
