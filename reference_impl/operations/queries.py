"""ExecQuery, and the filter queries of the pull operations (DSP0200, 5.3.2.12 and 5.3.2.24)."""

from __future__ import annotations

from reference_impl.operations.reading import Parameters, associators, references
from reference_impl.query import FQL, WQL, FilterQuery, Query, is_traversal, read_traversal
from reference_impl.repository import Repository
from reference_impl.values import (
    INVALID_PARAMETER,
    QUERY_LANGUAGE_NOT_SUPPORTED,
    CIMError,
    Instance,
    ObjectName,
)


def exec_query(repository: Repository, namespace: str, parameters: Parameters) -> list[Instance]:
    """ExecQuery: matching instances, or projections of them without a path.

    In WQL also what is associated with an instance, or refers to it.
    """
    if parameters["QueryLanguage"].lower() == WQL.lower() and is_traversal(parameters["Query"]):
        return _traversed(repository, namespace, parameters["Query"])
    query = Query(repository.schema, parameters["QueryLanguage"], parameters["Query"])
    return query.select(repository.instances(namespace, query.classname))


def _traversed(repository: Repository, namespace: str, text: str) -> list[Instance]:
    traversal = read_traversal(repository.schema, text, namespace)
    follow = associators if traversal.kind == "Associators" else references
    found = follow(repository, namespace, traversal.parameters)
    return [each for each in found if isinstance(each, Instance)]


def filtered(
    repository: Repository, objects: list[Instance] | list[ObjectName], parameters: Parameters
) -> list[Instance] | list[ObjectName]:
    """Apply the FilterQuery of an open operation, if it has one.

    Raises CIMError: INVALID_PARAMETER for a language without a query or the other way round,
    QUERY_LANGUAGE_NOT_SUPPORTED for another language than DMTF:FQL, INVALID_QUERY.
    """
    language, text = parameters.get("FilterQueryLanguage"), parameters.get("FilterQuery")
    if not language and not text:
        return objects
    if not language or not text:
        raise CIMError(INVALID_PARAMETER, "FilterQueryLanguage and FilterQuery go together")
    if language.lower() != FQL.lower():
        raise CIMError(
            QUERY_LANGUAGE_NOT_SUPPORTED, f"expected the filter language {FQL}, found {language}"
        )
    query = FilterQuery(repository.schema, text)
    return [each for each in objects if _matches(repository, query, each)]  # type: ignore[return-value]


def _matches(repository: Repository, query: FilterQuery, found: Instance | ObjectName) -> bool:
    instance = found if isinstance(found, Instance) else repository.get(found)
    return instance is not None and query.matches(instance)
