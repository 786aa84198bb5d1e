"""What a dialect says: the words in which a vendor's tables are written."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from reference_impl.dialects.identities import Identities
from reference_impl.hypervisor.companions import Companion
from reference_impl.hypervisor.identity import HOST_LABEL
from reference_impl.hypervisor.store import Values
from reference_impl.operations import MethodCall, MethodResult
from reference_impl.schema import Facts
from reference_impl.values import Instance, ObjectName, Value

if TYPE_CHECKING:
    from reference_impl.hypervisor import Hypervisor

#: Where a class has no other parent than the CIM class of the same name.
SAME_NAME = "CIM_"


@dataclass(frozen=True, slots=True)
class VendorClass:
    """A class of the vendor; without a `parent` it is derived from the CIM class of its name."""

    name: str
    parent: str | None = SAME_NAME
    properties: Facts = field(default_factory=dict)
    methods: Facts = field(default_factory=dict)
    abstract: bool = False
    indication: bool = False

    @property
    def superclass(self) -> str | None:
        """The name of the class that it is derived from."""
        if self.parent == SAME_NAME:
            return SAME_NAME + self.name.partition("_")[2]
        return self.parent


@dataclass(frozen=True, slots=True)
class Context:
    """What is known when a value is translated.

    `values` are those of the whole instance, and `names` the identifiers that it has been
    given. `classname` is that of the vendor.
    """

    classname: str
    values: Values
    names: Identities


#: Makes of a value of the hypervisor what the vendor shows, or the other way round.
Translate: TypeAlias = Callable[[Value, Context], Value]

#: Which class is shown for the values of a CIM class, by its name; None hides the instance.
Choice: TypeAlias = str | Callable[[Values], str | None] | None

#: Values that are shown of an instance beside those that the hypervisor writes.
Fixed: TypeAlias = Callable[[Context], Values]


#: Changes of other instances that follow those of one, which is given as it was before.
Follow: TypeAlias = Callable[[Instance, Values], Mapping[ObjectName, Values]]


@dataclass(frozen=True, slots=True)
class Link:
    """An association that is shown in another class: with other roles, and more values."""

    classname: str
    roles: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Value] = field(default_factory=dict)


#: How an association is shown, by its values; None hides it.
Linking: TypeAlias = Callable[[Values], Link | None]


@dataclass(frozen=True, slots=True)
class Scene:
    """What a method of the vendor works on."""

    hypervisor: Hypervisor
    names: Identities


#: Makes the arguments of the CIM method of those of the vendor's, which are renamed already.
Prepare: TypeAlias = Callable[[Scene, ObjectName, dict[str, Value]], dict[str, Value]]

#: Answers a method that only the vendor has; raises `Refused` in the codes of CIM.
Answering: TypeAlias = Callable[[Scene, MethodCall], MethodResult]


@dataclass(frozen=True, slots=True)
class Method:
    """A method of the vendor: what it is called, and what answers it.

    `does` is the CIM class and method that do its work, or a function that does. `arguments`
    are parameters of the vendor by what they are called in the CIM method, `outputs` those of
    the CIM method by what the vendor calls them ("": not at all), and `codes` its return codes by
    the vendor's. `subject` is the parameter that names what the CIM method is called on, where
    that is not the object of the call. A `synchronous` method never starts a job. What `unless`
    answers is answered in the first place; it returns None for a call that is not for it.
    """

    classname: str
    name: str
    does: tuple[str, str] | Answering
    codes: Mapping[int, int] = field(default_factory=dict)
    arguments: Mapping[str, str] = field(default_factory=dict)
    outputs: Mapping[str, str] = field(default_factory=dict)
    prepare: Prepare | None = None
    subject: str = ""
    synchronous: bool = False
    unless: Callable[[Scene, MethodCall], MethodResult | None] | None = None


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one vendor shows the hypervisor.

    `classes` are those of the vendor, each after its parent. `shown` says in which of them an
    instance of a CIM class is shown; a class that is not in it is shown as it is. `links` are
    associations that are shown otherwise, `beside` more of them that are shown together with
    one. `outward` translates properties, by class and name, and `inward` the embedded instances
    that clients send; `fixed` are values by class, of all instances that are new. `followers`
    are by the class that others follow, and `companions` show more beside each virtual system.
    `withdrawn` are methods that the classes declare and the vendor doesn't have, `read_only` the
    classes whose instances no client can modify.
    """

    name: str
    namespace: str
    classes: Sequence[VendorClass]
    shown: Mapping[str, Choice]
    links: Mapping[str, Linking]
    beside: Mapping[str, Linking]
    outward: Mapping[tuple[str, str], Translate]
    inward: Callable[[Instance, Scene], Instance]
    fixed: Mapping[str, Fixed]
    methods: Callable[[Scene], Sequence[Method]]
    withdrawn: Sequence[tuple[str, str]] = ()
    read_only: Sequence[str] = ()
    followers: Mapping[str, Follow] = field(default_factory=dict)
    companions: Sequence[Callable[[Scene], Companion]] = ()
    host_name: str = HOST_LABEL
    single_configuration: bool = True
