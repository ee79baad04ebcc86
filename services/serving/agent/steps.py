"""One safe step from what is listed in models.config to what is desired. Pure functions.

The steps follow what TensorFlow Serving does with a config (`server_core.cc`, `aspired_versions_manager`):

* Labels are checked before versions are loaded, and a label that works may only move to a version
  that is AVAILABLE. So a version is listed first, and gets its label once it is AVAILABLE.
* What is AVAILABLE now may be about to go, if the server has just read a config without it. A label
  that was moved there is refused, with all of the config, at every poll from then on. So a label
  moves only to what is listed already, and goes back to where the server has it if it is refused.
* A label must never point at a version that is no longer listed. So a version is dropped only after
  its labels have gone, and some time after, for clients that still use them.
* A version whose load failed is never tried again while it is listed. So it is taken off the list.
* On a fresh server the highest version is loaded first, and if that fails the server exits. So the
  others are listed when `stable` is AVAILABLE, and taken off when the server does not come back.
"""

from collections.abc import Mapping, Set
from dataclasses import dataclass, field

from services.desired import STABLE, DesiredModel
from services.serving.agent.listing import Listed


@dataclass(frozen=True)
class Facts:
    """What is so for one model, apart from what is listed.

    `present`: versions that lie on disk, whole and verified. `available`: versions that the server
    says it serves. `failed`: versions whose load failed and that should not be tried now. `leaving`:
    versions that may not be dropped yet, and labels that may not be, for clients that still use them.
    `server_is_gone`: it has not answered for longer than any hiccup lasts. `answering`: which version
    the server takes each label for, which is not what models.config says before the server has read
    it, nor when it refuses it.
    """

    present: Set[int]
    available: Set[int]
    failed: Set[int]
    leaving_versions: Set[int]
    leaving_labels: Set[str]
    server_is_gone: bool = False
    answering: Mapping[str, int] = field(default_factory=dict)


def next_step(desired: DesiredModel | None, listed: Listed, facts: Facts) -> Listed:
    """What should be listed now; `desired` is None for a model that should not be served any more."""
    stable_so_far = listed.labels.get(STABLE)
    if facts.server_is_gone and stable_so_far is not None:
        return Listed(frozenset({stable_so_far}), {STABLE: stable_so_far})
    labels = _labels(desired, listed, facts)
    wanted = desired.versions if desired else frozenset()
    stable = desired.stable if desired else None
    may_join = wanted if {stable, stable_so_far} & facts.available else wanted & {stable}
    joining = {v for v in may_join if v in facts.present and v not in facts.failed}
    staying = {v for v in listed.versions if v in facts.leaving_versions and v not in facts.failed}
    kept = {v for v in listed.versions if v in wanted and v not in facts.failed}
    return Listed(frozenset(labels.values()) | joining | staying | kept, labels)


def _labels(desired: DesiredModel | None, listed: Listed, facts: Facts) -> dict[str, int]:
    targets = desired.labels if desired else {}
    labels = {}
    for name, version in listed.labels.items():
        answers = facts.answering.get(name)
        if answers is not None and answers in facts.available and version not in facts.available:
            version = answers
        if (name in targets or name in facts.leaving_labels) and version not in facts.failed:
            labels[name] = version
    for name, version in targets.items():
        # The very first label may precede its version, so that a fresh server starts with it; a server
        # with --allow_version_labels_for_unavailable_models takes that, and no other needs more.
        first = name == STABLE and name not in labels and version in facts.present and version not in facts.failed
        if (version in facts.available and version in listed.versions) or first:
            labels[name] = version
    return labels


def is_converged(desired: DesiredModel, listed: Listed, available: Set[int]) -> bool:
    """Whether nothing is left to do: exactly what is desired is listed, labelled and served."""
    return (
        listed.versions == desired.versions and dict(listed.labels) == desired.labels and desired.versions <= available
    )
