"""Arguments of a scenario's calls: plain values, and words that stand for something on the server.

A profile definition cannot know paths and settings of the server under test. A parameter that is
a map says where its value comes from:

- `{system: true}`: the path of the system that the run made;
- `{made: NAME}`: the path of what a step of `prepare` has made;
- `{name: true}`: a new run-unique name; `{text: ...}`: a text as it stands;
- `{mistyped: true}`: a text that is no value of the type that the schema gives the parameter;
- `{path: ADAPTATION}`: the path of what belongs to the system;
- `{settings: ADAPTATION}`: an embedded instance with the settings of what belongs to the system;
- `{host: ADAPTATION}`: the path of something of the host that is only referred to;
- `{property: NAME, of: ADAPTATION}`: what a property of something of the host says;
- `{like: ADAPTATION}`: an embedded instance modelled on one of the host, without its identity;
- `{absent: ADAPTATION}`: a path like those of the server that leads nowhere;
- `{parent: ADAPTATION}`: the path of a pool that has room for another one, to be named as its
  parent; `{draw: N}`: settings that draw N small portions from it (`all`: more than it has), or
  with `of: NAME` from a pool that a step has made (`quantity: true` for a virtual system,
  `other_type: true` of another resource type than the pool's);
- `{spare: ADAPTATION}`: the path of a device of the host that is in no pool, to be put into one
  (`skip: N` leaves out as many);
- `{input: NAME}`: what the user states, or what the suite models on the server;
- `{default: true}`: settings as the default of the capabilities of a pool of the profile has them,
  of those capabilities that satisfy `where`, and with `for: CHOICE` allow such a quantity: of
  several the handiest; with `in_unit: other` (or `none`) the size is told in another unit (or in
  something that is none); `among: INPUT` are all that the input has, those
  settings in the place of what it has of their type;
- `{value: PROPERTY, of: ADAPTATION, plus: N}`: a number taken from an instance of the host, or
  with `own: ADAPTATION` of what belongs to the system; of an array the first.

`where` chooses among several, `several: true` takes all, `alone: true` none where there are
several; `set` gives properties of an embedded
instance other values (NULL leaves them out), `only` keeps nothing but the named ones. A quantity
`{chosen: CHOICE}` is taken from what the capabilities tell (see `play/quantities.py`); where the
limit was the quantity, it stays so with `follow: true`. `told: true` chooses what is of the type of
the default that was asked for before. See `play/requesting.py` for values that servers refuse.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from conformance.cim import Instance, Path
from conformance.definitions.catalogue import local_name
from conformance.play.context import Context
from conformance.play.inputs import RESOURCE_SETTINGS
from conformance.play.methods import Mistyped
from conformance.play.quantities import DEFAULT, QUANTITY
from conformance.play.requesting import CHOSEN, ODD, amount_for, capable_default, in_unit
from conformance.play.rooms import Room, another_type, drawn, find_room
from conformance.play.session import halt

FORMS = (
    *("system", "made", "name", "text", "path", "settings", "host", "like", "absent", "input"),
    *("parent", "draw", "spare", "property", "default", "mistyped"),
)
POOL_SETTINGS = "pool-settings"
IDENTITY = "InstanceID"
UNKNOWN = "unknown"


def values_of(context: Context, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of a call by parameter name.

    Raises:
        Halt: the server has nothing that a parameter could stand for.
        InputError: the user's settings do not fit.
        NoService: there is no management service.
    """
    return {name: value_of(context, value) for name, value in parameters.items()}


def value_of(context: Context, value: Any) -> Any:  # any CIM value
    """Return one argument."""
    if isinstance(value, list | tuple):
        found = [value_of(context, each) for each in value]
        return [item for each in found for item in (each if isinstance(each, list) else [each])]
    if not isinstance(value, Mapping):
        return value
    form = next((name for name in FORMS if name in value), "value")
    return _BUILDERS[form](context, value)


def _system(context: Context, _value: Mapping[str, Any]) -> Path:
    if context.system is None:
        raise halt(error="the scenario names a system, and makes none")
    return context.system


def _made(context: Context, value: Mapping[str, Any]) -> Path:
    name = str(value["made"])
    if name not in context.made:
        raise halt(untested=f"{name!r} was not found after it was made")
    return context.made[name]


def _name(context: Context, _value: Mapping[str, Any]) -> str:
    name = context.session.stage.maker.next_name()
    context.session.stage.caller.guard.permit_name(name)
    return name


def _text(_context: Context, value: Mapping[str, Any]) -> str:
    return str(value["text"])


def _mistyped(_context: Context, _value: Mapping[str, Any]) -> Mistyped:
    return Mistyped()


def _path(context: Context, value: Mapping[str, Any]) -> Any:
    found = _own(context, str(value["path"]), value)
    paths = [instance.path for instance in found if instance.path is not None]
    return paths if value.get("several") else paths[0]


def _settings(context: Context, value: Mapping[str, Any]) -> Any:
    found = _own(context, str(value["settings"]), value)
    built = [_changed(context, instance, value) for instance in found]
    return built if value.get("several") else built[0]


def _host(context: Context, value: Mapping[str, Any]) -> Any:
    found = _of_host(context, str(value["host"]), value)
    paths = [instance.path for instance in found if instance.path is not None]
    chosen = paths if value.get("several") else paths[:1]
    for path in chosen:
        context.session.stage.caller.guard.permit_reference(path)
    return chosen if value.get("several") else chosen[0]


def _property(context: Context, value: Mapping[str, Any]) -> Any:
    name = str(value["property"])
    instance = _of_host(context, str(value.get("of", "")), value)[0]
    found = instance.get(name)
    if found is None:
        raise halt(untested=f"{instance.path} has no value of {name}")
    return found


def _like(context: Context, value: Mapping[str, Any]) -> Any:
    model = _of_host(context, str(value["like"]), value)[0]
    return _changed(context, model, {**value, "set": {IDENTITY: None, **value.get("set", {})}})


def _absent(context: Context, value: Mapping[str, Any]) -> Path:
    """Return a path that leads nowhere, built as one of the server's own."""
    name = str(value["absent"])
    owner, adaptation = context.model.catalogue.find_adaptation(context.key, name)
    members = context.model.members(owner, local_name(name)).values()
    paths = [instance.path for instance in members if instance.path is not None]
    machine = context.session.stage.machine
    if (
        not paths
        and context.system
        and (owner, local_name(name)) == (machine.key, machine.states.of)
    ):
        paths = [context.system]
    unique = context.session.stage.maker.next_name()
    if paths:
        shown = min(paths, key=lambda path: path.identity)
        keys = [(k, unique if _is_name(k) else v) for k, v in shown.keys]
        path = Path(shown.namespace, shown.classname, keys)
    else:
        namespace = context.session.stage.maker.provision.find_service().namespace
        path = Path(namespace, adaptation.class_, [(IDENTITY, unique)])
    if context.session.stage.caller.reader.get_instance(path).ok:
        raise halt(error=f"{path} exists, though the suite made up its name")
    context.session.stage.caller.guard.adopt_scope([(path.identity, unique)])
    return path


def _is_name(key: str) -> bool:
    return key.lower() in ("name", "deviceid", "instanceid")


def _input(context: Context, value: Mapping[str, Any]) -> Any:
    name = str(value["input"])
    declared = context.model.catalogue.profiles[context.key].inputs.get(name)
    provision = context.session.stage.maker.provision
    if declared is not None and declared.like and not provision.states(name):
        return _like(context, {**value, "like": declared.like})
    offers = provision.offers(name, declared.class_ if declared else "CIM_SettingData")
    context.session.trace.append(f"{name}: {offers.source}")
    built = [_changed(context, instance, value) for instance in offers.instances]
    return built if declared is not None and declared.array else built[0]


def _room(context: Context) -> Room:
    provision = context.session.stage.maker.provision
    stated = None
    if provision.states(POOL_SETTINGS):
        stated = provision.offers(POOL_SETTINGS, RESOURCE_SETTINGS).instances[0]
    room = find_room(context.model, context.key, stated)
    if room is None:
        raise halt(untested="no pool says that it has room for another one")
    return room


def _parent(context: Context, _value: Mapping[str, Any]) -> Path:
    path = _room(context).path
    context.session.stage.caller.guard.permit_as(path, "ParentPool")
    return path


def _draw(context: Context, value: Mapping[str, Any]) -> Instance:
    """Return settings that draw portions from the parent, or from a pool of the run's own."""
    room = _room(context)
    pool = room.pool
    if "of" in value:
        path = _made(context, {"made": value["of"]})
        answer = context.session.stage.caller.reader.get_instance(path)
        if not answer.ok:
            raise halt(untested=f"{path} cannot be read: {answer.refusal or answer.trouble}")
        pool = answer.value
    parts = None if value["draw"] == "all" else int(value["draw"])
    if parts is None and room.unlimited:
        raise halt(untested=f"{room.path} has no limit that could be exceeded")
    values = drawn(room, pool, parts)
    if value.get("other_type"):
        values["ResourceType"] = another_type(room)
    if value.get("quantity"):
        units = values["AllocationUnits"]
        values |= {"VirtualQuantity": values["Reservation"], "VirtualQuantityUnits": units}
    built = context.inputs.build(room.classname, values)
    return _changed(context, built, value)


def _spare(context: Context, value: Mapping[str, Any]) -> Path:
    name, skipped = str(value["spare"]), int(value.get("skip", 0))
    found = _of_host(context, name, value)[skipped:]
    paths = [instance.path for instance in found if instance.path is not None]
    if not paths:
        raise halt(untested=f"the host has no other {name} to take for a parameter")
    context.session.stage.caller.guard.permit_as(paths[0], "HostResources")
    return paths[0]


def _default(context: Context, value: Mapping[str, Any]) -> Any:
    """Return settings like a default, with an identity and quantities of their own."""
    capable = capable_default(context, value)
    context.session.keep(capable)
    pool = {} if capable.default.get("PoolID") else {"PoolID": capable.pool.get("PoolID")}
    changes = {IDENTITY: None, **pool, **(value.get("set") or {})}
    built = _changed(context, capable.default, {**value, "set": changes})
    if "in_unit" in value:
        built = context.inputs.build(built.classname, in_unit(told_by(built), value["in_unit"]))
    if "among" not in value:
        return built
    kind = capable.default.get("ResourceType")
    title = local_name(str(value["among"]))
    stated = context.session.stage.maker.provision.offers(title, RESOURCE_SETTINGS)
    return [*(each for each in stated.instances if each.get("ResourceType") != kind), built]


def _number(context: Context, value: Mapping[str, Any]) -> int:
    """Return a number of an instance, multiplied by `times`, with `plus` added."""
    if "own" in value:
        instance = _own(context, str(value["own"]), value)[0]
    else:
        instance = _of_host(context, str(value.get("of", "")), value)[0]
    found = instance.get(str(value["value"]))
    found = found[0] if isinstance(found, list) and found else found
    if not isinstance(found, int):
        raise halt(untested=f"{instance.path} has no number as {value['value']}")
    return int(found) * int(value.get("times", 1)) + int(value.get("plus", 0))


_BUILDERS = {
    "system": _system,
    "made": _made,
    "name": _name,
    "text": _text,
    "path": _path,
    "settings": _settings,
    "host": _host,
    "like": _like,
    "absent": _absent,
    "input": _input,
    "parent": _parent,
    "draw": _draw,
    "spare": _spare,
    "value": _number,
    "property": _property,
    "default": _default,
    "mistyped": _mistyped,
}


# -- instances to take a value from ----------------------------------------------------------------


def _own(context: Context, name: str, value: Mapping[str, Any]) -> list[Instance]:
    """Return the instances of an adaptation that belong to the system, read now."""
    system = _system(context, value)
    walk = context.session.stage.observer.walk(system)
    found = walk.members(context.key, name)
    if value.get("told"):
        found = _of_default(context, found)
    return _chosen(context, name, found, value, "the virtual system")


def _of_default(context: Context, found: Iterable[Instance]) -> list[Instance]:
    """Return what is of the type of the default that was asked for, the latest first."""
    default = context.session.told.get(DEFAULT)
    kind = default.get("ResourceType") if default is not None else None
    return [each for each in found if each.get("ResourceType") == kind][::-1]


def _of_host(context: Context, name: str, value: Mapping[str, Any]) -> list[Instance]:
    """Return the instances of an adaptation as the snapshot has them, in a fixed order."""
    members = context.model.members(context.key, name)
    ordered = [members[identity] for identity in sorted(members)]
    return _chosen(context, name, ordered, value, "the host")


def _chosen(
    context: Context, name: str, found: Iterable[Instance], value: Mapping[str, Any], where: str
) -> list[Instance]:
    owner, adaptation = context.model.catalogue.find_adaptation(context.key, name)
    wanted = value.get("where") or {}
    fitting = [
        instance
        for instance in found
        if context.model.satisfies(owner, adaptation.class_, instance, wanted)
    ]
    if not fitting:
        told = " like that" if wanted else ""
        raise halt(untested=f"{where} has no {name}{told} to take for a parameter")
    if value.get("alone") and len(fitting) > 1:
        raise halt(untested=f"{where} has {len(fitting)} {name}, and any of them could be meant")
    return fitting


def altered(context: Context, given: Any, value: Mapping[str, Any]) -> Any:  # any CIM value
    """Return embedded instances with what a parameter `set`s or keeps `only`."""
    if isinstance(given, list):
        return [altered(context, each, value) for each in given]
    return _changed(context, given, value) if isinstance(given, Instance) else given


# -- embedded instances ------------------------------------------------------------------------


def _changed(context: Context, instance: Instance, value: Mapping[str, Any]) -> Instance:
    """Return an embedded instance with the values of another one, some of them changed."""
    changes = value.get("set") or {}
    only = value.get("only")
    pairs = zip(instance.layout.slots, instance.values, strict=True)
    kept = {
        slot.name: each
        for slot, each in pairs
        if each is not None and (only is None or slot.name in only or slot.name in changes)
    }
    for name, change in changes.items():
        kept[name] = _set(context, instance, name, change)
    if value.get("follow"):
        kept |= _following(instance, kept)
    return context.inputs.build(
        instance.classname, {name: each for name, each in kept.items() if each is not None}
    )


def _following(instance: Instance, kept: Mapping[str, Any]) -> dict[str, Any]:
    """Return limit and reservation that are to be the quantity, as they were before.

    More than its own limit is no quantity that a server could give.
    """
    was = instance.get(QUANTITY)
    alike = (name for name in ("Limit", "Reservation") if was and instance.get(name) == was)
    return {name: kept[QUANTITY] for name in alike if QUANTITY in kept}


def told_by(instance: Instance) -> dict[str, Any]:
    """Return the values of an instance that are not NULL, by name."""
    pairs = zip(instance.layout.slots, instance.values, strict=True)
    return {slot.name: value for slot, value in pairs if value is not None}


def _set(context: Context, instance: Instance, name: str, change: Any) -> Any:  # any CIM value
    """Return the new value of a property: plain, or `plus`, `times` and `unknown` of the old."""
    if not isinstance(change, Mapping):
        return change
    if CHOSEN in change:
        return amount_for(context, instance, name, str(change[CHOSEN]))
    for word in ODD.keys() & change.keys():
        return ODD[word](context, instance, change[word])
    if "nowhere" in change:
        return [str(_absent(context, {"absent": change["nowhere"]}))]
    if change.get(UNKNOWN):
        unique = context.session.stage.maker.next_name()
        context.session.stage.caller.guard.adopt_scope([("", unique)])
        return unique
    if "plus" in change or "times" in change:
        old = instance.get(name)
        if "value" in change:
            return _number(context, change)
        if not isinstance(old, int):
            raise halt(untested=f"{instance.path or instance.classname} has no number as {name}")
        return int(old) * int(change.get("times", 1)) + int(change.get("plus", 0))
    return value_of(context, change)
