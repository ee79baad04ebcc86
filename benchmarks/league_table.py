"""The standings of the league: every reader's counts in one setting, and the best mix of the peers."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.league_run import Reader
from benchmarks.league_scores import ALL, Share, best_of, counted, share

MIX = "best mix of them"


@dataclass(frozen=True)
class Standing:
    """One reader in one setting. `counts`: see league_scores.counted; `cpu_ms` and `peak_mib` of one card and all."""

    name: str
    counts: dict[str, np.ndarray]
    cpu_ms: float
    peak_mib: float

    def share(self, field: str, of: str, over: str = "fields") -> Share:
        """A ratio of two sums over cards."""
        return share(self.counts[field], of, over)

    def lead(self, field: str, other: "Standing") -> Share:
        """How many more of a field are exact than the other's, as a share."""
        return share(self.counts[field], "exact", "fields", less=other.counts[field])


@dataclass(frozen=True)
class Setting:
    """The standings in one setting. `taken_from`: for each field the peer that the best mix has it from."""

    ours: Standing
    peers: list[Standing]
    mix: Standing
    taken_from: dict[str, str]

    def rival(self) -> Standing:
        """The peer that the CPU time is compared with: of those that read as well, the fastest; else the best one."""
        exact = {peer.name: peer.share(ALL, "exact").value for peer in self.peers}
        as_well = [peer for peer in self.peers if exact[peer.name] >= self.ours.share(ALL, "exact").value]
        if as_well:
            return min(as_well, key=lambda peer: peer.cpu_ms)
        return max(self.peers, key=lambda peer: exact[peer.name])


def standing(reader: Reader, setting: str) -> Standing:
    """A reader's."""
    run = reader.runs[setting]
    return Standing(reader.name, counted(run.readings), float(np.mean(run.cpu_ms)), reader.peak_mib)


def setting(ours: Reader, peers: Sequence[Reader], name: str) -> Setting:
    """Everybody's, and the mix's: it costs what the peers that it takes something from cost together."""
    readers = {peer.name: peer for peer in peers if name in peer.runs}
    standings = [standing(peer, name) for peer in readers.values()]
    readings, taken_from = best_of({peer: reader.runs[name].readings for peer, reader in readers.items()})
    used = [one for one in standings if one.name in taken_from.values()]
    mix = Standing(MIX, counted(readings), sum(one.cpu_ms for one in used), sum(one.peak_mib for one in used))
    return Setting(standing(ours, name), standings, mix, taken_from)
