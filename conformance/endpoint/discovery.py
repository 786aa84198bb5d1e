"""Finds out whether there is a CIM server at a URL, and which namespaces to look at.

Shell. What is wrong with an endpoint as a whole is told here; later on, a trouble concerns only
the check that met it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from conformance.cim import Answer, Instance, Path, Trouble
from conformance.endpoint import Connection, EndpointError
from conformance.endpoint.diagnosis import explained
from conformance.endpoint.factory import open_endpoint
from conformance.endpoint.giving_up import GivingUp

INTEROP_NAMES = ("interop", "root/interop", "root/PG_InterOp", "root/PG_Interop")
"""Where CIM servers keep the Interop namespace (DSP1033, clause 7), and where they used to."""

IMPLEMENTATION_NAMES = (
    "root/virt",
    "root/cimv2",
    "root/ibmsd",
    "root/virtualization",
    "root/virtualization/v2",
    "root/xen",
)
"""Namespaces of known implementations, tried when the server itself tells none."""

REGISTERED = "CIM_RegisteredProfile"
CONFORMS = "CIM_ElementConformsToProfile"
NAMESPACE_CLASSES = ("CIM_Namespace", "__Namespace")
MARKS = ("CIM_VirtualSystemManagementService", "CIM_VirtualSystemSettingData", "CIM_ComputerSystem")
"""A namespace with instances of one of these is worth looking at."""

ACCESS_DENIED, INVALID_NAMESPACE, INVALID_CLASS = 2, 3, 5
MOST_REGISTRATIONS_ASKED = 40


class Found(msgspec.Struct, frozen=True):
    """A usable CIM server: its URL, its namespaces, and how it describes itself.

    `dialect` is the key of the vendor's interface that it is judged by ("" for none), `why` tells
    how that is known.
    """

    url: str
    interop: str
    namespaces: tuple[str, ...]
    server: str = ""
    dialect: str = ""
    why: str = ""


class Homes(msgspec.Struct, frozen=True):
    """Namespaces that a vendor is known to use, where there is reason to look for these.

    Those of `implementation` and `interop` take the place of the usual ones; one that is `alone`
    may be the only one that a server has.
    """

    implementation: tuple[str, ...] = ()
    interop: tuple[str, ...] = ()
    alone: tuple[str, ...] = ()


def preflight(
    connection: Connection,
    interop: str | None = None,
    namespaces: Sequence[str] = (),
    homes: Homes | None = None,
) -> Found:
    """Reach the server and find its namespaces, as far as they are not given.

    Raise EndpointError, which says what is wrong with the endpoint and what to do about it.
    """
    endpoint = GivingUp(open_endpoint(connection))
    try:
        search = _Search(endpoint, connection, homes or Homes())
        found_interop = search.interop(interop)
        given = tuple(dict.fromkeys(namespace.strip("/") for namespace in namespaces))
        found = search.checked(given) if given else search.implementations(found_interop)
        return Found(endpoint.url, found_interop, found, search.server(found_interop))
    finally:
        endpoint.close()


class _Search:
    """Asks the questions that lead to the namespaces."""

    def __init__(self, endpoint: GivingUp, connection: Connection, homes: Homes) -> None:
        self._endpoint = endpoint
        self._connection = connection
        self._homes = homes

    def _instances(self, namespace: str, classname: str) -> list[Instance]:
        """Return the instances of a class; none where the server cannot tell."""
        answer = self._endpoint.enumerate_instances(namespace, classname)
        return answer.value if answer.ok else []

    def interop(self, given: str | None) -> str:
        """Return the name of the Interop namespace: the first with registered profiles.

        Where none has any, the first that the server knows.
        """
        answers: dict[str, Answer] = {}
        for name in [given.strip("/")] if given else self._homes.interop or INTEROP_NAMES:
            answer = self._endpoint.enumerate_instances(name, REGISTERED)
            if answer.trouble is not None and answer.trouble.kind != "disconnect":
                raise explained(self._connection, answer.trouble)
            if answer.ok and answer.value:
                return name
            answers[name] = answer
        known = [name for name, answer in answers.items() if _known(answer)]
        if not known and not given:
            known = list(self._marked(self._homes.alone))
        if known:
            return known[0]
        raise self._no_interop(answers)

    def _no_interop(self, answers: dict[str, Answer]) -> EndpointError:
        """Return why no candidate will do."""
        trouble = next((a.trouble for a in answers.values() if a.trouble is not None), None)
        if trouble is not None:
            return explained(self._connection, trouble)
        told = "; ".join(f"{name}: {answer.refusal}" for name, answer in answers.items())
        if any(a.refusal and a.refusal.status == ACCESS_DENIED for a in answers.values()):
            advice = "use a user who may read the Interop namespace"
        else:
            advice = "name the namespace that holds CIM_RegisteredProfile with --interop"
        reason = f"a CIM server, but no Interop namespace was found ({told})"
        return EndpointError(self._endpoint.url, reason, advice)

    def checked(self, given: tuple[str, ...]) -> tuple[str, ...]:
        """Return given namespaces; raise EndpointError where they must be a slip of the user.

        A namespace that cannot be read now is none: the checks will tell of that.
        """
        seen = {name: self._seen_in(name) for name in given}
        unknown = [name for name, seen_in in seen.items() if seen_in is None]
        if unknown:
            reason = f"a CIM server, but it knows no namespace {' or '.join(unknown)}"
            advice = "correct --namespace, or leave it out to have the namespaces found"
            raise EndpointError(self._endpoint.url, reason, advice)
        if not any(seen.values()):
            reason = f"a CIM server, but no virtual systems nor their host in {', '.join(given)}"
            advice = "name the implementation namespace with --namespace, or leave it out"
            raise EndpointError(self._endpoint.url, reason, advice)
        return given

    def _seen_in(self, namespace: str) -> bool | None:
        """Tell whether a namespace may hold virtual systems; None when it does not exist."""
        for classname in MARKS:
            answer = self._endpoint.enumerate_instance_names(namespace, classname)
            if answer.refusal is not None and answer.refusal.status == INVALID_NAMESPACE:
                return None
            empty = answer.ok and not answer.value
            if not empty and not (answer.refusal and answer.refusal.status == INVALID_CLASS):
                return True
        return False

    def implementations(self, interop: str) -> tuple[str, ...]:
        """Return the namespaces with virtual systems or their host, the most telling first."""
        told = dict.fromkeys((*self._conforming(interop), *self._listed(interop)))
        others = [one for one in told if one.lower() != interop.lower()]
        usual: list[Sequence[str]] = [others, IMPLEMENTATION_NAMES, (interop,)]
        for candidates in [self._homes.implementation] if self._homes.implementation else usual:
            found = self._marked(candidates)
            if found:
                return found
        if self._endpoint.has_given_up:
            raise explained(self._connection, Trouble("timeout", "no answer"))
        looked = self._homes.implementation or (*others, *IMPLEMENTATION_NAMES, interop)
        tried = ", ".join(dict.fromkeys(looked))
        raise EndpointError(
            self._endpoint.url,
            f"a CIM server, but no namespace with virtual systems was found (tried {tried})",
            "name the implementation namespace with --namespace",
        )

    def _conforming(self, interop: str) -> Iterator[str]:
        """Yield the namespaces of what conforms to a registered profile (DSP1033)."""
        for association in self._instances(interop, CONFORMS):
            yield from _namespaces(association.values)
        for profile in self._instances(interop, REGISTERED)[:MOST_REGISTRATIONS_ASKED]:
            if profile.path is not None:
                answer = self._endpoint.reference_names(profile.path, CONFORMS)
                for name in answer.value if answer.ok else ():
                    yield from _namespaces(value for _, value in name.keys)

    def _listed(self, interop: str) -> Iterator[str]:
        """Yield the namespaces that the server lists."""
        for instance in self._instances(interop, "CIM_Namespace"):
            yield _text(instance, "Name").strip("/")
        for parent in ("root", interop):
            for instance in self._instances(parent, "__Namespace"):
                name = _text(instance, "Name").strip("/")
                yield from (name, f"{parent}/{name}")

    def _marked(self, candidates: Iterable[str]) -> tuple[str, ...]:
        """Return the namespaces where one of the marking classes has instances."""
        ranks: dict[str, tuple[int, str]] = {}
        for namespace in candidates:
            rank = self._rank(namespace) if namespace else None
            if rank is not None:
                ranks.setdefault(namespace.lower(), (rank, namespace))
        return tuple(name for _, name in sorted(ranks.values(), key=lambda ranked: ranked[0]))

    def _rank(self, namespace: str) -> int | None:
        for rank, classname in enumerate(MARKS):
            answer = self._endpoint.enumerate_instance_names(namespace, classname)
            if answer.ok and answer.value:
                return rank
            if answer.refusal is not None and answer.refusal.status == INVALID_NAMESPACE:
                return None
        return None

    def server(self, interop: str) -> str:
        """Return how the CIM server calls itself (CIM_ObjectManager), or ""."""
        for instance in self._instances(interop, "CIM_ObjectManager"):
            texts = (_text(instance, name) for name in ("ElementName", "Description"))
            named = next((text for text in texts if text), "")
            version = _text(instance, "Version")
            told = named if version in named else f"{named} {version}"
            if told.strip():
                return " ".join(told.split())[:200]
        return ""


def _known(answer: Answer) -> bool:
    """Tell whether the server knows a namespace and the class asked for in it."""
    if answer.refusal is None:
        return answer.trouble is None
    return answer.refusal.status not in {INVALID_NAMESPACE, INVALID_CLASS, ACCESS_DENIED}


def _namespaces(values: Iterable[object]) -> Iterator[str]:
    """Yield the namespaces of references."""
    yield from (value.namespace for value in values if isinstance(value, Path))


def _text(instance: Instance, name: str) -> str:
    value = instance.get(name)
    return value if isinstance(value, str) else ""
