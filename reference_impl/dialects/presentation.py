"""A dialect applied to what the hypervisor writes: classes, associations and values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from reference_impl.dialects.dialect import Context, Dialect, Fixed, Link, Translate
from reference_impl.dialects.identities import Identities
from reference_impl.hypervisor.store import Values
from reference_impl.repository import Repository
from reference_impl.schema import Schema
from reference_impl.values import Instance, ObjectName


def add_classes(schema: Schema, dialect: Dialect) -> None:
    """Add the classes of a dialect to a schema. Raises SchemaError."""
    for each in dialect.classes:
        schema.derive(
            each.name,
            each.superclass,
            each.properties,
            each.methods,
            abstract=each.abstract,
            indication=each.indication,
        )


class Dressed:
    """The Presentation of a dialect; `names` are the identifiers that it gives."""

    def __init__(self, dialect: Dialect, repository: Repository, namespace: str) -> None:
        self.dialect = dialect
        self.names = Identities(namespace, dialect.host_name)
        self._repository = repository
        self._schema = repository.schema
        self._translations: dict[str, dict[str, Translate]] = {}
        self._fixed: dict[str, list[Fixed]] = {}

    def shown(self, classname: str, values: Values) -> Sequence[tuple[str, Values]]:
        """Return the instances that are shown for one; none hides it.

        An association is hidden when something that it refers to is.
        """
        chosen = self._chosen(classname, values)
        if not chosen:
            return []
        found = self._schema.class_named(chosen[0][0])
        if found is not None and found.association and not self._complete(values):
            return []
        return [(name, self._dressed(name, given)) for name, given in chosen]

    def changed(self, before: Instance, values: Values) -> Mapping[ObjectName, Values]:
        """Return changes of an instance as they are shown, of it and of others that follow it."""
        context = Context(before.classname, {**before.values, **values}, self.names)
        own = {before.path: self._translated(before.classname, values, context)}
        follow = self.dialect.followers.get(before.classname)
        return own if follow is None else {**own, **follow(before, values)}

    def end(self, association: str, role: str) -> tuple[str, str]:
        """Return the class and the role in which the end of an association is shown."""
        link = self.dialect.links.get(association)
        shown = link({}) if link is not None else None
        return (shown.classname, shown.roles.get(role, role)) if shown else (association, role)

    def owner_of(self, instance: str) -> str:
        """Return the UUID of the virtual system that an InstanceID belongs to, or ""."""
        return self.names.owner(instance)

    def _chosen(self, classname: str, values: Values) -> list[tuple[str, Values]]:
        """Return in which classes an instance is shown, its roles renamed."""
        if classname in self.dialect.links:
            link = self.dialect.links[classname](values)
            first = [_linked(link, values)] if link is not None else []
        else:
            choice = self.dialect.shown.get(classname, classname)
            name = choice(values) if callable(choice) else choice
            first = [(name, values)] if name is not None else []
        beside = self.dialect.beside.get(classname)
        more = beside(values) if beside is not None else None
        return [*first, *([_linked(more, values)] if more is not None else [])]

    def _complete(self, values: Values) -> bool:
        ends = (each for each in values.values() if isinstance(each, ObjectName))
        return all(self._repository.get(each) is not None for each in ends)

    def _dressed(self, name: str, values: Values) -> Values:
        context = Context(name, values, self.names)
        dressed = self._translated(name, values, context)
        if "CreationClassName" in dressed:
            dressed["CreationClassName"] = name
        for fixed in self._fixed_of(name):
            dressed |= fixed(context)
        return dressed

    def _translated(self, name: str, values: Values, context: Context) -> Values:
        table = self._table(name)
        return {
            prop: table[prop](value, context) if prop in table else value
            for prop, value in values.items()
        }

    def _table(self, name: str) -> dict[str, Translate]:
        """Return the translations of a class by property, those of subclasses before others."""
        if name not in self._translations:
            found = self._schema.class_named(name)
            table: dict[str, Translate] = {}
            for ancestor in reversed(found.lineage if found else ()):
                for (classname, prop), translate in self.dialect.outward.items():
                    if classname.lower() == ancestor:
                        table[prop] = translate
            self._translations[name] = table
        return self._translations[name]

    def _fixed_of(self, name: str) -> list[Fixed]:
        if name not in self._fixed:
            found = self._schema.class_named(name)
            lineage = reversed(found.lineage if found else ())
            by_class = {each.lower(): fixed for each, fixed in self.dialect.fixed.items()}
            self._fixed[name] = [by_class[each] for each in lineage if each in by_class]
        return self._fixed[name]


def _linked(link: Link, values: Values) -> tuple[str, Values]:
    renamed = {link.roles.get(name, name): value for name, value in values.items()}
    return link.classname, {**renamed, **link.values}
