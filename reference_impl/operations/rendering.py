"""Results of operations as CIM-XML: which element each operation returns, and how much of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

from reference_impl.cimxml import paths
from reference_impl.cimxml.classes import ClassEncoder, ClassShape
from reference_impl.cimxml.instances import WHOLE, InstanceEncoder, Shape
from reference_impl.cimxml.qualifiers import qualifier_declaration
from reference_impl.operations.reading import Parameters
from reference_impl.schema import ClassDef, Schema
from reference_impl.values import Instance, ObjectName

#: Encodes the objects of one result, in pieces that are put together once.
Render = Callable[[Iterable[Any]], list[str]]


class Renderer:
    """Chooses the encoding of results; one for each server."""

    def __init__(self, schema: Schema, host: str) -> None:
        self.instances = InstanceEncoder(schema)
        self._schema = schema
        self._classes = ClassEncoder()
        self._namespace_path = lru_cache(maxsize=64)(
            lambda namespace: paths.namespace_path(host, namespace)
        )

    def instance(self, _namespace: str, parameters: Parameters) -> Render:
        """INSTANCE."""
        shape = self._shape(parameters)
        return lambda objects: [self.instances.instance(each, shape) for each in objects]

    def named_instance(self, _namespace: str, parameters: Parameters) -> Render:
        """VALUE.NAMEDINSTANCE; DeepInheritance false leaves out what subclasses add."""
        shape = self._shape(parameters, shallow=True)
        encode = self.instances.instance
        return lambda objects: [
            piece
            for each in objects
            for piece in (
                "<VALUE.NAMEDINSTANCE>",
                paths.instance_name(each.name),
                encode(each, shape),
                "</VALUE.NAMEDINSTANCE>",
            )
        ]

    def instance_with_path(self, _namespace: str, parameters: Parameters) -> Render:
        """VALUE.INSTANCEWITHPATH."""
        shape = self._shape(parameters, shallow=True)
        encode = self.instances.instance
        return lambda objects: [
            piece
            for each in objects
            for piece in (
                "<VALUE.INSTANCEWITHPATH>",
                self._instance_path(each.name),
                encode(each, shape),
                "</VALUE.INSTANCEWITHPATH>",
            )
        ]

    def object_with_path(self, namespace: str, parameters: Parameters) -> Render:
        """VALUE.OBJECTWITHPATH, of instances or classes."""
        shape = self._shape(parameters)
        return lambda objects: [
            self._class_with_path(namespace, each, parameters)
            if isinstance(each, ClassDef)
            else f"<VALUE.OBJECTWITHPATH>{self._instance_path(each.name)}"
            f"{self.instances.instance(each, shape)}</VALUE.OBJECTWITHPATH>"
            for each in objects
        ]

    def query_result(self, _namespace: str, _parameters: Parameters) -> Render:
        """VALUE.OBJECTWITHPATH for whole instances, VALUE.OBJECT for projections."""
        return lambda objects: [self._query_result(each) for each in objects]

    def projection(self, _namespace: str, _parameters: Parameters) -> Render:
        """INSTANCE, with the selected properties alone where they were selected."""
        return lambda objects: [self._projected(each) for each in objects]

    def instance_name(self, _namespace: str, _parameters: Parameters) -> Render:
        """INSTANCENAME."""
        return lambda objects: [paths.instance_name(each) for each in objects]

    def instance_path(self, _namespace: str, _parameters: Parameters) -> Render:
        """INSTANCEPATH."""
        return lambda objects: [self._instance_path(each) for each in objects]

    def object_path(self, _namespace: str, _parameters: Parameters) -> Render:
        """OBJECTPATH, of instances or classes."""
        return lambda objects: [
            f"<OBJECTPATH>{self._instance_path(each)}</OBJECTPATH>"
            if each.keys
            else f"<OBJECTPATH>{self._class_path(each.namespace, each.classname)}</OBJECTPATH>"
            for each in objects
        ]

    def class_(self, _namespace: str, parameters: Parameters) -> Render:
        """CLASS."""
        shape = ClassShape(
            local_only=parameters.get("LocalOnly", True),
            qualifiers=parameters.get("IncludeQualifiers", True),
            class_origin=parameters.get("IncludeClassOrigin", False),
            properties=_folded(parameters.get("PropertyList")),
        )
        return lambda objects: [self._classes.class_(each, shape) for each in objects]

    def result_class(self, classname: str, shape: ClassShape) -> str:
        """CLASS, of an existing class."""
        found = self._schema.class_named(classname)
        return "" if found is None else self._classes.class_(found, shape)

    def class_name(self, _namespace: str, _parameters: Parameters) -> Render:
        """CLASSNAME."""
        return lambda objects: [paths.class_name(each) for each in objects]

    def qualifier(self, _namespace: str, _parameters: Parameters) -> Render:
        """QUALIFIER.DECLARATION."""
        return lambda objects: [qualifier_declaration(each) for each in objects]

    def _shape(self, parameters: Parameters, *, shallow: bool = False) -> Shape:
        """LocalOnly and IncludeQualifiers, deprecated for instances, are taken as false."""
        properties = _folded(parameters.get("PropertyList"))
        class_origin = parameters.get("IncludeClassOrigin", False)
        if shallow and not parameters.get("DeepInheritance", True):
            found = self._schema.class_named(parameters["ClassName"])
            own = frozenset(n.lower() for n in found.all_properties) if found else frozenset()
            properties = own if properties is None else properties & own
        return Shape(properties, class_origin) if properties is not None or class_origin else WHOLE

    def _instance_path(self, name: ObjectName) -> str:
        namespace = self._namespace_path(name.namespace)
        return f"<INSTANCEPATH>{namespace}{paths.instance_name(name)}</INSTANCEPATH>"

    def _class_path(self, namespace: str, classname: str) -> str:
        name = paths.class_name(classname)
        return f"<CLASSPATH>{self._namespace_path(namespace)}{name}</CLASSPATH>"

    def _class_with_path(self, namespace: str, found: ClassDef, parameters: Parameters) -> str:
        shape = ClassShape(
            local_only=False,
            qualifiers=parameters.get("IncludeQualifiers", False),
            class_origin=parameters.get("IncludeClassOrigin", False),
            properties=_folded(parameters.get("PropertyList")),
        )
        content = self._class_path(namespace, found.name) + self._classes.class_(found, shape)
        return f"<VALUE.OBJECTWITHPATH>{content}</VALUE.OBJECTWITHPATH>"

    def _query_result(self, instance: Instance) -> str:
        if instance.name is None:
            return f"<VALUE.OBJECT>{self._projected(instance)}</VALUE.OBJECT>"
        content = self._instance_path(instance.name) + self.instances.instance(instance)
        return f"<VALUE.OBJECTWITHPATH>{content}</VALUE.OBJECTWITHPATH>"

    def _projected(self, instance: Instance) -> str:
        if instance.name is not None:
            return self.instances.instance(instance)
        selected = frozenset(name.lower() for name in instance.values)
        return self.instances.instance(instance, Shape(selected))


def _folded(names: list[str] | None) -> frozenset[str] | None:
    return None if names is None else frozenset(name.lower() for name in names)
