"""The reference server put together and started: schema, repository, hypervisor, faults, HTTP."""

from __future__ import annotations

import ssl
from collections.abc import Collection, Iterable
from functools import cache, partial
from importlib.resources import as_file, files
from pathlib import Path
from types import TracebackType
from typing import Self

from reference_impl.dialects import DIALECTS, Dialect, Dressed, Scene, add_classes, serve_dialect
from reference_impl.faults import FAULTS, Bend, Edit, Fault
from reference_impl.hypervisor import METHODS, Hypervisor, HypervisorSettings, populate
from reference_impl.hypervisor.host_devices import processors_for
from reference_impl.indications import Indications
from reference_impl.operations import Operations
from reference_impl.repository import Repository
from reference_impl.schema import Schema
from reference_impl.server import CIMServer
from reference_impl.values import CIMError
from reference_impl.wsman import PATH as WSMAN_PATH
from reference_impl.wsman import WSManagement


class UnknownFaultError(Exception):
    """A name that is no fault's; the text says which ones there are."""

    def __init__(self, name: str) -> None:
        super().__init__(f"there is no fault {name!r}; expected one of {', '.join(sorted(FAULTS))}")


class UnknownDialectError(Exception):
    """A name that is no dialect's; the text says which ones there are."""

    def __init__(self, name: str) -> None:
        known = ", ".join(sorted(DIALECTS))
        super().__init__(f"there is no dialect {name!r}; expected one of {known}")


class UnfitFaultError(Exception):
    """A fault that finds nothing to be wrong about in this server, and what would help."""

    def __init__(self, fault: Fault, reason: Exception) -> None:
        told = str(reason) or "the server has nothing to show it on"
        super().__init__(f"fault {fault.name!r} cannot be shown: {told}")


class RunningServer:
    """A started reference server; also a context manager that closes it.

    `url` is where it answers CIM-XML, `wsman_url` WS-Management ("" when it does not);
    `namespace` is where the virtual systems are; `repository`, `hypervisor` and `indications`
    are what it answers from.
    """

    def __init__(
        self,
        server: CIMServer,
        hypervisor: Hypervisor,
        indications: Indications,
        wsman: CIMServer | None = None,
    ) -> None:
        self._server = server
        self._wsman = wsman
        self.indications = indications
        self.url = server.url
        self.wsman_url = f"{wsman.url}{WSMAN_PATH}" if wsman is not None else ""
        self.hypervisor = hypervisor
        self.namespace = hypervisor.settings.namespace
        self.repository = hypervisor.store.repository
        self.operations = server.operations

    def close(self) -> None:
        """Stop serving, end the jobs and the delivery of indications."""
        self._server.stop()
        if self._wsman is not None:
            self._wsman.stop()
        self.hypervisor.close()
        self.indications.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def start(
    *,
    port: int = 0,
    host: str = "127.0.0.1",
    systems: int = 3,
    user: str | None = None,
    password: str | None = None,
    tls: tuple[Path, Path] | None = None,
    faults: Iterable[str | Fault] = (),
    asynchronous: bool | Collection[str] | None = None,
    single_configuration: bool = False,
    patterns: bool = False,
    dialect: str | None = None,
    namespace: str | None = None,
    interop: str = "root/interop",
    schema_folder: Path | None = None,
    wsman_port: int | None = None,
) -> RunningServer:
    """Start a reference server with so many virtual systems, on a free port unless one is given.

    `wsman_port` is where it answers WS-Management as well, 0 for a free port, None for not.
    `tls` are the files of a certificate chain and its key (PEM). `asynchronous` makes all
    methods run as jobs, or those that it names; None leaves it to the dialect, and without one
    there are no jobs. `patterns` registers Resource Allocation and Allocation Capabilities in
    place of the profiles that specialise them. `dialect` is the name of a vendor whose way of
    showing a hypervisor it takes on; it may say the namespace, where none is given. Raises
    `UnknownFaultError`, `UnknownDialectError`, `UnfitFaultError`, `SchemaError` for class facts
    that cannot be used, and OSError for a port or a file that cannot be had.
    """
    chosen = [_fault(each) for each in faults]
    shown_as = None if dialect is None else _dialect(dialect)
    needs = {need for fault in chosen for need in fault.needs}
    if asynchronous is None:
        asynchronous = shown_as is not None
    everything = asynchronous is True or "asynchronous" in needs
    settings = HypervisorSettings(
        namespace=namespace or (shown_as.namespace if shown_as else "root/virt"),
        interop=interop,
        asynchronous=METHODS if everything else _named_methods(asynchronous),
        single_configuration=single_configuration
        or "single_configuration" in needs
        or (shown_as is not None and shown_as.single_configuration),
        patterns=patterns or "patterns" in needs or shown_as is not None,
        processors=processors_for(systems),
    )
    operations, hypervisor, indications = _built(
        _schema(schema_folder), settings, chosen, systems, shown_as
    )
    serving = partial(
        CIMServer,
        operations,
        host=host,
        ssl_context=_ssl_context(tls),
        credentials=None if user is None else {user: password or ""},
    )
    server = serving(port=port)
    if wsman_port is None:
        return RunningServer(server.start(), hypervisor, indications)
    route = WSManagement(operations, settings.namespace, indications).answer
    try:
        wsman = serving(port=wsman_port, routes={WSMAN_PATH: route})
    except OSError:
        server.stop()
        raise
    return RunningServer(server.start(), hypervisor, indications, wsman.start())


def _built(
    schema: Schema,
    settings: HypervisorSettings,
    faults: Collection[Fault],
    systems: int,
    dialect: Dialect | None,
) -> tuple[Operations, Hypervisor, Indications]:
    """Return the server without its HTTP side, populated, with all faults in it."""
    if dialect is not None:
        add_classes(schema, dialect)
    bend = Bend(schema)
    for fault in faults:
        if fault.bend is not None:
            fault.bend(bend)
    repository = Repository(schema, [settings.interop, settings.namespace])
    operations = Operations(repository, schema)
    dressed = Dressed(dialect, repository, settings.namespace) if dialect is not None else None
    hypervisor = Hypervisor(repository, settings, bend.rewrites, bend.substitutes, dressed)
    hypervisor.serve(operations)
    if dressed is not None:
        serve_dialect(dressed.dialect, Scene(hypervisor, dressed.names), operations)
    indications = Indications(
        hypervisor.store, hypervisor.profiles, hypervisor.host.name, operations
    )
    bend.apply(hypervisor, operations)
    populate(hypervisor, systems)
    for fault in faults:
        _edit(fault, Edit(repository, hypervisor))
    return operations, hypervisor, indications


def _edit(fault: Fault, edit: Edit) -> None:
    if fault.edit is None:
        return
    try:
        fault.edit(edit)
    except (LookupError, StopIteration, CIMError) as error:
        raise UnfitFaultError(fault, error) from error


def _fault(wanted: str | Fault) -> Fault:
    if isinstance(wanted, Fault):
        return wanted
    if wanted not in FAULTS:
        raise UnknownFaultError(wanted)
    return FAULTS[wanted]


def _dialect(name: str) -> Dialect:
    if name not in DIALECTS:
        raise UnknownDialectError(name)
    return DIALECTS[name]


def _named_methods(asynchronous: bool | Collection[str]) -> frozenset[str]:
    return frozenset() if isinstance(asynchronous, bool) else frozenset(asynchronous)


def _schema(folder: Path | None) -> Schema:
    return Schema.load(folder) if folder is not None else _bundled_schema().copy()


@cache
def _bundled_schema() -> Schema:
    with as_file(files("profiles") / "classes") as bundled:
        return Schema.load(bundled)


def _ssl_context(tls: tuple[Path, Path] | None) -> ssl.SSLContext | None:
    if tls is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*tls)
    return context
