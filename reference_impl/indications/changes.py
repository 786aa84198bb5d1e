"""What a ModifyInstance operation would change, and refusals of it."""

from __future__ import annotations

from collections.abc import Collection

from reference_impl.repository import Repository
from reference_impl.values import (
    INVALID_PARAMETER,
    NO_SUCH_PROPERTY,
    NOT_SUPPORTED,
    CIMError,
    Instance,
    Value,
)


def changes(
    repository: Repository, instance: Instance, property_list: list[str] | None
) -> dict[str, Value]:
    """Return the properties whose values would become others, by the schema's names.

    A listed property that is not given becomes NULL (None). Raises CIMError NO_SUCH_PROPERTY.
    """
    current = repository.get(instance.path)
    before = {} if current is None else current.values
    named = list(instance.values) if property_list is None else property_list
    wanted = {name: instance.values.get(name) for name in _spelled(repository, instance, named)}
    return {name: value for name, value in wanted.items() if value != before.get(name)}


def check_editable(changed: Collection[str], editable: Collection[str]) -> None:
    """Raise CIMError NOT_SUPPORTED for a property that clients cannot change."""
    for name in changed:
        if name not in editable:
            raise CIMError(
                NOT_SUPPORTED, f"{name} cannot be changed; expected one of {', '.join(editable)}"
            )


def given(instance: Instance, name: str) -> str:
    """Return a text that a new instance must have. Raises CIMError INVALID_PARAMETER."""
    value = instance.get(name)
    if not value:
        raise CIMError(INVALID_PARAMETER, f"{instance.classname}: expected a value of {name}")
    return str(value)


def _spelled(repository: Repository, instance: Instance, named: list[str]) -> list[str]:
    found = repository.schema.class_named(instance.classname)
    spelled = []
    for name in named:
        prop = found.property_named(name) if found else None
        if prop is None:
            raise CIMError(NO_SUCH_PROPERTY, f"{instance.classname} has no property {name}")
        spelled.append(prop.name)
    return spelled
