"""What to serve: models.config (a ModelServerConfig in protobuf text) or one model given by flags."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from google.protobuf import text_format
from tensorflow_serving.config import model_server_config_pb2

from services.serving.embedded.errors import failed_precondition, invalid_argument, not_found
from services.serving.embedded.versions import VersionPolicy

PLATFORM = "tensorflow"


@dataclass(frozen=True)
class ModelConfig:
    """One model: where its versions lie, which of them to serve, what they are called."""

    name: str
    base_path: Path
    policy: VersionPolicy
    labels: dict[str, int] = field(default_factory=dict)


def read_config_file(path: Path) -> tuple[ModelConfig, ...]:
    """models.config -> the models to serve.

    Raises:
        ServingError: NOT_FOUND, no such file; INVALID_ARGUMENT, not protobuf text or contradictory.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise not_found(f"{path}; {error.strerror}") from error
    config = model_server_config_pb2.ModelServerConfig()
    try:
        text_format.Parse(text, config)
    except text_format.ParseError as error:
        raise invalid_argument(f"Invalid protobuf file: '{path}' ({error})") from error
    return from_proto(config)


def single_model(name: str, base_path: str) -> tuple[ModelConfig, ...]:
    """--model_name and --model_base_path: the latest version of one model."""
    config = model_server_config_pb2.ModelServerConfig()
    config.model_config_list.config.add(name=name, base_path=base_path, model_platform=PLATFORM)
    return from_proto(config)


def from_proto(config: Any) -> tuple[ModelConfig, ...]:
    """A ModelServerConfig -> the models to serve, checked as `server_core.cc` checks them.

    Raises:
        ServingError: INVALID_ARGUMENT, or FAILED_PRECONDITION for a custom_model_config.
    """
    if config.WhichOneof("config") == "custom_model_config":
        raise failed_precondition(
            "Cannot transition to requested config. It is only legal to transition from one ModelConfigList to another."
        )
    models = list(config.model_config_list.config)
    names = [model.name for model in models]
    for model in models:
        if names.count(model.name) > 1:
            raise invalid_argument(f"Illegal to list model {model.name} multiple times in config list")
        if not urlsplit(model.base_path).scheme and not Path(model.base_path).is_absolute():
            raise invalid_argument(
                f"Expected model {model.name} to have an absolute path or URI; got base_path()={model.base_path}"
            )
    for model in models:
        _check_platform(model)
    return tuple(
        ModelConfig(
            name=model.name,
            base_path=Path(model.base_path),
            policy=_policy(model.model_version_policy),
            labels=dict(model.version_labels),
        )
        for model in models
    )


def _check_platform(model: Any) -> None:
    of_type = model.model_type == model_server_config_pb2.TENSORFLOW  # the old way to say it
    if of_type and model.model_platform:
        raise invalid_argument(
            "Illegal setting both ModelServerConfig::model_type (deprecated) and ModelServerConfig::model_platform."
        )
    platform = PLATFORM if of_type else model.model_platform
    if not platform:
        raise invalid_argument(
            "Illegal setting neither ModelServerConfig::model_type (deprecated) nor ModelServerConfig::model_platform."
        )
    if platform != PLATFORM:
        raise invalid_argument(f"Model {model.name} requests unsupported platform {platform}")


def _policy(proto: Any) -> VersionPolicy:
    match proto.WhichOneof("policy_choice"):
        case "all":
            return VersionPolicy(latest=None)
        case "specific":
            return VersionPolicy(latest=None, specific=frozenset(proto.specific.versions))
        case _:
            return VersionPolicy(latest=max(1, proto.latest.num_versions))
