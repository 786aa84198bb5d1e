"""The words in which a fault bends the behaviour of the server and all it will ever show."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, TypeAlias

from reference_impl.hypervisor import Hypervisor
from reference_impl.hypervisor.states import State
from reference_impl.hypervisor.store import Rewrite, Values
from reference_impl.operations import (
    MethodCall,
    MethodHandler,
    MethodResult,
    OperationCall,
    Operations,
)
from reference_impl.operations.calls import Writer
from reference_impl.schema import ClassDef, Facts, Schema
from reference_impl.values import METHOD_NOT_AVAILABLE, CIMError, Instance, ObjectName, Value

#: Which of the values that are written a rewrite is about.
Where: TypeAlias = Callable[[Values], bool]

#: Makes other objects of those that an operation results in.
Change: TypeAlias = Callable[[OperationCall, list[Any]], list[Any]]

#: Makes another handler of the right one.
Wrapper: TypeAlias = Callable[[MethodHandler], MethodHandler]


class Bend:
    """Collects what a fault changes; `apply` then changes the hypervisor and the operations.

    The schema is changed at once. `rewrites` and `substitutes` are for the constructor of the
    hypervisor.
    """

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.rewrites: list[tuple[str, Rewrite]] = []
        self.substitutes: dict[str, str] = {}
        self._late: list[Callable[[Hypervisor, Operations], object]] = []

    def rewrite(self, classname: str, rewrite: Rewrite) -> None:
        """Pass everything that is shown of a class, and its subclasses, through a function.

        It gets the values of an instance and returns those to show, or None to hide it.
        """
        self.rewrites.append((classname, rewrite))

    def always(self, classname: str, where: Where | None = None, /, **values: Value) -> None:
        """Give instances these values whenever they are written; None is NULL."""
        self.rewrite(
            classname,
            lambda written: {**written, **values} if where is None or where(written) else written,
        )

    def never(self, classname: str, where: Where | None = None) -> None:
        """Keep instances of a class from being shown."""
        self.rewrite(
            classname, lambda written: None if where is None or where(written) else written
        )

    def transition(self, state: State, request: int, target: State | None) -> None:
        """Let a request in a state lead to another state, or be refused (None)."""

        def late(hypervisor: Hypervisor, _operations: Operations) -> None:
            if target is None:
                hypervisor.lifecycle.transitions.pop((state, request), None)
            else:
                hypervisor.lifecycle.transitions[state, request] = target

        self._late.append(late)

    def wrap(self, classname: str, method: str, wrapper: Wrapper) -> None:
        """Put another handler around, or in the place of, the right one."""

        def late(_hypervisor: Hypervisor, operations: Operations) -> None:
            operations.methods[classname, method] = wrapper(operations.methods[classname, method])

        self._late.append(late)

    def pretend(self, classname: str, method: str, code: int = 0, **outputs: Value) -> None:
        """Let a method answer the same each time, and do nothing."""
        self.wrap(classname, method, lambda _right: lambda _call: MethodResult(code, outputs))

    def recode(self, classname: str, method: str, codes: dict[int, int]) -> None:
        """Let a method answer with other return codes than the right ones."""

        def wrapper(right: MethodHandler) -> MethodHandler:
            def answer(call: MethodCall) -> MethodResult:
                result = right(call)
                code = result.return_value
                return MethodResult(codes.get(code, code), result.outputs)

            return answer

        self.wrap(classname, method, wrapper)

    def unavailable(self, classname: str, method: str) -> None:
        """Let a method that is declared, and may be announced, not be there."""

        def refuse(_call: MethodCall) -> MethodResult:
            raise CIMError(METHOD_NOT_AVAILABLE, f"{classname}.{method} is not available")

        self.wrap(classname, method, lambda _right: refuse)

    def hide_method(self, classname: str, method: str) -> None:
        """Let GetClass show a class without one of the methods that it declares itself."""
        self._hide(classname, "methods", method)

    def hide_property(self, classname: str, name: str) -> None:
        """Let GetClass show a class without one of the properties that it declares itself."""
        self._hide(classname, "properties", name)

    def answer(self, kinds: Collection[str], change: Change) -> None:
        """Pass what operations of these kinds result in through a function."""

        def intercept(call: OperationCall) -> list[Any] | None:
            return change(call, call.compute()) if call.kind in kinds else None

        self._late.append(lambda _hypervisor, operations: operations.intercept.append(intercept))

    def misreport(self, classname: str, **values: Value) -> None:
        """Show other values of a class than there are, paths left as they are."""

        def change(_call: OperationCall, found: list[Any]) -> list[Any]:
            return [
                each.copy(**values)
                if isinstance(each, Instance) and self.schema.is_a(each.classname, classname)
                else each
                for each in found
            ]

        self.answer(("GetInstance", "EnumerateInstances", "Associators", "References"), change)

    def intrude(self, classname: str, other: str) -> None:
        """Let the enumeration of a class find the instances of another class as well."""

        def late(hypervisor: Hypervisor, operations: Operations) -> None:
            def intercept(call: OperationCall) -> list[Any] | None:
                if call.kind != "EnumerateInstances" or call.classname != classname:
                    return None
                repository = hypervisor.store.repository
                return call.compute() + repository.instances(call.namespace, other)

            operations.intercept.append(intercept)

        self._late.append(late)

    def find_anything(self, classname: str) -> None:
        """Let GetInstance of what does not exist give another instance of the class."""

        def late(hypervisor: Hypervisor, operations: Operations) -> None:
            def intercept(call: OperationCall) -> list[Any] | None:
                if call.kind != "GetInstance" or not self.schema.is_a(call.classname, classname):
                    return None
                try:
                    return call.compute()
                except CIMError:
                    return hypervisor.store.repository.instances(call.namespace, classname)[:1]

            operations.intercept.append(intercept)

        self._late.append(late)

    def overlook(
        self,
        seeing: Callable[[ObjectName], bool],
        seen: Callable[[ObjectName], bool],
        kinds: Collection[str] = ("Associators", "AssociatorNames"),
    ) -> None:
        """Let operations on some objects, that find their associators, leave out others."""

        def change(call: OperationCall, found: list[Any]) -> list[Any]:
            source = call.parameters.get("ObjectName")
            if not isinstance(source, ObjectName) or not seeing(source):
                return found
            return [each for each in found if not seen(_path_of(each))]

        self.answer(kinds, change)

    def derive(self, name: str, superclass: str, properties: Facts | None = None) -> None:
        """Add a vendor's class; a rewrite may show instances in it, by their CreationClassName."""
        self.schema.derive(name, superclass, properties)

    def disguise(self, name: str, superclass: str, properties: Facts | None = None) -> None:
        """Add a vendor's class, and show it wherever its superclass would be shown."""
        self.derive(name, superclass, properties)
        self.substitutes[superclass] = name

    def keep(self, classname: str) -> None:
        """Let instances of a class stay when they should be removed."""
        self.reach(lambda hypervisor: hypervisor.store.kept.add(classname))

    def withdraw_writer(self, classname: str) -> None:
        """Refuse to create, modify and delete instances of a class."""
        self._late.append(lambda _hypervisor, operations: operations.writers.pop(classname))

    def replace_writer(self, classname: str, wrapper: Callable[[Writer], Writer]) -> None:
        """Put another writer of a class around, or in the place of, the right one."""

        def late(_hypervisor: Hypervisor, operations: Operations) -> None:
            operations.writers[classname] = wrapper(operations.writers[classname])

        self._late.append(late)

    def behave(self, name: str, setting: Any = True) -> None:
        """Set a named behaviour of the protocol (`reference_impl.operations.BEHAVIOURS`)."""

        def late(_hypervisor: Hypervisor, operations: Operations) -> None:
            operations.behaviours[name] = setting

        self._late.append(late)

    def reach(self, change: Callable[[Hypervisor], object]) -> None:
        """Change the hypervisor itself, for what no other word says."""
        self._late.append(lambda hypervisor, _operations: change(hypervisor))

    def apply(self, hypervisor: Hypervisor, operations: Operations) -> None:
        """Change the hypervisor and the tables of the server, before it is populated."""
        for late in self._late:
            late(hypervisor, operations)

    def _hide(self, classname: str, elements: str, name: str) -> None:
        def change(call: OperationCall, found: list[Any]) -> list[Any]:
            if call.classname.lower() != classname.lower():
                return found
            return [self._without(shown, elements, name) for shown in found]

        self.answer(("GetClass",), change)

    def _without(self, shown: ClassDef, elements: str, name: str) -> ClassDef:
        kept = {
            each: facts
            for each, facts in shown.facts.get(elements, {}).items()
            if each.lower() != name.lower()
        }
        parent = self.schema.class_named(shown.superclass) if shown.superclass else None
        return ClassDef({**shown.facts, elements: kept}, parent)


def _path_of(found: Instance | ObjectName) -> ObjectName:
    return found.path if isinstance(found, Instance) else found
