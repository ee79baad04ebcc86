"""Configuration in protobuf text, read as `ParseProtoTextFile` reads it, and the small messages that
the package `tensorflow-serving-api` leaves out."""

from pathlib import Path
from typing import Any, TypeVar

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, text_format
from google.protobuf.message import Message

from services.serving.embedded.errors import invalid_argument, not_found

AnyMessage = TypeVar("AnyMessage", bound=Message)

_Field = descriptor_pb2.FieldDescriptorProto
_STRING, _BOOL, _OPTIONAL = _Field.TYPE_STRING, _Field.TYPE_BOOL, _Field.LABEL_OPTIONAL


def read(path: str, message: AnyMessage) -> AnyMessage:
    """Fill `message` from a text file and return it.

    Raises:
        ServingError: NOT_FOUND, no such file; INVALID_ARGUMENT, not this message as protobuf text.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise not_found(f"{path}; {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise invalid_argument(f"Invalid protobuf file: '{path}' ({error.reason})") from error
    try:
        text_format.Parse(text, message)
    except text_format.ParseError as error:
        raise invalid_argument(f"Invalid protobuf file: '{path}' ({error})") from error
    return message


def _messages() -> dict[str, Any]:
    """`config/ssl_config.proto` and `config/monitoring_config.proto`."""
    file = descriptor_pb2.FileDescriptorProto(name="fvi/serving_config.proto", package="fvi.config", syntax="proto3")
    fields: dict[str, dict[str, Any]] = {
        "SSLConfig": {"server_key": _STRING, "server_cert": _STRING, "custom_ca": _STRING, "client_verify": _BOOL},
        "PrometheusConfig": {"enable": _BOOL, "path": _STRING},
        "MonitoringConfig": {"prometheus_config": ".fvi.config.PrometheusConfig"},
    }
    for message, types in fields.items():
        proto = file.message_type.add(name=message)
        for number, (name, kind) in enumerate(types.items(), start=1):
            field = proto.field.add(name=name, number=number, label=_OPTIONAL)
            if isinstance(kind, str):
                field.type_name = kind
            else:
                field.type = kind
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"fvi.config.{name}")) for name in fields}


_MESSAGES = _messages()
SSLConfig = _MESSAGES["SSLConfig"]
MonitoringConfig = _MESSAGES["MonitoringConfig"]
