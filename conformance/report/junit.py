"""The results as JUnit XML, for the readers of CI systems.

Pure. One suite for each profile, one case for each planned check. A fail is a failure; an error
is an error; untested, not applicable, waived and not run are skipped with their reason; a warn
passes with its account as output. A run that was cut short, or could not use its endpoint, has
an error of its own, so that it never looks green.
"""

from __future__ import annotations

from collections.abc import Iterable

from lxml import etree

from conformance.report.clean import cleaned
from conformance.report.grouping import patterns
from conformance.report.tally import not_run, profile_of, profile_titles
from conformance.report.wording import explain, run_again, source
from conformance.results import Result, Run, Verdict

_SUBJECTS = 5
_PATTERNS = 20
_SKIPPED = {
    Verdict.NOT_APPLICABLE: "not applicable",
    Verdict.UNTESTED: "untested",
    Verdict.WAIVED: "waived",
}
_COUNTED = ("failure", "error", "skipped")


def render_junit(run: Run) -> bytes:
    """Return junit.xml in UTF-8."""
    run = cleaned(run)
    suites = [_run_suite(run), *(_suite(run, key) for key in _profile_keys(run))]
    root = etree.Element("testsuites", name="cimconform")
    root.extend(suite for suite in suites if len(suite))
    _count(root)
    if run.footer is not None:
        root.set("time", _seconds(run.footer.seconds))
    return etree.tostring(root, encoding="utf-8", xml_declaration=True, pretty_print=True)


def _profile_keys(run: Run) -> list[str]:
    known = [profile.key for profile in run.header.profiles]
    judged = [result.profile for result in run.results]
    missing = [profile_of(run, check) for check in not_run(run)]
    return list(dict.fromkeys([*known, *judged, *missing]))


def _suite(run: Run, key: str) -> etree._Element:
    suite = etree.Element("testsuite", name=profile_titles(run).get(key, key))
    results = [result for result in run.results if result.profile == key]
    missing = [check for check in not_run(run) if profile_of(run, check) == key]
    if results or missing:
        _describe(suite, run, sum(result.seconds for result in results))
    suite.extend(_case(run, result) for result in results)
    suite.extend(_missing_case(key, check) for check in missing)
    _count(suite)
    return suite


def _run_suite(run: Run) -> etree._Element:
    """Return a suite that says why the run gives no verdict; without a case when it gives one."""
    suite = etree.Element("testsuite", name="cimconform run")
    if run.footer is None:
        trouble = "the run was cut short: its results end without a footer"
    elif run.footer.exit_code == _EXIT_TROUBLE:
        trouble = "; ".join(run.footer.problems) or "the endpoint could not be used"
    else:
        return suite
    _describe(suite, run, 0.0)
    case = etree.SubElement(suite, "testcase", classname="cimconform", name="run", time="0.000")
    etree.SubElement(case, "error", message=_line(trouble), type="error").text = trouble
    _count(suite)
    return suite


_EXIT_TROUBLE = 4


def _describe(suite: etree._Element, run: Run, seconds: float) -> None:
    suite.set("timestamp", run.header.started)
    suite.set("time", _seconds(seconds))
    told = {
        "endpoint": run.header.endpoint,
        "server": run.header.server,
        "suite_version": run.header.suite_version,
        "conformance": run.footer.conformance.value if run.footer else "cut short",
    }
    _properties(suite, told)


def _case(run: Run, result: Result) -> etree._Element:
    case = etree.Element(
        "testcase",
        classname=result.profile,
        name=result.check.removeprefix(f"{result.profile}:"),
        time=_seconds(result.seconds),
    )
    told = {
        "id": result.check,
        "verdict": result.verdict.value,
        "level": result.level,
        "basis": result.basis,
        "document": result.document,
        "clause": result.clause or "not known",
        "statement": result.statement,
    }
    _properties(case, told)
    _outcome(case, run, result)
    return case


def _outcome(case: etree._Element, run: Run, result: Result) -> None:
    match result.verdict:
        case Verdict.FAIL:
            failure = etree.SubElement(case, "failure", message=_summary(result), type="fail")
            failure.text = _account(run, result)
        case Verdict.ERROR:
            error = etree.SubElement(case, "error", message=_line(result.reason), type="error")
            error.text = _account(run, result)
        case Verdict.WARN:
            etree.SubElement(case, "system-out").text = f"warn: {_account(run, result)}"
        case Verdict.NOT_APPLICABLE | Verdict.UNTESTED | Verdict.WAIVED:
            message = f"{_SKIPPED[result.verdict]}: {_why_skipped(result)}"
            etree.SubElement(case, "skipped", message=_line(message), type=result.verdict.value)
            if result.observations:
                etree.SubElement(case, "system-out").text = _account(run, result)
        case Verdict.PASS:
            pass


def _missing_case(key: str, check: str) -> etree._Element:
    case = etree.Element(
        "testcase", classname=key, name=check.removeprefix(f"{key}:"), time="0.000"
    )
    _properties(case, {"id": check, "verdict": "not-run"})
    etree.SubElement(case, "skipped", message="not run", type="not-run")
    return case


def _why_skipped(result: Result) -> str:
    if result.waiver is not None:
        waiver = result.waiver
        return f"{waiver.reason} ({waiver.owner}, until {waiver.expires})"
    return f"{result.reason}; {result.advice}" if result.advice else result.reason


def _summary(result: Result) -> str:
    """Return one line that says what is wrong."""
    seen = patterns(result.observations)
    if not seen:
        return _line(result.reason or result.statement)
    more = len(result.observations) + result.omitted - 1
    told = f"expected {seen[0].expected}, found {seen[0].found} at {seen[0].subjects[0]}"
    return _line(f"{told} (and {more} more)" if more else told)


def _account(run: Run, result: Result) -> str:
    lines = [result.statement, f"{result.level}; {source(result)}; basis {result.basis}"]
    lines += [result.reason] if result.reason else []
    seen = patterns(result.observations)
    for pattern in seen[:_PATTERNS]:
        lines += ["", f"expected: {pattern.expected}", f"found:    {pattern.found}"]
        lines += [f"at        {subject}" for subject in pattern.subjects[:_SUBJECTS]]
        more = len(pattern.subjects) - _SUBJECTS
        lines += [f"          and {more} more"] if more > 0 else []
        lines += [f"          {step}" for step in pattern.steps]
    left = len(result.observations) + result.omitted
    left -= sum(len(pattern.subjects) for pattern in seen[:_PATTERNS])
    lines += ["", f"and {left} more deviations"] if left else []
    again = run_again(run, result.check)
    return "\n".join([*lines, "", *([again] if again else []), explain(result.check)])


def _properties(element: etree._Element, told: dict[str, str]) -> None:
    properties = etree.SubElement(element, "properties")
    for name, value in told.items():
        if value:
            etree.SubElement(properties, "property", name=name, value=value)


def _count(element: etree._Element) -> None:
    """Write the numbers of cases below an element into its attributes."""
    cases: Iterable[etree._Element] = list(element.iter("testcase"))
    element.set("tests", str(len(list(cases))))
    for outcome, name in zip(_COUNTED, ("failures", "errors", "skipped"), strict=True):
        element.set(name, str(sum(case.find(outcome) is not None for case in cases)))


def _seconds(seconds: float) -> str:
    return f"{seconds:.3f}"


def _line(text: str) -> str:
    """Return a text on one line, for an attribute."""
    return " ".join(text.split())
