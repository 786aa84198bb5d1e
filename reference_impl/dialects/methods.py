"""The methods of a dialect, entered into the table of the server.

Each translates a call, lets the hypervisor answer it as it answers the CIM method, and
translates the result. Which handler that is, is looked up with every call.
"""

from __future__ import annotations

from collections.abc import Mapping

from reference_impl.dialects.dialect import Dialect, Method, Scene
from reference_impl.hypervisor.refusal import STATE_CHANGE_INVALID_PARAMETER, Refused
from reference_impl.operations import MethodCall, MethodHandler, MethodResult, Operations
from reference_impl.values import METHOD_NOT_AVAILABLE, CIMError, Instance, Value


def serve_dialect(dialect: Dialect, scene: Scene, operations: Operations) -> None:
    """Enter the methods of a dialect, and refuse those that it doesn't have."""
    for classname, name in dialect.withdrawn:
        operations.methods[classname, name] = _unavailable(classname, name)
    for method in dialect.methods(scene):
        operations.methods[method.classname, method.name] = _handler(
            dialect, scene, operations, method
        )
    for companion in dialect.companions:
        scene.hypervisor.companions.join(companion(scene))
    for classname in dialect.read_only:
        operations.writers.pop(classname, None)


def _handler(
    dialect: Dialect, scene: Scene, operations: Operations, method: Method
) -> MethodHandler:
    def answer(call: MethodCall) -> MethodResult:
        try:
            result = _answered(dialect, scene, operations, method, call)
        except Refused as refused:
            return MethodResult(_coded(method.codes, refused.code))
        outputs = {
            method.outputs.get(name, name): value
            for name, value in result.outputs.items()
            if method.outputs.get(name, name)
        }
        return MethodResult(_coded(method.codes, result.return_value), outputs)

    return answer


def _answered(
    dialect: Dialect, scene: Scene, operations: Operations, method: Method, call: MethodCall
) -> MethodResult:
    arguments = {
        method.arguments.get(name, name): _inward(dialect, scene, value)
        for name, value in call.arguments.items()
    }
    target = arguments.pop(method.subject, None) if method.subject else call.object_name
    if target is None:
        raise Refused(STATE_CHANGE_INVALID_PARAMETER, f"{method.subject} is missing")
    if method.prepare is not None:
        arguments = method.prepare(scene, target, arguments)
    translated = MethodCall(target, method.name, arguments)
    special = method.unless(scene, translated) if method.unless is not None else None
    if special is not None:
        return special
    if not isinstance(method.does, tuple):
        return method.does(scene, translated)
    name = method.name if method.synchronous else method.does[1]
    return operations.methods[method.does](MethodCall(target, name, arguments))


def _inward(dialect: Dialect, scene: Scene, value: Value) -> Value:
    """Return an argument in the hypervisor's words: embedded instances are translated."""
    if isinstance(value, list):
        return [_inward(dialect, scene, each) for each in value]
    return dialect.inward(value, scene) if isinstance(value, Instance) else value


def _coded(codes: Mapping[int, int], code: Value) -> Value:
    return codes.get(code, code)


def _unavailable(classname: str, name: str) -> MethodHandler:
    def refuse(_call: MethodCall) -> MethodResult:
        raise CIMError(METHOD_NOT_AVAILABLE, f"{classname}.{name} is not supported")

    return refuse
