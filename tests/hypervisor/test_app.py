"""The server as a program: its command line, its options, its clients at the same time."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
import trustme
from pywbem import AuthError, WBEMConnection

from reference_impl.app import start


def run(*arguments, **more):
    command = [sys.executable, "-m", "reference_impl", *arguments]
    return subprocess.Popen(
        command, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_command_prints_its_url_serves_and_ends_cleanly(number):
    with run("--systems", "2") as process:
        url = process.stdout.readline().strip()
        connection = WBEMConnection(url, default_namespace="root/virt")
        found = connection.EnumerateInstanceNames("CIM_ComputerSystem")
        connection.close()
        process.send_signal(number)

        assert process.wait(timeout=20) == 0
        assert (len(found), process.stderr.read()) == (4, "")


def test_command_names_an_unknown_fault():
    with run("--fault", "none") as process:
        _, complaint = process.communicate(timeout=20)

    assert process.returncode == 2
    assert complaint.startswith("reference server: there is no fault 'none'; expected one of ")
    assert complaint.count("\n") == 1


def test_command_tells_in_one_line_that_a_fault_needs_more_systems():
    with run("--systems", "1", "--fault", "vs-device-shared") as process:
        _, complaint = process.communicate(timeout=20)

    assert process.returncode == 2
    assert complaint == (
        "reference server: fault 'vs-device-shared' cannot be shown: "
        "no virtual system is paused; serve 4 or more of them\n"
    )


def test_command_lists_the_faults():
    with run("--list-faults") as process:
        listed, _ = process.communicate(timeout=20)

    assert "vs-name-duplicated: Two virtual systems, of two classes, have the same name." in listed


def test_password_comes_from_the_environment():
    environment = {**os.environ, "CIMCONFORM_SERVER_PASSWORD": "secret"}
    with run("--user", "tester", env=environment) as process:
        url = process.stdout.readline().strip()
        with pytest.raises(AuthError):
            WBEMConnection(url, default_namespace="root/virt").EnumerateClassNames()
        known = WBEMConnection(url, ("tester", "secret"), default_namespace="root/virt")
        assert known.EnumerateClassNames()
        process.terminate()


def test_server_speaks_https(tmp_path, monkeypatch):
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):  # they would win over ca_certs
        monkeypatch.delenv(name, raising=False)
    authority = trustme.CA()
    certificate, trusted = tmp_path / "server.pem", tmp_path / "ca.pem"
    authority.issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(certificate)
    authority.cert_pem.write_to_path(trusted)

    with start(host="localhost", tls=(certificate, certificate)) as server:
        connection = WBEMConnection(server.url, ca_certs=str(trusted))
        assert server.url.startswith("https://localhost:")
        assert connection.EnumerateInstanceNames("CIM_ComputerSystem", namespace="root/virt")
        connection.close()


def test_namespaces_can_be_chosen(serving):
    client = serving(namespace="root/other", interop="interop")
    found = client.connection.EnumerateInstances("CIM_ComputerSystem", namespace="root/other")
    profiles = client.connection.EnumerateInstances("CIM_RegisteredProfile", namespace="interop")

    assert len(found) == 6
    assert "System Virtualization" in {each["RegisteredName"] for each in profiles}


def test_clients_at_the_same_time_leave_the_accounts_in_order(serving):
    client = serving()
    before = {each["PoolID"]: each["Reserved"] for each in pools(client)}

    def live(_index):
        system = client.define()
        assert [client.request(system, request) for request in (2, 9, 6, 2)] == [0] * 4
        return client.call("DestroySystem", AffectedSystem=system)[0]

    with ThreadPoolExecutor(8) as clients:
        assert set(clients.map(live, range(24))) == {0}
    assert {each["PoolID"]: each["Reserved"] for each in pools(client)} == before


def pools(client):
    return client.connection.EnumerateInstances("CIM_ResourcePool")
