"""Coverage: what is known of each profile, how much of it is checked, and what of that was judged.

Pure. Everything is read from a run's header and results, so that a report can be made of a
results stream alone; the catalogue gives the header of a run that never took place.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping

import msgspec

from conformance.definitions.catalogue import Catalogue
from conformance.plan import Plan
from conformance.results import ProfileSummary, Run, TopicSummary, Verdict

JUDGED = frozenset({Verdict.PASS, Verdict.FAIL, Verdict.WARN, Verdict.WAIVED})


class Coverage(msgspec.Struct, frozen=True):
    """One line of the coverage page: a profile, a topic, or all.

    `known` requirements, of which `inherited` are stated by a profile that this one extends;
    each becomes a check (several, where it has cases) or is `excluded`. Of the checks, `judged`
    ended in a verdict on the server; the others were `not_applicable`, `unexamined` (untested,
    or ended in an error), or were not run at all.
    """

    key: str
    title: str
    known: int = 0
    inherited: int = 0
    checks: int = 0
    excluded: int = 0
    judged: int = 0
    not_applicable: int = 0
    unexamined: int = 0

    @property
    def not_run(self) -> int:
        """Return the number of checks without a result."""
        return self.checks - self.judged - self.not_applicable - self.unexamined


def summary_of(catalogue: Catalogue, plan: Plan, key: str) -> ProfileSummary:
    """Return what a run's header says of a profile."""
    profile = catalogue.profiles[key]
    above = {n for parent in profile.extends for n in catalogue.profiles[parent].requirements}
    return ProfileSummary(
        key=catalogue.shown(key),
        name=profile.profile.name,
        version=profile.profile.document.version,
        document=profile.profile.document.id,
        checks=sum(1 for check in plan.checks if check.profile == key),
        excluded={each.id: each.reason for each in plan.excluded if each.profile == key},
        known=len(profile.requirements),
        inherited=len(above & profile.requirements.keys()),
    )


def topics_of(
    topics: Mapping[str, tuple[str, tuple[str, ...]]], planned: Collection[str]
) -> tuple[TopicSummary, ...]:
    """Return what a run's header says of the topics, with the checks that it planned."""
    return tuple(
        TopicSummary(key, title, tuple(check for check in checks if check in planned))
        for key, (title, checks) in topics.items()
    )


def by_profile(run: Run) -> tuple[Coverage, ...]:
    """Return the coverage of each profile of a run, in the order of its header."""
    planned: dict[str, list[str]] = {}
    for check in run.header.planned:
        planned.setdefault(check.partition(":")[0], []).append(check)
    return tuple(
        _counted(
            Coverage(
                key=profile.key,
                title=_title(profile),
                known=profile.known,
                inherited=profile.inherited,
                excluded=len(profile.excluded),
            ),
            planned.get(profile.key, ()),
            run,
        )
        for profile in run.header.profiles
    )


def by_topic(run: Run) -> tuple[Coverage, ...]:
    """Return the coverage of each topic of a run; a check may belong to several."""
    return tuple(_counted(Coverage(t.key, t.title), t.checks, run) for t in run.header.topics)


def total(rows: Collection[Coverage]) -> Coverage:
    """Return the sum of the coverage of profiles."""
    names = [name for name in Coverage.__struct_fields__ if name not in {"key", "title"}]
    return Coverage("", "All", **{n: sum(getattr(row, n) for row in rows) for n in names})


def _counted(row: Coverage, checks: Collection[str], run: Run) -> Coverage:
    verdicts = {result.check: result.verdict for result in run.results}
    seen = Counter(verdicts.get(check) for check in checks)
    return msgspec.structs.replace(
        row,
        checks=len(checks),
        judged=sum(seen[verdict] for verdict in JUDGED),
        not_applicable=seen[Verdict.NOT_APPLICABLE],
        unexamined=seen[Verdict.UNTESTED] + seen[Verdict.ERROR],
    )


def _title(profile: ProfileSummary) -> str:
    name = profile.name
    return name if name.startswith(profile.key) else f"{profile.key} {name}"
