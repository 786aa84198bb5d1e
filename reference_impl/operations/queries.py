"""ExecQuery, and the filter queries of the pull operations (DSP0200, 5.3.2.12 and 5.3.2.24)."""

from __future__ import annotations

from reference_impl.operations.reading import Parameters, associators, references
from reference_impl.query import FQL, WQL, FilterQuery, Query, is_traversal, parse_traversal
from reference_impl.repository import Repository
from reference_impl.values import (
    INVALID_NAMESPACE,
    INVALID_PARAMETER,
    INVALID_QUERY,
    QUERY_LANGUAGE_NOT_SUPPORTED,
    CIMError,
    Instance,
    ObjectName,
)


def exec_query(repository: Repository, namespace: str, parameters: Parameters) -> list[Instance]:
    """ExecQuery: matching instances, or projections of them without a path.

    In WQL also what is associated with an instance: ASSOCIATORS OF and REFERENCES OF.
    """
    language, text = parameters["QueryLanguage"], parameters["Query"]
    if language.upper() == WQL and is_traversal(text):
        return _traversed(repository, namespace, text)
    query = Query(repository.schema, language, text)
    return query.select(repository.instances(namespace, query.classname))


def _traversed(repository: Repository, namespace: str, text: str) -> list[Instance]:
    """Follow associations. Raises CIMError: INVALID_QUERY, INVALID_NAMESPACE, NOT_FOUND."""
    asked = parse_traversal(repository.schema, namespace, text)
    known = repository.namespace_named(asked.source.namespace)
    if known is None:
        raise CIMError(INVALID_NAMESPACE, f"there is no namespace {asked.source.namespace}")
    parameters = {"ObjectName": asked.source, **asked.filters}
    read = associators if asked.operation == "Associators" else references
    try:
        found = read(repository, known, parameters)
    except CIMError as error:  # a class that is no parameter here, but a part of the query
        status = INVALID_QUERY if error.status == INVALID_PARAMETER else error.status
        raise CIMError(status, error.description) from error
    instances = [each for each in found if isinstance(each, Instance)]
    return [_with_keys(each) for each in instances] if asked.keys_only else instances


def _with_keys(instance: Instance) -> Instance:
    """Return an instance without the values of all properties that are no keys."""
    return Instance(instance.classname, dict(instance.path.keys), instance.name)


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
