"""CreateInstance, ModifyInstance and DeleteInstance, left to the writer of the class."""

from __future__ import annotations

from reference_impl.operations.calls import Writer
from reference_impl.operations.reading import Parameters, existing_class, existing_instance
from reference_impl.operations.tables import FoldedTable
from reference_impl.repository import Repository
from reference_impl.values import INVALID_CLASS, NOT_SUPPORTED, CIMError, Instance, ObjectName

Writers = FoldedTable[str, Writer]


def create_instance(
    repository: Repository, writers: Writers, namespace: str, parameters: Parameters
) -> ObjectName:
    """Create what the parameter NewInstance says and return its path."""
    instance: Instance = parameters["NewInstance"]
    writer = _writer(repository, writers, instance.classname)
    return writer.create(namespace, instance)


def modify_instance(repository: Repository, writers: Writers, parameters: Parameters) -> None:
    """Change the instance that the parameter ModifiedInstance names.

    Raises CIMError INVALID_CLASS when its path and its properties are of different classes.
    """
    instance: Instance = parameters["ModifiedInstance"]
    existing = existing_instance(repository, instance.path)
    if existing.classname != instance.classname:
        raise CIMError(
            INVALID_CLASS, f"{instance.path} is no {instance.classname} but a {existing.classname}"
        )
    writer = _writer(repository, writers, instance.classname)
    writer.modify(instance, parameters.get("PropertyList"))


def delete_instance(repository: Repository, writers: Writers, parameters: Parameters) -> None:
    """Delete the instance that the parameter InstanceName names."""
    existing = existing_instance(repository, parameters["InstanceName"])
    _writer(repository, writers, existing.classname).delete(existing.path)


def _writer(repository: Repository, writers: Writers, classname: str) -> Writer:
    for each in existing_class(repository.schema, classname).lineage:
        writer = writers.get(each)
        if writer is not None:
            return writer
    raise CIMError(NOT_SUPPORTED, f"clients cannot write instances of {classname}")


class PlainWriter:
    """A Writer that keeps what clients send, for classes with nothing behind them."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    def create(self, namespace: str, instance: Instance) -> ObjectName:
        """Add the instance. Raises CIMError as `Repository.add` does."""
        return self._repository.add(namespace, instance.classname, **instance.values).path

    def modify(self, instance: Instance, property_list: list[str] | None) -> None:
        """Change the properties listed, or those given; a listed one not given becomes NULL."""
        found = existing_class(self._repository.schema, instance.classname)
        values = instance.values
        if property_list is not None:
            listed = [found.property_named(name) for name in property_list]
            values = {p.name: instance.get(p.name) for p in listed if p is not None}
        self._repository.change(instance.path, **values)

    def delete(self, name: ObjectName) -> None:
        """Remove the instance with its associations."""
        self._repository.remove(name)
