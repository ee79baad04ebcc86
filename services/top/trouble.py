"""What somebody should look at."""

from collections.abc import Iterator

from services.desired import STABLE
from services.top.picture import Picture

_ZERO = {
    "fvi_api_desired_state_ok": "cannot use the desired state and keeps the last good one",
    "fvi_agent_desired_state_ok": "cannot use the desired state and keeps the last good one",
    "fvi_agent_ready": "not every stable label answers",
    "fvi_rollout_documents_ok": "cannot use the desired state or the state of the rollouts",
}
_GROWS = {
    "fvi_agent_verification_failures_total": "a version was refused: it is not what its manifest says",
    "fvi_agent_load_failures_total": "a version could not be loaded",
    "fvi_agent_pull_failures_total": "a version could not be pulled",
    "fvi_agent_step_failures_total": "the agent's looks fail: its log says why",
    "fvi_api_canary_fallbacks_total": "cards meant for the canary were answered by another label",
}


def troubles(picture: Picture) -> tuple[str, ...]:
    """One line for each; none if all is well."""
    return (
        *(f"{target} {problem}" for target, problem in picture.problems.items()),
        *(f"{each.target}: {what}" for name, what in _ZERO.items() for each in picture.find(name) if each.value == 0),
        *_lags(picture),
        *_skew(picture),
        *(f"{target}: {what}" for name, what in _GROWS.items() for target in _growing(picture, name)),
    )


def _growing(picture: Picture, name: str) -> list[str]:
    return sorted({each.target for each in picture.find(name) if each.per_second > 0})


def _lags(picture: Picture) -> Iterator[str]:
    for each in picture.find("fvi_agent_convergence_lag_seconds"):
        if each.value > 0:
            yield f"{each.target}: {each.labels['model']} has not been as desired for {each.value:.0f} s"


def _skew(picture: Picture) -> Iterator[str]:
    """Replicas that disagree about what is stable."""
    stable: dict[str, dict[str, int]] = {}
    for each in picture.find("fvi_model_version_state", label=STABLE):
        versions = stable.setdefault(each.labels["model"], {})
        versions[each.labels["version"]] = versions.get(each.labels["version"], 0) + 1
    for model, versions in stable.items():
        if len(versions) > 1:
            replicas = ", ".join(f"{version} on {count}" for version, count in sorted(versions.items()))
            yield f"{model}: replicas differ in what is stable: {replicas}"
