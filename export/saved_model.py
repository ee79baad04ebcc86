"""A Keras model as the SavedModel that `contract.SPEC` describes."""

from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from export.errors import SignatureMismatch
from models.charset import ALPHABET, END
from models.reader.contract import TEXTS
from models.spec import ModelSpec, TensorSpec


class ServedModel(tf.Module):  # type: ignore[misc]  # tensorflow has no types
    """The network, what the graph adds to it, and its one signature."""

    def __init__(self, spec: ModelSpec, network: keras.Model) -> None:
        """Trace `network` (inputs and outputs by name) for batches of any size.

        Raises:
            SignatureMismatch: an output of the SPEC is missing or of another dtype or shape.
        """
        super().__init__(name=spec.name)
        self.spec = spec

        def serve(**inputs: tf.Tensor) -> dict[str, tf.Tensor]:
            outputs = with_text(network(inputs, training=False))
            return {tensor.name: _checked(outputs, tensor, spec) for tensor in spec.outputs}

        inputs = {tensor.name: tf.TensorSpec(tensor.shape, tensor.dtype, tensor.name) for tensor in spec.inputs}
        self.concrete = tf.function(serve, autograph=False).get_concrete_function(**inputs)
        # What is saved is what the graph uses: Keras' own objects would make it larger and slower to load.
        self.weights = self.concrete.variables

    def save(self, path: Path) -> None:
        """Write the SavedModel into `path`."""
        tf.saved_model.save(self, str(path), signatures={self.spec.signature: self.concrete})


def with_text(outputs: dict[str, Any]) -> dict[str, Any]:
    """Adds a string [...] for each output of TEXTS, int32 [..., L], as the Reader's are.

    Keras has no strings, so this is done here, from a constant table.
    """
    characters = tf.constant(["", *ALPHABET])  # END is class 0
    spelt = {}
    for name, text in TEXTS.items():
        if name in outputs:
            ids = outputs[name]
            before_end = tf.math.cumprod(tf.cast(ids != END, ids.dtype), axis=-1)  # 1 before the first END, then 0
            spelt[text] = tf.strings.reduce_join(tf.gather(characters, ids * before_end), axis=-1)
    return {**outputs, **spelt}


def _checked(outputs: dict[str, tf.Tensor], wanted: TensorSpec, spec: ModelSpec) -> tf.Tensor:
    if wanted.name not in outputs:
        raise SignatureMismatch(
            f"{spec.name} has no output {wanted.name!r}, only {', '.join(sorted(outputs))}. "
            "Give it one in network.py, or take it out of contract.SPEC."
        )
    output = outputs[wanted.name]
    if output.dtype != wanted.dtype or not output.shape.is_compatible_with(wanted.shape):
        raise SignatureMismatch(
            f"{spec.name} gives {wanted.name} as {output.dtype.name} {output.shape}, but contract.SPEC says "
            f"{wanted.dtype} {tf.TensorShape(wanted.shape)}. Make them agree."
        )
    return tf.ensure_shape(output, wanted.shape)
