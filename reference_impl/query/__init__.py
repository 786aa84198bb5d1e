"""Query languages: WQL, and the basic queries of DMTF:CQL (DSP0202) and DMTF:FQL (DSP0212)."""

from reference_impl.query.evaluation import FilterQuery, Query
from reference_impl.query.parser import CQL, FQL, WQL
from reference_impl.query.traversal import Traversal, is_traversal, parse_traversal

__all__ = [
    "CQL",
    "FQL",
    "WQL",
    "FilterQuery",
    "Query",
    "Traversal",
    "is_traversal",
    "parse_traversal",
]
