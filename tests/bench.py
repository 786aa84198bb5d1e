"""Measure the suite and the reference server: `make bench`. Prints figures, judges nothing.

For 10, 100 and 1,000 systems, in one run on one machine: the operations of a read-only run, its
time as a whole process and without the start of Python, a bare pywbem pass over the same
classes, the same run over WS-Management (10 and 100), and the server's operations per second for
a keep-alive client that parses nothing.
"""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from urllib.parse import urlsplit

import pywbem

from conformance.definitions.load import load_profiles
from conformance.endpoint import Connection
from conformance.options import RunOptions
from conformance.plan import plan, queries
from conformance.run import Run
from reference_impl.app import RunningServer, start

SIZES = (10, 100, 1000)
SECONDS = 2.0
NAMESPACE = "root/virt"


@contextmanager
def served(systems: int) -> Iterator[str]:
    """Serve the reference server in a process of its own; yield its URL."""
    command = [sys.executable, "-m", "reference_impl", "--port", "0", "--systems", str(systems)]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        found = re.search(r"http://\S+:\d+", line)
        if found is None:
            process.kill()
            raise RuntimeError(f"the reference server did not start: {line!r}")
        try:
            yield found[0]
        finally:
            process.terminate()


@contextmanager
def served_twice(systems: int) -> Iterator[tuple[str, str]]:
    """Serve it over both protocols, from a process of its own; yield both URLs."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        urls = pool.submit(_start_both, systems).result()
        try:
            yield urls
        finally:
            pool.submit(_stop_both).result()


_RUNNING: list[RunningServer] = []


def _start_both(systems: int) -> tuple[str, str]:
    _RUNNING.append(start(systems=systems, wsman_port=0))
    return _RUNNING[0].url, _RUNNING[0].wsman_url.replace("http", "wsman", 1)


def _stop_both() -> None:
    _RUNNING.pop().close()


def timed(action: Callable[[], object], times: int = 1) -> float:
    """Return the shortest of some measurements, in seconds."""
    best = float("inf")
    for _ in range(times):
        began = time.perf_counter()
        action()
        best = min(best, time.perf_counter() - began)
    return best


def bare_pass(url: str) -> tuple[float, int]:
    """Return the time of stock pywbem enumerating the classes of a run, and the instances."""
    catalogue = load_profiles()
    asked = queries(catalogue, plan(catalogue).checks)
    connection = pywbem.WBEMConnection(url)
    number = 0
    began = time.perf_counter()
    for name in (*asked.classes, *asked.associations):
        try:
            number += len(connection.EnumerateInstances(name, namespace=NAMESPACE))
        except pywbem.CIMError:
            continue
    return time.perf_counter() - began, number


def read_only_run(url: str) -> tuple[float, int]:
    """Return the time of a read-only run in this process, reports included, and operations."""
    with tempfile.TemporaryDirectory() as folder:
        run = Run(RunOptions(connection=Connection(url), out=Path(folder)))
        began = time.perf_counter()
        for check in run.plan.checks:
            run.judge(check)
        footer = run.finish()
        return time.perf_counter() - began, footer.operations


def command(url: str) -> None:
    """Run the command as a user does."""
    with tempfile.TemporaryDirectory() as folder:
        arguments = [
            sys.executable,
            "-m",
            "conformance.cli",
            "run",
            url,
            "--quiet",
            "--out",
            folder,
        ]
        subprocess.run(arguments, check=False, stdout=subprocess.DEVNULL)


def envelope(inner: str) -> bytes:
    """Return a CIM-XML request message."""
    return (
        '<?xml version="1.0" encoding="utf-8"?><CIM CIMVERSION="2.0" DTDVERSION="2.0">'
        f'<MESSAGE ID="1" PROTOCOLVERSION="1.0"><SIMPLEREQ>{inner}</SIMPLEREQ></MESSAGE></CIM>'
    ).encode()


LOCAL = '<LOCALNAMESPACEPATH><NAMESPACE NAME="root"/><NAMESPACE NAME="virt"/></LOCALNAMESPACEPATH>'


def requests_for(url: str) -> dict[str, tuple[dict[str, str], bytes]]:
    """Return headers and body of each measured operation on one virtual system."""
    connection = pywbem.WBEMConnection(url, default_namespace=NAMESPACE)
    hosted = connection.EnumerateInstances("CIM_HostedDependency", DeepInheritance=False)
    system = next(i["Dependent"] for i in hosted if i.classname == "CIM_HostedDependency")
    name = pywbem.CIMInstanceName(system.classname, system.keybindings).tocimxmlstr()
    jobs = connection.EnumerateInstanceNames("CIM_RegisteredProfile", namespace="root/interop")
    profile = pywbem.CIMInstanceName(jobs[0].classname, jobs[0].keybindings).tocimxmlstr()

    def intrinsic(operation: str, parameters: str) -> tuple[dict[str, str], bytes]:
        inner = f'<IMETHODCALL NAME="{operation}">{LOCAL}{parameters}</IMETHODCALL>'
        return {"CIMMethod": operation, "CIMObject": "root%2Fvirt"}, envelope(inner)

    extrinsic = (
        '<METHODCALL NAME="GetCentralInstances"><LOCALINSTANCEPATH>'
        '<LOCALNAMESPACEPATH><NAMESPACE NAME="root"/><NAMESPACE NAME="interop"/>'
        f"</LOCALNAMESPACEPATH>{profile}</LOCALINSTANCEPATH></METHODCALL>"
    )
    invoke = {"CIMMethod": "GetCentralInstances", "CIMObject": "root%2Finterop"}
    return {
        "GetInstance": intrinsic(
            "GetInstance", f'<IPARAMVALUE NAME="InstanceName">{name}</IPARAMVALUE>'
        ),
        "EnumerateInstances": intrinsic(
            "EnumerateInstances",
            '<IPARAMVALUE NAME="ClassName"><CLASSNAME NAME="CIM_ComputerSystem"/></IPARAMVALUE>',
        ),
        "Associators": intrinsic(
            "Associators",
            f'<IPARAMVALUE NAME="ObjectName">{name}</IPARAMVALUE>'
            '<IPARAMVALUE NAME="AssocClass"><CLASSNAME NAME="CIM_SystemDevice"/></IPARAMVALUE>',
        ),
        "InvokeMethod": (invoke, envelope(extrinsic)),
    }


def operations_per_second(url: str, headers: dict[str, str], body: bytes) -> float:
    """Return how many operations one keep-alive client that parses nothing gets in a second."""
    parts = urlsplit(url)
    sent = {
        "Host": parts.netloc,
        "Content-Type": "application/xml; charset=utf-8",
        "Content-Length": str(len(body)),
        "CIMOperation": "MethodCall",
        **headers,
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in sent.items())
    request = f"POST /cimom HTTP/1.1\r\n{head}\r\n".encode() + body
    with socket.create_connection((parts.hostname or "", parts.port or 5988)) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        checked = _answer(client, request)
        if b" 200 " not in checked[:20] or b"<ERROR" in checked:
            raise RuntimeError(f"{headers['CIMMethod']}: {checked[:400]!r}")
        number, began = 0, time.perf_counter()
        while time.perf_counter() - began < SECONDS:
            _answer(client, request)
            number += 1
        return number / (time.perf_counter() - began)


def _answer(client: socket.socket, request: bytes) -> bytes:
    """Send a request and return the whole answer."""
    client.sendall(request)
    received = client.recv(1 << 16)
    while b"\r\n\r\n" not in received:
        received += client.recv(1 << 16)
    head, _, rest = received.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length:")[2].split(None, 1)[0])
    parts, got = [received], len(rest)
    while got < length:
        parts.append(client.recv(1 << 18))
        got += len(parts[-1])
    return b"".join(parts)


def main() -> None:
    """Print all figures."""
    print("systems | instances | bare pywbem | run (process) | run (inside) | ratio | operations")
    for size in SIZES:
        with served(size) as url:
            bare, number = bare_pass(url)
            inside, operations = read_only_run(url)
            process = timed(lambda url=url: command(url))
            print(
                f"{size:7} | {number:9} | {bare:9.2f} s | {process:11.2f} s | {inside:10.2f} s |"
                f" {inside / bare:5.2f} | {operations}"
            )
    print("\nsystems | CIM-XML    | WS-Management | operations")
    for size in (10, 100):
        with served_twice(size) as (cim_xml, wsman):
            plain, first = read_only_run(cim_xml)
            other, second = read_only_run(wsman)
            print(f"{size:7} | {plain:8.2f} s | {other:11.2f} s | {first} and {second}")
    print("\nsystems | operation          | per second")
    speeds: dict[tuple[int, str], float] = {}
    for size in (10, 100, 1000, 10_000):
        with served(size) as url:
            for name, (headers, body) in requests_for(url).items():
                if name == "EnumerateInstances" and size != 100:
                    continue
                if size == 10_000 and name != "Associators":
                    continue
                speeds[size, name] = operations_per_second(url, headers, body)
                print(f"{size:7} | {name:18} | {speeds[size, name]:8.0f}")
    growth = speeds[10, "Associators"] / speeds[10_000, "Associators"]
    print(f"\nAssociators at 10,000 systems takes {growth:.2f} times what it takes at 10")


if __name__ == "__main__":
    main()
