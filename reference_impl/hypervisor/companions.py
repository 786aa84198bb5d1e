"""What is shown beside each virtual system, and follows it from its definition to its end."""

from __future__ import annotations

from reference_impl.hypervisor.records import VirtualSystem


class Companion:
    """Something shown beside each virtual system; does nothing unless a subclass says so."""

    def appear(self, system: VirtualSystem) -> None:
        """Show it for a system that has been defined."""

    def depart(self, system: VirtualSystem, request: int) -> None:
        """Follow a system whose state a job is about to change."""

    def settle(self, system: VirtualSystem, request: int | None) -> None:
        """Follow a system that is in a state: by a request, or (None) as it was before."""

    def vanish(self, system: VirtualSystem) -> None:
        """Remove it, with a system that is about to be removed."""


class Companions(Companion):
    """All companions of the virtual systems, in the order in which they were joined."""

    def __init__(self) -> None:
        self._members: list[Companion] = []

    def join(self, member: Companion) -> None:
        """Let one more companion follow every system that is defined from now on."""
        self._members.append(member)

    def appear(self, system: VirtualSystem) -> None:
        """Let all of them appear."""
        for member in self._members:
            member.appear(system)

    def depart(self, system: VirtualSystem, request: int) -> None:
        """Let all of them follow the beginning of a state change."""
        for member in self._members:
            member.depart(system, request)

    def settle(self, system: VirtualSystem, request: int | None) -> None:
        """Let all of them follow the end of a state change."""
        for member in self._members:
            member.settle(system, request)

    def vanish(self, system: VirtualSystem) -> None:
        """Let all of them vanish."""
        for member in self._members:
            member.vanish(system)
