"""Removing a system that a run made, whatever state it is in.

Servers differ: some refuse to destroy an active system, some refuse to deactivate a paused one.
So a paused system is resumed first, and a destruction that was refused or came to nothing is
tried again after deactivation. What is refused while a job goes on is asked for again when that
has ended. It is gone when GetInstance says so, whatever the replies were.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import msgspec

from conformance.cim import Answer, Argument, Instance, Path
from conformance.play.calling import Caller, Request
from conformance.play.guard import Reader
from conformance.play.instances import delete
from conformance.play.jobs import NOT_FOUND, TRIES
from conformance.play.journal import Deletion, Recipe, RequestData, Undo, cim_path
from conformance.transcript import Call

SNAPSHOTS = "CIM_SnapshotOfVirtualSystem"
SETTINGS_STATE = "CIM_SettingsDefineState"
SYSTEM_SETTINGS = "CIM_VirtualSystemSettingData"
ROUNDS = 3
NAMING = ("ElementName", "VirtualSystemIdentifier", "Name")

Watcher = Callable[[Call], None]
"""Takes each call that clean-up makes, for the transcript."""


def _ignore(call: Call) -> None:
    """Keep nothing of a call."""


class Removal(msgspec.Struct, frozen=True):
    """How the removal of a system ended; `reason` tells why it is still there."""

    gone: bool
    reason: str = ""


class Remover:
    """Removes systems by a recipe."""

    def __init__(
        self,
        caller: Caller,
        recipe: Recipe,
        watcher: Watcher | None = None,
        patience: float | None = None,
        *,
        at_rest: bool = False,
    ) -> None:
        """Take the recipe; `patience` is how many seconds to wait (None: as for a state).

        `at_rest` tells that a system must be deactivated before it can be destroyed.
        """
        self.at_rest = at_rest
        self._caller = caller
        self._patience = caller.deadlines.state if patience is None else patience
        self._recipe = recipe
        self._watcher = watcher or _ignore
        self._service = cim_path(recipe.service)
        caller.guard.permit_service(self._service)

    def remove(self, path: Path) -> Removal:
        """Remove a system and wait until it is gone.

        Raises:
            GuardError: the system is not one that this run made.
        """
        reason = "it does not come to rest"
        for _ in range(ROUNDS):
            if self._is_gone(path) or (self._rests(path) and self._is_gone(path)):
                return Removal(gone=True)
            reason = self._attempt(path)
            if not reason:
                vanished = self._vanishes(path) or self._destroyed_at_rest(path)
                reason = "" if vanished else "it is still there after its destruction"
                return Removal(vanished, reason)
            self._caller.underway.outlast(self._recipe.namespace)
        return Removal(self._is_gone(path), reason)

    def _destroyed_at_rest(self, path: Path) -> bool:
        """Deactivate a system whose destruction came to nothing, and destroy it then.

        `at_rest` tells from then on that systems are to be deactivated first.
        """
        if self._state(path) in (None, self._recipe.defined):
            return False
        self._request(path, self._recipe.disable)
        self.at_rest = not self._destroy(path) and self._vanishes(path)
        return self.at_rest

    def _attempt(self, path: Path) -> str:
        """Try to destroy a system in several ways; return why it was refused, "" if it was not."""
        if self._state(path) == self._recipe.paused:
            self._request(path, self._recipe.enable)
        if self.at_rest and self._state(path) != self._recipe.defined:
            self._request(path, self._recipe.disable)
        reason = self._destroy(path)
        if reason and self._drop_snapshots(path):
            reason = self._destroy(path)
        for requests in ((self._recipe.disable,), (self._recipe.enable, self._recipe.disable)):
            if not reason or self._is_gone(path):
                break
            for request in requests:
                self._request(path, request)
            reason = self._destroy(path)
        return reason

    # -- steps -------------------------------------------------------------------------------

    def _destroy(self, path: Path) -> str:
        """Call the destroying method; return how the server refused, "" when it did not."""
        argument = Argument(self._recipe.parameter, "reference", path)
        request = Request(
            method=self._recipe.destroy,
            target=self._service,
            arguments=(argument,),
            purpose="clean-up",
            subject=path,
            observed=self._recipe.observed,
        )
        call = self._caller.call(request).call
        self._watcher(call)
        return "" if call.outcome.accepted else f"{self._recipe.destroy}: {call.outcome.text}"

    def _drop_snapshots(self, path: Path) -> bool:
        """Remove the snapshots of a system of our own; tell whether there were any."""
        undo = self._recipe.snapshots
        if undo is None:
            return False
        answer = self._caller.reader.associator_names(path, SNAPSHOTS)
        found = list(answer.value) if answer.ok else []
        for snapshot in found:
            self._caller.guard.adopt_scope([(snapshot.identity, "")])
            undo_thing(self._caller, undo, snapshot, self._watcher, self._patience)
        return bool(found)

    def _request(self, path: Path, wanted: RequestData | None) -> None:
        """Request a state change and wait for the states to come to rest."""
        if wanted is None:
            return
        enabling = wanted == self._recipe.enable
        goal = self._recipe.active if enabling else self._recipe.defined
        arguments = [Argument(n, type_, value) for n, type_, value in wanted.parameters]
        if wanted.subject:
            arguments.append(Argument(wanted.subject, "reference", path))
        request = Request(
            method=wanted.method,
            target=self._service if wanted.subject else path,
            arguments=tuple(arguments),
            purpose="clean-up",
            subject=path,
            observed=self._recipe.observed,
        )
        call = self._caller.call(request).call
        if call.outcome.accepted:
            call = self._caller.watch(
                call, path, self._recipe.observed, lambda i: i.get(self._recipe.observed) == goal
            )
        self._watcher(call)

    def _state(self, path: Path) -> object:
        answer = self._caller.reader.get_instance(path)
        return answer.value.get(self._recipe.observed) if answer.ok else None

    def _is_gone(self, path: Path) -> bool:
        return gone(self._caller.reader.get_instance(path))

    def _vanishes(self, path: Path) -> bool:
        """Wait until the system is gone."""
        return self._waits(path, gone)

    def _rests(self, path: Path) -> bool:
        """Wait until the system is gone or in a stable state: a job may still be changing it."""
        stable = self._recipe.stable
        observed = self._recipe.observed
        return self._waits(path, lambda a: gone(a) or (a.ok and a.value.get(observed) in stable))

    def _waits(self, path: Path, done: Callable[[Answer], bool]) -> bool:
        """Wait for an answer about the system; give up when the server no longer answers."""
        troubles = 0
        for _ in self._caller.clock.looks(self._patience):
            answer = self._caller.reader.get_instance(path)
            if done(answer):
                return True
            troubles = troubles + 1 if answer.trouble is not None else 0
            if troubles == TRIES:
                return False
        return False


def undo_thing(
    caller: Caller,
    undo: Undo,
    path: Path,
    watcher: Watcher = _ignore,
    patience: float | None = None,
) -> Removal:
    """Remove a thing that this run made and wait until it is gone.

    Raises:
        GuardError: it is not one that this run made.
    """
    if gone(caller.reader.get_instance(path)):
        return Removal(gone=True)
    service = cim_path(undo.service)
    caller.guard.permit_service(service)
    argument = Argument(undo.parameter, "reference", path)
    request = Request(method=undo.method, target=service, arguments=(argument,), purpose="clean-up")
    call = caller.call(request).call
    watcher(call)
    if not call.outcome.accepted and caller.underway.outlast(undo.namespace):
        if gone(caller.reader.get_instance(path)):
            return Removal(gone=True)
        call = caller.call(request).call
        watcher(call)
    if not call.outcome.accepted:
        return Removal(gone(caller.reader.get_instance(path)), call.outcome.text)
    for _ in caller.clock.looks(caller.deadlines.state if patience is None else patience):
        if gone(caller.reader.get_instance(path)):
            return Removal(gone=True)
    return Removal(gone=False, reason="it is still there after its removal")


def delete_instance(
    caller: Caller,
    path: Path,
    watcher: Watcher = _ignore,
    patience: float | None = None,
) -> Removal:
    """Remove an instance that this run created, whatever the reply to that looks like.

    Raises:
        GuardError: it is not one that this run made.
    """
    if gone(caller.reader.get_instance(path)):
        return Removal(gone=True)
    call = delete(caller, path, "clean-up")
    watcher(call)
    if not call.outcome.accepted:
        return Removal(gone(caller.reader.get_instance(path)), call.outcome.text)
    for _ in caller.clock.looks(caller.deadlines.state if patience is None else patience):
        if gone(caller.reader.get_instance(path)):
            return Removal(gone=True)
    return Removal(gone=False, reason="it is still there after its deletion")


def gone(answer: Answer) -> bool:
    """Tell whether the server said that an instance does not exist."""
    return answer.refusal is not None and answer.refusal.status == NOT_FOUND


# -- finding what bears a name -------------------------------------------------------------------


def find_by_name(reader: Reader, namespace: str, systems: str, name: str) -> list[Path]:
    """Return the systems that bear a name themselves, else those whose settings bear it."""
    answer = reader.enumerate_instances(namespace, systems)
    found = _named(answer.value, name) if answer.ok else []
    if found:
        return [instance.path for instance in found if instance.path is not None]
    settings = reader.enumerate_instances(namespace, SYSTEM_SETTINGS)
    paths: dict[str, Path] = {}
    for one in _named(settings.value, name) if settings.ok else []:
        if one.path is not None:
            owners = reader.associator_names(one.path, SETTINGS_STATE, result_class=systems)
            paths.update((p.identity, p) for p in (owners.value if owners.ok else []))
    return list(paths.values())


def find_when_made(
    caller: Caller, namespace: str, classname: str, name: str
) -> tuple[list[Path], bool]:
    """Return what bears a name, and whether a job goes on that may yet make it.

    A job under way is waited for, to the deadline of jobs.
    """
    going_on = False
    for still in caller.underway.looks(namespace):
        going_on = still
        paths = find_by_name(caller.reader, namespace, classname, name)
        if paths:
            return paths, False
    return [], going_on


def find_by_keys(reader: Reader, how: Deletion) -> list[Path]:
    """Return the instances that have certain values among their keys."""
    answer = reader.enumerate_instance_names(how.namespace, how.classname)
    return [path for path in answer.value if has_keys(path, how.keys)] if answer.ok else []


def has_keys(path: Path, wanted: Iterable[str]) -> bool:
    """Tell whether all these values are among the keys of a path, or of what these refer to."""
    return set(wanted) <= set(_key_values(path))


def _key_values(path: Path) -> Iterator[str]:
    for _, value in path.keys:
        if isinstance(value, Path):
            yield from _key_values(value)
        else:
            yield str(value)


def bears_name(reader: Reader, path: Path, name: str) -> bool:
    """Tell whether a system, or its state configuration, bears a name."""
    return name in names_of(reader, path)


def names_of(reader: Reader, path: Path) -> set[str]:
    """Return the names that a system and its state configuration bear."""
    answer = reader.get_instance(path)
    settings = reader.associators(path, SETTINGS_STATE, result_class=SYSTEM_SETTINGS)
    instances = [answer.value] if answer.ok else []
    instances += settings.value if settings.ok else []
    return {str(name) for each in instances for key in NAMING if (name := each.get(key))}


def _named(instances: Iterable[Instance], name: str) -> list[Instance]:
    return [i for i in instances if any(i.get(each) == name for each in NAMING)]
