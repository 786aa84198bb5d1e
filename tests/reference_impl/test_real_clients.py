"""Clients that this project did not write: wbemcli (C++) and pywbemcli."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

wbemcli = pytest.mark.skipif(not shutil.which("wbemcli"), reason="sblim-wbemcli is not installed")


def ask_wbemcli(server, operation, path, *arguments):
    """Run wbemcli and return its lines; it exits with 0 even on errors."""
    command = ["wbemcli", "-noverify", "-nl", operation, f"{server.url}/{path}", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert "Exception" not in done.stdout + done.stderr
    return [line for line in done.stdout.splitlines() if line]


GUEST = 'root/virt:Ref_ComputerSystem.CreationClassName="Ref_ComputerSystem",Name="guest1"'


@wbemcli
def test_wbemcli_enumerates_instances(server):
    lines = ask_wbemcli(server, "ei", "root/virt:CIM_ComputerSystem")

    assert '-Name="guest2"' in lines
    assert lines.count('-Flavour="vanilla"') == 2


@wbemcli
def test_wbemcli_gets_an_instance_and_its_names(server):
    assert any(GUEST in line for line in ask_wbemcli(server, "ein", "root/virt:CIM_System"))
    assert "-EnabledState=2" in ask_wbemcli(server, "gi", GUEST)


@wbemcli
@pytest.mark.parametrize(
    ("operation", "wanted"),
    [
        ("ain", "CIM_VirtualSystemSettingData"),
        ("ai", '-DeviceID="guest1/1"'),
        ("rin", "Ref_SystemDevice"),
        ("ri", "-GroupComponent="),
    ],
)
def test_wbemcli_follows_associations(server, operation, wanted):
    assert any(wanted in line for line in ask_wbemcli(server, operation, GUEST))


@wbemcli
def test_wbemcli_filters_associators(server):
    command = ["wbemcli", "-nl", "-ac", "CIM_SystemDevice", "ain", f"{server.url}/{GUEST}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)

    assert done.stdout.count("Ref_Processor.") == 2
    assert "SettingData" not in done.stdout


@wbemcli
def test_wbemcli_reads_classes(server):
    names = ask_wbemcli(server, "ecn", "root/virt")
    assert any("CIM_Dependency" in line for line in names)

    for name in ("CIM_ComputerSystem", "CIM_SystemDevice", "CIM_VirtualSystemSettingData"):
        assert ask_wbemcli(server, "gc", f"root/virt:{name}")


@wbemcli
def test_wbemcli_invokes_a_method(server, calls):
    lines = ask_wbemcli(server, "cm", GUEST, "RequestStateChange.RequestedState=3")

    assert lines[-1].endswith("RequestStateChange: 0")
    assert calls[0].arguments == {"RequestedState": 3}


def pywbemcli(server, *arguments):
    program = Path(sys.executable).with_name("pywbemcli")
    command = [str(program), "-s", server.url, "-d", "root/virt"]
    done = subprocess.run(
        [*command, *arguments], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_pywbemcli_enumerates_and_pulls(server):
    names = pywbemcli(server, "instance", "enumerate", "CIM_ComputerSystem", "--no")

    assert names.count("guest") == 2
    assert "guest2" in pywbemcli(
        server,
        "--use-pull",
        "yes",
        "--pull-max-cnt",
        "1",
        "instance",
        "enumerate",
        "CIM_ComputerSystem",
    )


def test_pywbemcli_shows_a_class(server):
    mof = pywbemcli(server, "class", "get", "CIM_SystemDevice")

    assert "class CIM_SystemDevice : CIM_SystemComponent" in mof
    assert "CIM_LogicalDevice REF PartComponent;" in mof


def test_pywbemcli_invokes_a_method(server):
    name = 'Ref_ComputerSystem.CreationClassName="Ref_ComputerSystem",Name="guest1"'

    assert "ReturnValue=0" in pywbemcli(
        server, "instance", "invokemethod", name, "RequestStateChange", "-p", "RequestedState=2"
    )
