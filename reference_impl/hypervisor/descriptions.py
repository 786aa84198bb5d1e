"""What devices are like: the properties that the device profiles ask for, whoever has them.

CPU (DSP1022), System Memory (DSP1026) and Ethernet Port (DSP1014); and the disks, drives and
controllers that have no such profile.
"""

from __future__ import annotations

from reference_impl.hypervisor.resource_kinds import CLOCK_SPEED, MEBIBYTE
from reference_impl.hypervisor.store import Values

#: What every device says of its state, where nothing is wrong with it.
IN_ORDER: Values = {
    "EnabledState": 2,
    "RequestedState": 12,
    "OperationalStatus": [2],
    "HealthState": 5,
}

_READ_WRITE = 3

_GIGABIT = 10**9
_1000_BASE_T = 53
_WAKE_ON_LAN = 3

_RANDOM_ACCESS, _REMOVABLE_MEDIA = 3, 7
_CD_ROM, _DVD_ROM = 16, 25
_PROTOCOL_IDE = 37


def processor(family: str) -> Values:
    """Describe a processor of a family that the schema does not list."""
    return {
        "Family": 1,
        "OtherFamilyDescription": family,
        "CurrentClockSpeed": CLOCK_SPEED,
        "MaxClockSpeed": CLOCK_SPEED,
        "ExternalBusClockSpeed": 100,
        "LoadPercentage": 0,
        "CPUStatus": 1,
        "NumberOfEnabledCores": 1,
    }


def memory(size: int) -> Values:
    """Describe a memory of so many bytes."""
    block = MEBIBYTE if size % MEBIBYTE == 0 else 1
    return {"Volatile": True, **_blocks(block, size // block, _READ_WRITE)}


def disk(name: str, block: int, number: int, access: int = _READ_WRITE) -> Values:
    """Describe a disk of so many blocks of so many bytes; `access` is a value of Access."""
    return {"Name": name, **_blocks(block, number, access)}


def ethernet_port(address: str) -> Values:
    """Describe a port with this MAC address."""
    return {
        "PermanentAddress": address,
        "NetworkAddresses": [address],
        "LinkTechnology": 2,
        "PortType": _1000_BASE_T,
        "Speed": _GIGABIT,
        "MaxSpeed": _GIGABIT,
        "Capabilities": [_WAKE_ON_LAN],
        "EnabledCapabilities": [_WAKE_ON_LAN],
        "FullDuplex": True,
    }


def ide_controller() -> Values:
    """Describe a controller of two devices."""
    return {"ProtocolSupported": _PROTOCOL_IDE, "MaxNumberControlled": 2}


def dvd_drive() -> Values:
    """Describe a drive that reads what is put into it."""
    return {
        "Capabilities": [_RANDOM_ACCESS, _REMOVABLE_MEDIA],
        "FormatsSupported": [_CD_ROM, _DVD_ROM],
        "MediaIsLocked": False,
    }


def _blocks(size: int, number: int, access: int) -> Values:
    return {
        "Access": access,
        "BlockSize": size,
        "NumberOfBlocks": number,
        "ConsumableBlocks": number,
        "IsComposite": False,
    }
