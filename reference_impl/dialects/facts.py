"""Facts of the vendor's classes, written as in the class fact files: short words for methods."""

from __future__ import annotations

from collections.abc import Mapping

from reference_impl.schema import Facts

#: The return codes that Windows gives where the CIM schema leaves room for a vendor's.
VENDOR_CODES: Mapping[str, str] = {
    "0": "Completed with No Error",
    "1": "Not Supported",
    "4096": "Method Parameters Checked - Job Started",
    "32768": "Failed",
    "32769": "Access Denied",
    "32770": "Not Supported",
    "32771": "Status is unknown",
    "32772": "Timeout",
    "32773": "Invalid parameter",
    "32774": "System is in use",
    "32775": "Invalid state for this operation",
    "32776": "Incorrect data type",
    "32777": "System is not available",
    "32778": "Out of memory",
}

#: The return codes of the profiles, where Windows documents those.
PROFILE_CODES: Mapping[str, str] = {
    "0": "Completed with No Error",
    "1": "Not Supported",
    "2": "Failed",
    "3": "Timeout",
    "4": "Invalid Parameter",
    "..": "DMTF Reserved",
    "4096": "Method Parameters Checked - Job Started",
    "4097..32767": "Method Reserved",
    "32768..65535": "Vendor Specific",
}

JOB: Facts = {"type": "reference", "class": "CIM_ConcreteJob", "out": True, "in": False}


def method(parameters: Facts, codes: Mapping[str, str] = VENDOR_CODES) -> Facts:
    """Return the facts of a method that returns one of some codes."""
    return {"returns": "uint32", "valuemap": codes, "parameters": parameters}


def given(kind: str = "string", *, array: bool = False) -> Facts:
    """Return the facts of an input parameter of a type."""
    return {"type": kind, "array": array, "in": True}


def embedded(classname: str, *, array: bool = False, out: bool = False) -> Facts:
    """Return the facts of a parameter that holds embedded instances of a class."""
    facts = {"type": "string", "array": array, "embedded_instance": classname}
    return {**facts, "in": not out, "out": out}


def reference(classname: str, *, array: bool = False, out: bool = False) -> Facts:
    """Return the facts of a parameter that refers to instances of a class."""
    facts = {"type": "reference", "array": array, "class": classname}
    return {**facts, "in": not out, "out": out}


def returned(kind: str = "string", *, array: bool = False) -> Facts:
    """Return the facts of an output parameter of a type."""
    return {"type": kind, "array": array, "in": False, "out": True}


def properties(**types: str) -> Facts:
    """Return the facts of properties by their types; `string[]` is an array."""
    return {
        name: {"type": kind.removesuffix("[]"), "array": kind.endswith("[]")}
        for name, kind in types.items()
    }
