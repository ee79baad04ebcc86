"""The gate: a SavedModel that does not answer as its Keras model did is never published.

The SavedModel is loaded and run as TF Serving does it: the `serve` graph in a Session, by the
tensor names of the signature.
"""

from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from export.errors import ParityFailed
from export.images import sample_inputs
from export.warmup import batch_sizes
from models.local import local_predict
from models.spec import ModelSpec, Tensors

# Floats: optimised graphs add in another order. Whole numbers and texts must be equal.
TOLERANCE = 1e-4


def check_parity(spec: ModelSpec, network: keras.Model, version_path: Path) -> float:
    """Compare Keras, the SavedModel on one image at a time, and the SavedModel on every batch size.

    Returns:
        The largest difference of any float, at most TOLERANCE.

    Raises:
        ParityFailed: some output differs by more.
    """
    largest = batch_sizes(spec)[-1]
    inputs = sample_inputs(spec, largest)
    by_keras = local_predict({spec.name: network})(spec, inputs)
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        signature = tf.compat.v1.saved_model.load(session, ["serve"], str(version_path)).signature_def[spec.signature]

        def run(first: int, last: int) -> Tensors:
            feeds = {signature.inputs[name].name: values[first:last] for name, values in inputs.items()}
            return session.run({tensor.name: signature.outputs[tensor.name].name for tensor in spec.outputs}, feeds)

        differences = [
            _difference(spec, f"a batch of {size}", by_keras, run(0, size), rows=slice(0, size))
            for size in batch_sizes(spec)
        ]
        differences += [
            _difference(spec, f"image {row} alone", by_keras, run(row, row + 1), rows=slice(row, row + 1))
            for row in range(largest)
        ]
    return max(differences)


def _difference(spec: ModelSpec, what: str, by_keras: Tensors, by_saved_model: Tensors, rows: slice) -> float:
    largest = 0.0
    for tensor in spec.outputs:
        wanted, got = by_keras[tensor.name][rows], by_saved_model[tensor.name]
        sizes = zip(tensor.shape[1:], wanted.shape[1:], strict=False)  # other lengths differ below
        shape = (rows.stop - rows.start, *(has if size is None else size for size, has in sizes))
        if got.shape != shape or wanted.shape != shape:
            raise ParityFailed(
                f"{tensor.name} of {what} has shape {got.shape}, by Keras {wanted.shape}, not {shape}. {_ADVICE}"
            )
        if tensor.dtype == "float32":
            difference = float(np.max(np.abs(wanted - got), initial=0.0))
            if not difference <= TOLERANCE:  # "not <=", so that NaN fails too
                excess = f"differs from Keras by {difference:.2g}, more than {TOLERANCE:g}"
                raise ParityFailed(f"{tensor.name} of {what} {excess}. {_ADVICE}")
            largest = max(largest, difference)
        elif tensor.dtype == "string":
            if [text.decode() for text in got.ravel()] != list(wanted.ravel()):
                raise ParityFailed(f"{tensor.name} of {what} is not what Keras read. {_ADVICE}")
        elif not np.array_equal(wanted, got):
            raise ParityFailed(f"{tensor.name} of {what} is not what Keras gives. {_ADVICE}")
    return largest


_ADVICE = "Nothing was written: the graph of network.py depends on the batch, or saves differently than it runs."
