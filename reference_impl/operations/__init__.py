"""The operations of DSP0200 over a repository."""

from reference_impl.operations.behaviours import BEHAVIOURS
from reference_impl.operations.calls import (
    Intercept,
    MethodCall,
    MethodHandler,
    MethodResult,
    OperationCall,
    Reply,
    Settings,
    Writer,
)
from reference_impl.operations.service import Operations
from reference_impl.operations.writing import PlainWriter

__all__ = [
    "BEHAVIOURS",
    "Intercept",
    "MethodCall",
    "MethodHandler",
    "MethodResult",
    "OperationCall",
    "Operations",
    "PlainWriter",
    "Reply",
    "Settings",
    "Writer",
]
