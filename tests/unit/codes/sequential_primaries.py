"""The rules of IARC/IACR as a registrar follows them: one tumour after the other.

Written from the rules alone and without the tables of the project, so that the set-based SQL can
be compared with it. A tumour is (site group, histology group); the position in the list is the
order of date and sequence.
"""

from dataclasses import dataclass, field

UNSPECIFIED = {5: {1, 2, 3, 4}, 14: set(range(8, 14)), 17: {1, 2, 3, 4, 5, 6, 7, 15, 16}}
ONCE_IN_A_BODY = set(range(8, 16))

Tumour = tuple[str, int]


@dataclass
class Primary:
    """A primary while the tumours of a person are gone through."""

    group: int
    members: list[int] = field(default_factory=list)
    sites: dict[str, int] = field(default_factory=dict)
    """Position of its first tumour at each site."""

    def meets(self, tumour: Tumour) -> bool:
        site, group = tumour
        related = (
            group == self.group
            or group in UNSPECIFIED.get(self.group, ())
            or self.group in UNSPECIFIED.get(group, ())
        )
        anywhere = group in ONCE_IN_A_BODY and self.group in ONCE_IN_A_BODY
        return related and (anywhere or site in self.sites)

    def take(self, place: int, tumour: Tumour) -> None:
        site, group = tumour
        if group in UNSPECIFIED.get(self.group, ()):
            self.group = group
        self.members.append(place)
        self.sites.setdefault(site, place)


def primaries(tumours: list[Tumour]) -> list[tuple[int, int]]:
    """Return for each tumour the position of its primary's first tumour, and the group."""
    found: list[Primary] = []
    for place, tumour in enumerate(tumours):
        site, _ = tumour
        meeting = [primary for primary in found if primary.meets(tumour)]
        # An unspecified tumour is the first that it can be: at its own site, or, of what counts
        # once in a body, anywhere.
        anywhere = tumour[1] in ONCE_IN_A_BODY
        meeting.sort(key=lambda one: min(one.members) if anywhere else one.sites[site])
        if not meeting:
            found.append(Primary(tumour[1], [place], {site: place}))
        elif tumour[1] in UNSPECIFIED:
            meeting[0].take(place, tumour)
        else:
            for primary in meeting:
                primary.take(place, tumour)
            found = [primary for primary in found if primary not in meeting[1:]]
            for other in meeting[1:]:
                meeting[0].members += other.members
                for known, first in other.sites.items():
                    at = meeting[0].sites.setdefault(known, first)
                    meeting[0].sites[known] = min(at, first)
    return [
        next((min(one.members), one.group) for one in found if place in one.members)
        for place in range(len(tumours))
    ]
