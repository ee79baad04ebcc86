"""What to serve: models.config (a ModelServerConfig in protobuf text) or one model given by flags."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tensorflow_serving.config import model_server_config_pb2

from services.serving.embedded import text_files
from services.serving.embedded.errors import invalid_argument
from services.serving.embedded.versions import VersionPolicy

PLATFORM = "tensorflow"


@dataclass(frozen=True)
class ModelConfig:
    """One model: where its versions lie, which of them to serve, what they are called."""

    name: str
    base_path: Path
    policy: VersionPolicy
    labels: dict[str, int] = field(default_factory=dict)
    platform: str = PLATFORM


def read_config_file(path: str) -> Any:
    """models.config -> ModelServerConfig.

    Raises:
        ServingError: NOT_FOUND, no such file; INVALID_ARGUMENT, not protobuf text.
    """
    return text_files.read(path, model_server_config_pb2.ModelServerConfig())


def single_model(name: str, base_path: str) -> Any:
    """--model_name and --model_base_path: the latest version of one model, as a ModelServerConfig."""
    config = model_server_config_pb2.ModelServerConfig()
    config.model_config_list.config.add(name=name, base_path=base_path, model_platform=PLATFORM)
    return config


def models_of(config: Any) -> tuple[ModelConfig, ...]:
    """A ModelServerConfig with a list of models -> these, checked as `server_core.cc` checks them.

    Raises:
        ServingError: INVALID_ARGUMENT.
    """
    models = list(config.model_config_list.config)
    names = [model.name for model in models]
    for model in models:
        if names.count(model.name) > 1:
            raise invalid_argument(f"Illegal to list model {model.name} multiple times in config list")
        if not _is_path_or_uri(model.base_path):
            raise invalid_argument(
                f"Expected model {model.name} to have an absolute path or URI; got base_path()={model.base_path}"
            )
    return tuple(
        ModelConfig(
            name=model.name,
            base_path=Path(model.base_path),
            policy=_policy(model.model_version_policy),
            labels=dict(model.version_labels),
            platform=_platform(model),
        )
        for model in models
    )


def _is_path_or_uri(base_path: str) -> bool:
    try:
        has_scheme = bool(urlsplit(base_path).scheme)
    except ValueError:  # "//["
        return False
    return (has_scheme or Path(base_path).is_absolute()) and "\0" not in base_path  # which no file system takes


def check_platforms_stay(old: Iterable[ModelConfig], new: Iterable[ModelConfig]) -> None:
    """Raise ServingError, INVALID_ARGUMENT, if a model is to change its platform."""
    before = {model.name: model.platform for model in old}
    for model in new:
        platform = before.get(model.name, model.platform)
        if platform != model.platform:
            raise invalid_argument(
                f"Illegal to change a model's platform. For model {model.name} platform was {platform} "
                f"and new platform requested is {model.platform}"
            )


def check_platforms_are_served(models: Iterable[ModelConfig]) -> None:
    """Raise ServingError, INVALID_ARGUMENT, if a model is of another platform than TensorFlow."""
    for model in models:
        if model.platform != PLATFORM:
            raise invalid_argument(f"Model {model.name} requests unsupported platform {model.platform}")


def _platform(model: Any) -> str:
    of_type = model.model_type != model_server_config_pb2.MODEL_TYPE_UNSPECIFIED  # the old way to say it
    if of_type and model.model_platform:
        raise invalid_argument(
            "Illegal setting both ModelServerConfig::model_type (deprecated) and ModelServerConfig::model_platform."
        )
    if of_type and model.model_type != model_server_config_pb2.TENSORFLOW:
        raise invalid_argument(f"ModelServerConfig::model_type choice {model.model_type} not supported.")
    platform = PLATFORM if of_type else model.model_platform
    if not platform:
        raise invalid_argument(
            "Illegal setting neither ModelServerConfig::model_type (deprecated) nor ModelServerConfig::model_platform."
        )
    return str(platform)


def _policy(proto: Any) -> VersionPolicy:
    match proto.WhichOneof("policy_choice"):
        case "all":
            return VersionPolicy(latest=None)
        case "specific":
            return VersionPolicy(latest=None, specific=frozenset(proto.specific.versions))
        case _:
            return VersionPolicy(latest=max(1, proto.latest.num_versions))
