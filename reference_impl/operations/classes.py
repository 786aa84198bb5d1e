"""The operations on classes and qualifier types (DSP0200, clauses 5.3.2.1, 5.3.2.9, 5.3.2.25).

Classes are the same in every namespace.
"""

from __future__ import annotations

from reference_impl.cimxml.qualifiers import QUALIFIER_TYPES, QualifierType, qualifier_type
from reference_impl.operations.reading import Parameters, existing_class
from reference_impl.repository import Repository
from reference_impl.schema import ClassDef
from reference_impl.values import NOT_FOUND, CIMError


def get_class(repository: Repository, _namespace: str, parameters: Parameters) -> list[ClassDef]:
    """GetClass: the class, alone in a list. Raises CIMError NOT_FOUND."""
    name = parameters["ClassName"]
    found = repository.schema.class_named(name)
    if found is None:
        raise CIMError(NOT_FOUND, f"there is no class {name}")
    return [found]


def enumerate_classes(
    repository: Repository, _namespace: str, parameters: Parameters
) -> list[ClassDef]:
    """EnumerateClasses: the subclasses of a class, or the classes without a superclass.

    All classes below them too with DeepInheritance, which is false by default.
    """
    schema = repository.schema
    start = parameters.get("ClassName")
    deep = parameters.get("DeepInheritance", False)
    if start is None:
        names = [each.name for each in schema.classes()] if deep else schema.roots()
    else:
        found = existing_class(schema, start)
        names = schema.subclasses(found.name)[1:] if deep else schema.children(found.name)
    return [existing_class(schema, name) for name in names]


def enumerate_class_names(
    repository: Repository, namespace: str, parameters: Parameters
) -> list[str]:
    """EnumerateClassNames."""
    return [each.name for each in enumerate_classes(repository, namespace, parameters)]


def get_qualifier(
    _repository: Repository, _namespace: str, parameters: Parameters
) -> list[QualifierType]:
    """GetQualifier: the qualifier type, alone in a list. Raises CIMError NOT_FOUND."""
    name = parameters["QualifierName"]
    found = qualifier_type(name)
    if found is None:
        raise CIMError(NOT_FOUND, f"there is no qualifier type {name}")
    return [found]


def enumerate_qualifiers(
    _repository: Repository, _namespace: str, _parameters: Parameters
) -> list[QualifierType]:
    """EnumerateQualifiers."""
    return list(QUALIFIER_TYPES)
