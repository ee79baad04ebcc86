"""The message BatchingParameters, which the package tensorflow-serving-api leaves out.

Names and types as in TF Serving's `session_bundle_config.proto`; a message is made from them at
run time, as protobuf's own parser of text needs one.
"""

from functools import cache
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, wrappers_pb2

_WRAPPED = {  # a message with a `value`, so that "not given" can be told from 0
    "max_batch_size": "Int64Value",
    "batch_timeout_micros": "Int64Value",
    "max_enqueued_batches": "Int64Value",
    "num_batch_threads": "Int64Value",
    "thread_pool_name": "StringValue",
    "enable_large_batch_splitting": "BoolValue",
    "max_execution_batch_size": "Int64Value",
}
_Field = descriptor_pb2.FieldDescriptorProto


@cache
def message_class() -> Any:
    """The class of BatchingParameters messages."""
    file = descriptor_pb2.FileDescriptorProto(
        name="fvi/embedded/batching_parameters.proto",
        package="fvi.embedded",
        syntax="proto3",
        dependency=[wrappers_pb2.DESCRIPTOR.name],
    )
    message = file.message_type.add(name="BatchingParameters")
    add = message.field.add
    for number, (name, wrapper) in enumerate(_WRAPPED.items(), start=1):
        kind, label = _Field.TYPE_MESSAGE, _Field.LABEL_OPTIONAL
        add(name=name, number=number, type=kind, label=label, type_name=f".google.protobuf.{wrapper}")
    number = len(_WRAPPED) + 1
    add(name="allowed_batch_sizes", number=number, type=_Field.TYPE_INT64, label=_Field.LABEL_REPEATED)
    add(name="pad_variable_length_inputs", number=number + 1, type=_Field.TYPE_BOOL, label=_Field.LABEL_OPTIONAL)
    pool = descriptor_pool.Default()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("fvi.embedded.BatchingParameters"))


def values(message: Any) -> dict[str, Any]:
    """The fields that were given, by name, unwrapped."""
    given = {}
    for field, value in message.ListFields():
        if field.name in _WRAPPED:
            given[field.name] = value.value
        else:
            given[field.name] = tuple(value) if field.name == "allowed_batch_sizes" else value
    return given
