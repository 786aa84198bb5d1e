"""The profile language: what a profile definition can say, as frozen values.

Pure values, decoded from YAML by `load.py`. The JSON Schema for editors is generated from these
types. The vocabulary is that of DSP1001 (Management Profile Usage Guide): registered profile,
central class, class adaptation, requirement level, feature, referenced profile.

To add a kind of requirement: one struct here, one function in `evaluate/`, its line in the
table of `evaluate/__init__.py`, and a fault of the reference server that makes it fail.
"""

from __future__ import annotations

import enum
from typing import Any, Literal

import msgspec

ANY = "any"
"""Stands for every refusal where those are listed that a scenario allows."""

Words = dict[str, Any]
"""JSON Schema words for one property, plus `valuemap: true`, `state: any`, `format: ...`."""

Properties = dict[str, Words]
"""Property name to the words its value must satisfy; a NULL property is not examined."""


class Level(enum.Enum):
    """Requirement level (DSP1001, clause 7.8)."""

    MANDATORY = "mandatory"
    CONDITIONAL = "conditional"
    CONDITIONAL_EXCLUSIVE = "conditional exclusive"
    OPTIONAL = "optional"
    RECOMMENDED = "recommended"


class Basis(enum.Enum):
    """How we know a requirement; see the README."""

    SCHEMA = "schema"
    DOCUMENT = "document"
    IMPLEMENTATION = "implementation"
    READING = "reading"
    UNCONFIRMED = "unconfirmed"


class Value(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True
):
    """Base of all parts of a profile definition: frozen, and unknown words are slips."""


class Document(Value, frozen=True, kw_only=True):
    """The specification that a profile definition states."""

    id: str
    version: str
    title: str = ""


class Header(Value, frozen=True, kw_only=True):
    """Identity of the profile (DSP1033): registered name, organization, versions.

    `versions` are the M.N prefixes that this file states; `aliases` are names that real servers
    register by mistake: they are recognised, and a finding. `central` names an adaptation.

    `abstract` marks a pattern that other profiles specialise: what a registered one of those
    covers is judged there. `only_registered` profiles are not applicable unless registered; of
    one that is `unregistered: warned`, deviations are warnings where it is not registered.

    `interop` are classes whose instances are in the Interop namespace: they are asked there, and
    the associations of the profile there as well.
    """

    key: str
    name: str
    document: Document
    type: str
    central: str = ""
    aliases: tuple[str, ...] = ()
    organization: int = 2
    versions: tuple[str, ...] = ()
    specializes: tuple[str, ...] = ()
    references: dict[str, str] = {}
    status: str = ""
    abstract: bool = False
    only_registered: bool = False
    unregistered: Literal["judged", "warned"] = "judged"
    interop: tuple[str, ...] = ()


class Way(
    Value, rename={"from_": "from", "as_": "as", "class_": "class"}, frozen=True, kw_only=True
):
    """One way to discover the instances of an adaptation.

    `conforms_to`: "profile", or registered profile names, followed over
    CIM_ElementConformsToProfile. `from`/`through`/`as`: elements at role `as` of the association
    whose other end is an instance of another adaptation. `has`/`to`: instances of the
    adaptation's class that have an association to an element of a class. `extent`: all instances.
    `among`: the members of another adaptation. Of what is found that way, only elements of `class`
    (or of one of several) are taken, whose properties are as `having` says.
    """

    conforms_to: str | tuple[str, ...] | None = None
    from_: str | None = None
    through: str | None = None
    as_: str | None = None
    either_direction: bool = False
    where: Properties = {}
    has: str | None = None
    to: str | None = None
    extent: bool = False
    among: str = ""
    class_: str | tuple[str, ...] = ()
    having: Properties = {}


class Alike(Value, frozen=True, kw_only=True):
    """Which instances are meant: those that share a value with some member of an adaptation.

    The first property of `by` that has a value in an instance decides; one without any value
    there is not meant.
    """

    to: str
    by: tuple[str, ...]


class Adaptation(Value, rename={"class_": "class", "not_": "not"}, frozen=True, kw_only=True):
    """A class in one role (DSP1001, class adaptation) and all ways to find its instances.

    `not` names adaptations whose instances are excluded, `not_classes` classes that are;
    `alike` keeps those that share a value with another adaptation; `unless_specialized` leaves
    out what a registered profile that extends this one has under the same name. `defined_in`
    takes the adaptation of another profile instead.
    """

    class_: str = ""
    find: dict[str, Way] = {}
    not_: tuple[str, ...] = ()
    not_classes: tuple[str, ...] = ()
    where: Properties = {}
    volatile: tuple[str, ...] = ()
    alike: Alike | None = None
    unless_specialized: bool = False
    defined_in: str = ""


class Link(Value, rename={"class_": "class"}, frozen=True, kw_only=True):
    """An association class in one role: role name to adaptation name ("profile" for itself).

    `where` restricts it to association instances with these property values.
    """

    class_: str
    ends: dict[str, str]
    where: Properties = {}


class Claim(Value, frozen=True, kw_only=True):
    """What shows that a feature is claimed.

    `any`/`has`: an instance of the adaptation (related to the subject, if the feature is of
    another adaptation) whose properties satisfy the words; `other_than`: and that is not an
    instance of this adaptation. `offered`: one of these methods is announced by its
    capabilities. `any_of`: one of these features. `always` and `never` tell why it is claimed, or
    is not, without a server showing so.
    """

    any: str | None = None
    has: Properties = {}
    other_than: str | None = None
    offered: tuple[str, ...] = ()
    any_of: tuple[str, ...] = ()
    always: str = ""
    never: str = ""


class Feature(Value, frozen=True, kw_only=True):
    """A feature (DSP1001) that instances of the adaptation `of` may claim."""

    of: str
    claimed: Claim
    title: str = ""


class State(Value, frozen=True, kw_only=True):
    """One state of the machine: the value that shows it; `stable` states can be a goal."""

    value: int
    stable: bool = False


class Request(Value, rename={"with_": "with"}, frozen=True, kw_only=True):
    """How a state change is requested: method of the subject and its parameter values.

    Of a method of a service, `subject` is the parameter that takes the system.
    """

    method: str
    with_: dict[str, Any] = {}
    subject: str = ""


class PropertyOf(Value, frozen=True, kw_only=True):
    """A property of (related) instances of an adaptation."""

    adaptation: str
    property: str


class States(Value, frozen=True, kw_only=True):
    """The state machine: which adaptation has it, where it shows, states and requests.

    `offered` is where the requestable values are listed; it is read again before each request.
    Without it nothing is listed anywhere, and everything can be requested.
    """

    of: str
    observed: str
    are: dict[str, State]
    requests: dict[str, Request]
    offered: PropertyOf | None = None


class InterfaceRequest(Value, frozen=True, kw_only=True):
    """One request through an interface: its value, and what it means.

    `means` is the request of the state machine that is meant ("": none is known), `shown` the
    number by which the interface shows it as the one requested last.
    """

    value: int
    means: str = ""
    shown: int | None = None


class Interface(Value, frozen=True, kw_only=True):
    """Another way to change the states of a system: a method of a service that manages it.

    `subject` and `parameter` are the parameters of `method` for the system and for the value that
    is requested. `agreement` names the requirement that says how the states show there: its link
    joins the system to the service. Of that association instance, `requested` shows the last
    request, `available` lists what can be requested now (NULL: not told).

    `offered` lists what can be requested at all. Where that is NULL, the values of `possible` are
    supported, and of no other one is it known that it is not.
    """

    method: str
    subject: str
    parameter: str
    agreement: str
    requested: str
    available: str
    offered: PropertyOf
    possible: PropertyOf
    requests: dict[str, InterfaceRequest]


class Offer(Value, rename={"in_": "in"}, frozen=True, kw_only=True):
    """Which capability announces a method: adaptation, arrays, and the value in them."""

    in_: str
    value: int
    sync: str
    async_: str = msgspec.field(name="async")


class Method(Value, frozen=True, kw_only=True):
    """A method under test: the adaptation it is called on and what announces it.

    `result` is the output parameter that names what it creates, `undo` the method of the same
    target that removes that again and has it as its only reference.

    A vendor's method that does the same as one of the schema stands under the schema's name:
    `named` is what it is called, `rename` its name of each parameter that has another one there,
    `drop` are parameters that it does not have, and `add` gives values to those that only it has.
    """

    target: str
    named: str = ""
    rename: dict[str, str] = {}
    drop: tuple[str, ...] = ()
    add: dict[str, Any] = {}
    offered: Offer | None = None
    result: str = ""
    undo: str = ""


class Input(Value, rename={"class_": "class"}, frozen=True, kw_only=True):
    """Something that a real server needs and the suite cannot know.

    `ask` tells the user what to supply in cimconform.toml when it cannot be taken from the server.
    `like` names the adaptation whose first instance is taken where the user states nothing.
    """

    class_: str
    ask: str
    array: bool = False
    like: str = ""


class KnownProfile(Value, frozen=True, kw_only=True):
    """A published profile the suite can place: kind and classes (DSP1033 methodology).

    `own` marks what a CIM server registers for itself: recognised, never judged.
    """

    type: str
    central: str
    scoping: str = ""
    aliases: tuple[str, ...] = ()
    own: bool = False


class Condition(Value, rename={"not_": "not"}, frozen=True, kw_only=True):
    """A condition on features or registered profiles (by key); all given parts must hold."""

    feature: str | tuple[str, ...] = ()
    not_: str | tuple[str, ...] = ()
    registered: str | tuple[str, ...] = ()


When = str | tuple[str, ...] | Condition


class Requirement(Value, tag_field="kind", frozen=True, kw_only=True):
    """What every requirement says, whatever its kind.

    `fact` are the numbers of the facts it states; `excluded` the reason why it is known but
    not checked. `document` and `clause` default to the profile's document and "not known".
    `since` and `until` are the first and the last version (M.N) that ask for it; `inherited:
    false` keeps it from profiles that extend this one.
    """

    level: Level
    basis: Basis
    statement: str
    fact: str | tuple[str, ...] = ()
    document: str = ""
    clause: str = ""
    when: When = ()
    excluded: str = ""
    advice: str = ""
    since: str = ""
    until: str = ""
    inherited: bool = True


class Fact(Requirement, tag="fact", frozen=True, kw_only=True):
    """A requirement that is known and not checked; `excluded` tells why."""


class Population(Requirement, tag="population", frozen=True, kw_only=True):
    """How many instances of an adaptation there are, in all or per related instance.

    `each` names a property: the instances are counted for each of its values among the members.
    """

    of: str
    per: str = ""
    each: str = ""
    where: Properties = {}
    per_where: Properties = {}
    min: int = 0
    max: int | None = None


class Values(
    Requirement,
    tag="values",
    rename={"for_": "for", "if_": "if", "else_": "else"},
    frozen=True,
    kw_only=True,
):
    """Property values of each instance against JSON Schema words.

    `link` in place of `for` looks at the association instances. `schema` violated: fail;
    `advised` violated: warn. `required` properties must not be NULL. `if`/`then`/`else` judge
    an instance by its own other properties; `no_value` in `then`/`else` names properties that
    must be NULL.
    """

    for_: str = ""
    link: str = ""
    where: Properties = {}
    schema: Properties = {}
    advised: Properties = {}
    required: tuple[str, ...] = ()
    if_: Properties = {}
    then: Consequence | None = None
    else_: Consequence | None = None


class Consequence(Value, frozen=True, kw_only=True):
    """What follows from `if`: properties with a value, without one, or with certain values."""

    schema: Properties = {}
    required: tuple[str, ...] = ()
    no_value: tuple[str, ...] = ()


class Unique(Requirement, tag="unique", rename={"for_": "for"}, frozen=True, kw_only=True):
    """No two instances have the same tuple of property values (NULLs are not examined).

    With `per`, only those are compared that are related to the same instance of that adaptation.
    """

    for_: str
    properties: tuple[str, ...]
    per: str = ""


class LinkKind(Requirement, tag="link", frozen=True, kw_only=True):
    """How many elements are linked, for each instance at the other end.

    `card` maps a role to "1", "0..1", "1..*" ...: for each instance at the *other* end, that many
    elements at this role. `where` restricts to associations with these property values. A link
    found with its ends swapped is reported as reversed. `never` names an adaptation for each
    role that must not stand there.
    """

    link: str
    where: Properties = {}
    card: dict[str, str] = {}
    never: dict[str, str] = {}


class Term(Value, frozen=True, kw_only=True):
    """One side of a relation, for one subject.

    `property`: of the subject, or of the elements reached. `over`: links followed from the
    subject, one after another; without `property` their identities. `all`: every instance of an
    adaptation. `found_by`: keep only elements found by this way of their adaptation.
    `offered`: whether the subject's capabilities announce one of these methods. `const`: a value,
    or a list of values (each a list where several properties are compared at once).

    `end` starts at the element that a subject, which is an association instance, has at this role.
    Of the elements reached, `where` keeps those with these property values, `among` the members
    of an adaptation. `unit` makes quantities of the values: it names the properties that hold
    their programmatic unit (of several, the first that has one other than `count`), or says it
    after `=`. `times` multiplies by another property of the same element, `sum` adds up terms,
    `count` is how many elements are reached, `first` takes the first of an array; `together`
    puts the values of several terms into one list. `read_as`
    reads texts as `paths` of instances, or as `mac` addresses.
    """

    property: str | tuple[str, ...] = ()
    over: str | tuple[str, ...] = ()
    union: tuple[str, ...] = ()
    all: str = ""
    found_by: str = ""
    offered: tuple[str, ...] = ()
    const: Any = None
    end: str = ""
    where: Properties = {}
    among: str = ""
    unit: str | tuple[str, ...] = ()
    times: str = ""
    sum: tuple[Term, ...] = ()
    count: bool = False
    first: bool = False
    together: tuple[Term, ...] = ()
    read_as: str = ""


class Is(enum.Enum):
    """The relations that can be asked for."""

    EQUAL = "equal to"
    AT_MOST = "at most"
    AT_LEAST = "at least"
    ELEMENT = "element of"
    SUBSET = "subset of"
    SAME_SET = "same set as"
    DISJOINT = "disjoint from"
    SAME_LENGTH = "same length as"
    SAME_DIMENSION = "same dimension as"
    GREATER = "greater than"
    LESS = "less than"


class Relation(
    Requirement, tag="relation", rename={"for_": "for", "is_": "is"}, frozen=True, kw_only=True
):
    """Two terms compared for each subject; a NULL (empty) side is not examined.

    `absent: holds` makes an empty right side count as satisfied, `absent: violates` as violated.
    `tolerance` is the relative difference that does not count; `advised` lets a violation be no
    more than a warning. `each` judges the relation for these properties in turn, which the terms
    then call `each`.
    """

    for_: str
    left: Term
    is_: Is
    right: Term
    where: Properties = {}
    absent: str = ""
    tolerance: float = 0.0
    advised: bool = False
    each: tuple[str, ...] = ()


class Range(Requirement, tag="range", rename={"for_": "for"}, frozen=True, kw_only=True):
    """Quantities within a minimum and a maximum, on the grid of an increment (DSP1043).

    `minimum`, `maximum` and `increment` are links, followed one after another from the subject to
    the settings that state them for `properties`; `units` are the properties that hold the units.
    Without `value` the bounds themselves are judged: minimum at most maximum, and with `grid`
    that the increment divides their difference. Else each value of the term must lie between
    the bounds, and with `grid` be reached from them by increments. A part that is absent or NULL
    is not examined, an increment of 0 allows any step.
    """

    for_: str
    minimum: str | tuple[str, ...]
    maximum: str | tuple[str, ...]
    increment: str | tuple[str, ...] = ()
    value: Term | None = None
    properties: tuple[str, ...]
    units: dict[str, str | tuple[str, ...]] = {}
    where: Properties = {}
    grid: bool = False
    advised: bool = False


class Resolves(Requirement, tag="resolves", rename={"for_": "for"}, frozen=True, kw_only=True):
    """Texts that name instances: each instance path among them leads to one that was seen.

    A text that is neither an instance path nor a URI is a warning: real servers name files there.
    `advised` lets every deviation be no more than that.
    """

    for_: str
    property: str
    where: Properties = {}
    advised: bool = False


class Agreement(Requirement, tag="agreement", rename={"for_": "for"}, frozen=True, kw_only=True):
    """A property of the association instances of a link agrees with the subject's state.

    `table` maps state names to the values allowed at the association's property.
    """

    for_: str
    link: str
    property: str
    table: dict[str, tuple[int, ...]]


class Acyclic(Requirement, tag="acyclic", frozen=True, kw_only=True):
    """The graph of a link has no cycle, and no element is linked to itself."""

    link: str


class Declares(Requirement, tag="declares", rename={"for_": "for"}, frozen=True, kw_only=True):
    """The class of each instance declares the methods; "offered" = those announced."""

    for_: str
    methods: str | tuple[str, ...]


class Central(Requirement, tag="central", frozen=True, kw_only=True):
    """Registered profiles of the `known_profiles` table and their central instances.

    `check` is "present" (an autonomous profile has a central instance), "class" (central
    instances are of its central class), or "scoped" (a component profile is referenced by
    another one).
    """

    check: str


class Traversal(Requirement, tag="traversal", frozen=True, kw_only=True):
    """Asking the associators of a link from one end gives what was enumerated.

    For each sampled instance at role `from`, AssociatorNames and References agree with the
    association instances enumerated.
    """

    link: str
    start: str


class Generic(Requirement, tag="generic", frozen=True, kw_only=True):
    """A check that holds for every instance of every class, from the CIM class facts.

    `check` names the function in `evaluate/generic.py`.
    """

    check: str


class CentralInstances(Requirement, tag="get_central_instances", frozen=True, kw_only=True):
    """GetCentralInstances, where supported, returns what CIM_ElementConformsToProfile shows."""


class Transition(
    Requirement, tag="transition", rename={"from_": "from"}, frozen=True, kw_only=True
):
    """A state change requested of a system that this run made, in state `from`.

    `request` names one or several requests (each becomes a check of its own). `to` is the state
    to be reached; `refused` the outcomes by which it may be, or must be, refused. `moves` are
    properties whose value must have changed (one that is NULL is not examined). `needs: guest`
    marks what a guest system must help with: accepted but not reached in time is untested.

    `offered` says for which requests it applies, by what the capability lists in state `from`
    (an absent or empty list lists nothing): true those that are listed, false those that are
    not. Without it, a transition with `to` applies to listed requests only, one without to all.
    It is not applicable, too, when `from` is reached only by requests that are not listed.

    `through` names the interface by which it is requested, else it is the state machine's own
    way; `to` is then what that interface shows, and a refused request changes nothing anywhere.

    `found_by` names a property: the system is looked up by its value, by a query in WQL that must
    find this one system, and what was found is what the request is made of.
    """

    from_: str
    request: str | tuple[str, ...]
    to: str = ""
    refused: tuple[str, ...] = ()
    moves: tuple[str, ...] = ()
    needs: str = ""
    offered: bool | None = None
    through: str = ""
    found_by: str = ""


class Step(Value, rename={"with_": "with", "as_": "as"}, frozen=True, kw_only=True):
    """A method call that prepares a scenario; one that does not succeed leaves it untested.

    `as` names what its output parameter `result` (of the method) or its job shows as created, so
    that later parameters can say `{made: NAME}`; `as_asked` are properties of it that must be as
    the settings sent say, or the scenario is untested. A refusal of a step that may be `or_refused`
    is judged in the place of the call of the scenario, which is not made then. `request` takes the
    place of `call` where a state change is wanted.
    """

    call: str = ""
    request: str = ""
    with_: dict[str, Any] = {}
    as_: str = ""
    as_asked: tuple[str, ...] = ()
    or_refused: bool = False


class Expected(Value, frozen=True, kw_only=True):
    """What must be seen of one adaptation after a call that was accepted.

    Of the instances of `of` that satisfy `where`: `appear` and `vanish` count those that came
    and went, `values` are what each must satisfy then, `as_asked` properties that must be as the
    embedded settings of the call say (a property that was not sent is not examined), one at least
    of `any_as_asked` (each other one that is not is a warning), `kept` properties that must be as
    before. `same` are properties that must be as in the one instance of `as_in` after the call.
    `named_by` is the output parameter that must name exactly
    those that appeared. `at_least` counts those that must be there after all.
    """

    of: str
    where: Properties = {}
    values: Properties = {}
    appear: int | None = None
    vanish: int | None = None
    at_least: int | None = None
    as_asked: tuple[str, ...] = ()
    any_as_asked: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    same: tuple[str, ...] = ()
    as_in: str = ""
    named_by: str = ""


class Scenario(Requirement, tag="scenario", rename={"with_": "with"}, frozen=True, kw_only=True):
    """One method call on what this run made, its outcome and its effects.

    `given` is the state of the system made before ("": defined, and none for DefineSystem;
    "none": no system is made; "absent": a path that does not exist), `prepare` calls that come
    before the one that is judged. `call` names a method; `with` its parameters (see
    `play/parameters.py` for what stands for a value of the server or of what was made).
    `accepted` allows success, `refused` lists the refusals allowed ("any": every one), `unproven`
    those that leave it open whether the server is right: then it is untested. `wrong` are the
    properties of the settings sent for which they should be refused. `system` are the parameters
    by which the system is defined, where it is to be a special one.

    After success the output parameters `told` must have a value, and each of `outputs` that has
    one must satisfy its words.

    `to` is the state that the system must be in then, before the deadline.

    `effects` name the effects to verify (see `evaluate/effects.py`): `unchanged` and
    `nothing-created` after a refusal, the others after success; `after` says what must be seen
    of some adaptations after success. `reads` are adaptations to be read before and after, beside
    the system with its settings and devices. `changes` names what else may change, by adaptation:
    properties, or "*" for the whole adaptation; where it is given, everything else that was read
    must be as it was (and what `after` expects may change, of course). `links` are associations
    to be read of what the run has made for it and of what its call names; of a system, of what it
    has allocated and of its devices.

    `follows` names the requirement (`KEY:name` in another profile) that judges the outcome of the
    same call: this one judges its effects only, and is untested when the call was refused or did
    not lead to the state `to`.
    `control` names the requirement whose call is the same but for what is wrong here: where that
    was not accepted, a refusal proves nothing. `unoffered` scenarios apply where the server does
    not offer the method. Scenarios with the same `given`, `prepare`, `call` and `with` may share
    one transcript.

    `stops` asks the job of the call for this state (CIM_ConcreteJob.RequestStateChange) while it
    goes on: what comes of that is judged, not what the call brings about, and nothing else is said.
    """

    call: str
    stops: int | None = None
    given: str = ""
    system: dict[str, Any] = {}
    prepare: tuple[Step, ...] = ()
    with_: dict[str, Any] = {}
    accepted: bool = False
    refused: tuple[str, ...] = ()
    unproven: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()
    told: tuple[str, ...] = ()
    outputs: Properties = {}
    to: str = ""
    effects: tuple[str, ...] = ()
    after: tuple[Expected, ...] = ()
    reads: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    changes: dict[str, tuple[str, ...]] | None = None
    follows: str = ""
    control: str = ""
    unoffered: bool = False


class Renaming(Requirement, tag="renaming", frozen=True, kw_only=True):
    """A ModifyInstance that gives a system of the run's own another name to show (DSP1052).

    It applies where the capabilities of the system say that its name is `editable`, or that it is
    not. A new name is kept where it is and none other than it changes; one that is `too_long`, and
    any where it is not editable, is refused and changes nothing. `control` names the requirement
    that must have been accepted for a refusal to prove anything.
    """

    editable: bool
    too_long: bool = False
    control: str = ""


class EveryCall(Requirement, tag="every_call", frozen=True, kw_only=True):
    """A rule on every call of a method in all transcripts of the run.

    `outcome` restricts to accepted, refused or job; `rule` names the rule (see
    `evaluate/transcript.py`).
    """

    of: tuple[str, ...]
    rule: str
    outcome: str = ""


class Indication(Requirement, tag="indication", frozen=True, kw_only=True):
    """What must be so when the run subscribes to changes of its own systems, and listens.

    `check` names the function in `evaluate/indications.py`.
    """

    check: str


class Move(Value, frozen=True, kw_only=True):
    """A call that an exploration may make of a system in one of the states `given`.

    `scenarios` name requirements with the same call (`KEY:name` in another profile): the first
    says what is called and how it ends, the effects of all are judged. What the call creates is
    kept as `makes`, for moves that say `{made: NAME}`; such a one `uses` the name, and `ends` what
    it stands for. A move is made of one system `most` times (0: any). After one that `restores`,
    the state is the one in which what it uses was made, and so are the named properties of all
    instances of these adaptations (compared without regard to which instance has them).
    """

    scenarios: tuple[str, ...]
    given: tuple[str, ...]
    makes: str = ""
    uses: str = ""
    ends: bool = False
    most: int = 0
    restores: dict[str, tuple[str, ...]] = {}


class Exploration(Requirement, tag="exploration", frozen=True, kw_only=True):
    """A random walk over the state machine, on `systems` systems that the run made for it.

    Each step is a request of a state, legal or not, as the transitions of this profile say, one
    through one of `interfaces`, as the transitions of its profile say, or one of `moves`. What a
    guest system must help with is left out. Each step is judged by the requirements that it comes
    from, and by those of `always`: rules on every call, and scenarios whose effects hold after
    every accepted request of a state. `same_in_state` are properties of the system that depend on
    its state alone. The other systems must stay as they are.
    """

    systems: int = 1
    interfaces: tuple[str, ...] = ()
    moves: dict[str, Move] = {}
    always: tuple[str, ...] = ()
    same_in_state: tuple[str, ...] = ()


AnyRequirement = (
    Fact
    | Population
    | Values
    | Unique
    | LinkKind
    | Relation
    | Range
    | Resolves
    | Agreement
    | Acyclic
    | Declares
    | Central
    | Traversal
    | Generic
    | CentralInstances
    | Transition
    | Scenario
    | Renaming
    | EveryCall
    | Indication
    | Exploration
)


class Profile(Value, frozen=True, kw_only=True):
    """A profile definition: nouns first, then a map of requirements (the key is the id).

    `extends` names the profile keys whose nouns and requirements it inherits (`inherit.py`).
    `codes` names the outcomes of methods by their return values, one or several.
    """

    profile: Header
    extends: tuple[str, ...] = ()
    adaptations: dict[str, Adaptation] = {}
    links: dict[str, Link] = {}
    features: dict[str, Feature] = {}
    states: States | None = None
    interfaces: dict[str, Interface] = {}
    methods: dict[str, Method] = {}
    codes: dict[str, dict[str, int | tuple[int, ...]]] = {}
    inputs: dict[str, Input] = {}
    known_profiles: dict[str, KnownProfile] = {}
    requirements: dict[str, AnyRequirement] = {}

    @property
    def key(self) -> str:
        """Return the key, such as DSP1057."""
        return self.profile.key


def names(value: str | tuple[str, ...]) -> tuple[str, ...]:
    """Return one name or several as a tuple."""
    return (value,) if isinstance(value, str) else tuple(value)
