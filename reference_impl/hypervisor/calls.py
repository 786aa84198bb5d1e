"""How a method of the management service runs: at once, or as a job."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from reference_impl.hypervisor.jobs import Effects, Jobs
from reference_impl.hypervisor.records import VirtualSystem
from reference_impl.hypervisor.refusal import DONE, JOB_STARTED
from reference_impl.operations import MethodCall, MethodResult
from reference_impl.values import ObjectName, Value


@dataclass(frozen=True, slots=True)
class Answer:
    """What work has brought: output parameters, and what it affected if it was a job's."""

    outputs: Mapping[str, Value] = field(default_factory=dict)
    effects: Effects = ()


class Caller:
    """Runs the work of method calls; `asynchronous` names the methods that start jobs."""

    def __init__(self, jobs: Jobs, service: ObjectName, asynchronous: Collection[str]) -> None:
        self._jobs = jobs
        self._service = service
        self._asynchronous = frozenset(asynchronous)

    def run(
        self,
        call: MethodCall,
        work: Callable[[], Answer],
        affected: Effects = (),
        changing: Sequence[VirtualSystem] = (),
        abandon: Callable[[], None] = lambda: None,
    ) -> MethodResult:
        """Do the work of a call whose parameters are checked, now or in a job.

        `affected` is what a job affects from its start; the systems it is `changing` are
        reserved for it as long as it runs; `abandon` tidies up after a job that did not succeed.
        Raises what the work raises.
        """
        if call.method not in self._asynchronous:
            return MethodResult(DONE, work().outputs)

        def free() -> None:
            for system in changing:
                system.job = None

        def as_job() -> Effects:
            answer = work()
            free()
            return answer.effects

        def give_up() -> None:
            free()
            abandon()

        job = self._jobs.start(
            call.method, self._service, as_job, affected=affected, abandon=give_up
        )
        for system in changing:
            system.job = job
        return MethodResult(JOB_STARTED, {"Job": job})
