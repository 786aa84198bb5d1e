"""The operations that read instances and associations (DSP0200, clauses 5.3.2.2 to 5.3.2.19).

Each is `(repository, namespace, parameters) -> objects`; parameters are by their DSP0200 names.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reference_impl.repository import Repository
from reference_impl.schema import ClassDef, Schema
from reference_impl.values import (
    INVALID_CLASS,
    INVALID_PARAMETER,
    NOT_FOUND,
    CIMError,
    Instance,
    ObjectName,
)

Parameters = Mapping[str, Any]


def existing_class(schema: Schema, name: str) -> ClassDef:
    """Return a class. Raises CIMError INVALID_CLASS."""
    found = schema.class_named(name)
    if found is None:
        raise CIMError(INVALID_CLASS, f"there is no class {name}")
    return found


def existing_instance(repository: Repository, name: ObjectName) -> Instance:
    """Return the instance of a path.

    Raises CIMError: INVALID_CLASS, INVALID_PARAMETER for keys that are not those of the class,
    NOT_FOUND.
    """
    instance = repository.get(name)
    if instance is not None:
        return instance
    found = existing_class(repository.schema, name.classname)
    wanted = sorted(each.name.lower() for each in found.key_properties)
    given = [key.lower() for key, _ in name.keys]
    if given != wanted:
        keys = ", ".join(each.name for each in found.key_properties)
        raise CIMError(INVALID_PARAMETER, f"expected the keys {keys} of {found.name} in {name}")
    raise CIMError(NOT_FOUND, f"there is no instance {name}")


def get_instance(repository: Repository, _namespace: str, parameters: Parameters) -> list[Instance]:
    """GetInstance: the instance, alone in a list."""
    return [existing_instance(repository, parameters["InstanceName"])]


def enumerate_instances(
    repository: Repository, namespace: str, parameters: Parameters
) -> list[Instance]:
    """EnumerateInstances: those of the class and its subclasses."""
    found = existing_class(repository.schema, parameters["ClassName"])
    return repository.instances(namespace, found.name)


def enumerate_instance_names(
    repository: Repository, namespace: str, parameters: Parameters
) -> list[ObjectName]:
    """EnumerateInstanceNames."""
    return [each.path for each in enumerate_instances(repository, namespace, parameters)]


def associators(
    repository: Repository, _namespace: str, parameters: Parameters
) -> list[Instance] | list[ClassDef]:
    """Associators, of an instance or of a class."""
    source = parameters["ObjectName"]
    _check_filters(repository.schema, parameters, "AssocClass", "ResultClass")
    if isinstance(source, str):
        return _associated_classes(repository.schema, source, parameters)
    _check_source(repository, source)
    return repository.associated(
        source,
        parameters.get("AssocClass"),
        parameters.get("ResultClass"),
        parameters.get("Role") or None,
        parameters.get("ResultRole") or None,
    )


def associator_names(
    repository: Repository, namespace: str, parameters: Parameters
) -> list[ObjectName]:
    """AssociatorNames, of an instance or of a class."""
    return _names(namespace, associators(repository, namespace, parameters))


def references(
    repository: Repository, _namespace: str, parameters: Parameters
) -> list[Instance] | list[ClassDef]:
    """Answer References, of an instance or of a class."""
    source = parameters["ObjectName"]
    _check_filters(repository.schema, parameters, "ResultClass")
    if isinstance(source, str):
        return _referring_classes(repository.schema, source, parameters)
    _check_source(repository, source)
    return repository.referring(
        source, parameters.get("ResultClass"), parameters.get("Role") or None
    )


def reference_names(
    repository: Repository, namespace: str, parameters: Parameters
) -> list[ObjectName]:
    """ReferenceNames, of an instance or of a class."""
    return _names(namespace, references(repository, namespace, parameters))


def _names(namespace: str, objects: list[Instance] | list[ClassDef]) -> list[ObjectName]:
    return [
        each.path if isinstance(each, Instance) else ObjectName(namespace, each.name)
        for each in objects
    ]


def _check_filters(schema: Schema, parameters: Parameters, *names: str) -> None:
    """Refuse an unknown class as a filter: INVALID_PARAMETER (DSP0200, clause 5.3.2.16)."""
    for name in names:
        classname = parameters.get(name)
        if classname is not None and schema.class_named(classname) is None:
            raise CIMError(INVALID_PARAMETER, f"{name}: there is no class {classname}")


def _check_source(repository: Repository, source: ObjectName) -> None:
    """Refuse a source that cannot be: NOT_FOUND and so on.

    A source that does not exist any more but is still referred to has its associations.
    """
    if repository.get(source) is None and not repository.referring(source):
        existing_instance(repository, source)


def _referring_classes(schema: Schema, source: str, parameters: Parameters) -> list[ClassDef]:
    return [
        each
        for each, _ in _class_ends(
            schema, source, parameters.get("ResultClass"), parameters.get("Role")
        )
    ]


def _associated_classes(schema: Schema, source: str, parameters: Parameters) -> list[ClassDef]:
    result_role, result_class = parameters.get("ResultRole"), parameters.get("ResultClass")
    found: dict[ClassDef, None] = {}
    ends = _class_ends(schema, source, parameters.get("AssocClass"), parameters.get("Role"))
    for association, roles in ends:
        for other in association.reference_properties:
            target = schema.class_named(other.reference_class or "")
            reachable = any(role != other.name for role in roles)
            if target is None or not reachable or not _same(other.name, result_role):
                continue
            if result_class is None or schema.is_a(target.name, result_class):
                found[target] = None
    return list(found)


def _class_ends(
    schema: Schema, source: str, association: str | None, role: str | None
) -> list[tuple[ClassDef, list[str]]]:
    """Return the association classes that may refer to a class, and its roles in each."""
    found = existing_class(schema, source)
    ends = []
    for each in schema.classes():
        if not each.association or (association and not schema.is_a(each.name, association)):
            continue
        roles = [
            prop.name
            for prop in each.reference_properties
            if (prop.reference_class or "").lower() in found.lineage and _same(prop.name, role)
        ]
        if roles:
            ends.append((each, roles))
    return ends


def _same(name: str, wanted: str | None) -> bool:
    return not wanted or name.lower() == wanted.lower()
