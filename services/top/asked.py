"""The same metrics from a Prometheus that has scraped them."""

import time
from collections.abc import Sequence

from services.rollout.prometheus import Labels, Prometheus, PrometheusAway
from services.top.picture import Picture, Series

Samples = Sequence[tuple[float, float]]  # time, value


class Asked:
    """Asks one Prometheus for all that it knows of us."""

    def __init__(self, url: str, window_seconds: float, matchers: str = "") -> None:
        """`matchers`: more of PromQL's label matchers, where one Prometheus knows several systems."""
        self._url, self._seconds = url, round(window_seconds)
        more = f",{matchers}" if matchers else ""
        self._selector = f'{{__name__=~"fvi_.+|:tensorflow:serving:.+"{more}}}'
        self._prometheus = Prometheus(url)

    def look(self) -> Picture:
        """What it knows of the last seconds of the window."""
        try:
            found = self._prometheus.samples(self._selector, self._seconds)
        except PrometheusAway as error:
            return Picture(time.time(), problems={self._url: str(error)})
        began: dict[str, float] = {}
        for labels, samples in found.items():
            target = _target(labels)
            began[target] = min(began.get(target, samples[0][0]), samples[0][0])
        return Picture(time.time(), tuple(_series(*each, began) for each in found.items()))

    def close(self) -> None:
        """Ends its connections."""
        self._prometheus.close()


def _series(labels: Labels, samples: Samples, began: dict[str, float]) -> Series:
    names, target = dict(labels), _target(labels)
    value, growth = samples[0][1], 0.0
    if samples[0][0] > began[target]:  # it was not there yet when its process was scraped before
        growth = value
    for _, after in samples[1:]:
        growth += after - value if after >= value else after
        value = after
    seconds = samples[-1][0] - began[target]
    return Series(names.pop("__name__"), names, target, value, growth / seconds if seconds > 0 else 0.0)


def _target(labels: Labels) -> str:
    names = dict(labels)
    return names.get("pod") or names.get("instance", "")
