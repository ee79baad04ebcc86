"""Names for versions, and when a name may move (`ServerCore::UpdateModelVersionLabelMap`)."""

from collections.abc import Sequence

import grpc

from services.serving.embedded.config import ModelConfig
from services.serving.embedded.errors import ServingError, failed_precondition, invalid_argument
from services.serving.embedded.states import State, StateMonitor


class LabelMap:
    """Which version each label of each model stands for. Replaced as a whole, so readers need no lock."""

    def __init__(self, monitor: StateMonitor, allow_for_unavailable: bool) -> None:
        """`allow_for_unavailable`: the flag --allow_version_labels_for_unavailable_models."""
        self._monitor = monitor
        self._allow_for_unavailable = allow_for_unavailable
        self._versions: dict[tuple[str, str], int] | None = None  # None until the first config

    def version_of(self, model: str, label: str) -> int:
        """The version a label stands for.

        Raises:
            ServingError: INVALID_ARGUMENT, no such label; UNAVAILABLE, no config has come yet.
        """
        if self._versions is None:
            raise ServingError(grpc.StatusCode.UNAVAILABLE, f"Model labels does not init yet.{label}")
        try:
            return self._versions[model, label]
        except KeyError:
            raise invalid_argument(f"Unrecognized servable version label: {label}") from None

    def replace(self, models: Sequence[ModelConfig]) -> None:
        """Take the labels of a new config, all of them or none.

        Raises:
            ServingError: FAILED_PRECONDITION, a label is to go to a version that does not serve.
        """
        new = {(model.name, label): version for model in models for label, version in model.labels.items()}
        for (model, label), version in new.items():
            status = self._monitor.versions(model).get(version)
            available = status is not None and status.state is State.AVAILABLE
            if not available and not self._may_wait_for(model, label, version):
                raise failed_precondition(
                    f"Request to assign label to version {version} of model {model}, "
                    "which is not currently available for inference"
                )
        self._versions = new

    def _may_wait_for(self, model: str, label: str, version: int) -> bool:
        """Even where it is allowed, a label that works never moves to a version that does not."""
        current = (self._versions or {}).get((model, label), version)
        return self._allow_for_unavailable and current == version
