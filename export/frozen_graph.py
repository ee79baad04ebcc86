"""The frozen graph of the seed article: one .pb, the weights as constants in it."""

from pathlib import Path

# The article's way, and the only one TensorFlow 2 has for functions; it never got a public name.
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

from export.saved_model import ServedModel


def write_frozen_graph(model: ServedModel, path: Path) -> dict[str, str]:
    """Write a binary GraphDef to `path`.

    Returns:
        Input and output names of the SPEC -> names of their tensors in the graph ("image:0").
    """
    frozen = convert_variables_to_constants_v2(model.concrete)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(frozen.graph.as_graph_def().SerializeToString())
    names = sorted(tensor.name for tensor in model.spec.inputs)
    names += sorted(tensor.name for tensor in model.spec.outputs)  # tf.function flattens dictionaries sorted
    return dict(zip(names, [tensor.name for tensor in (*frozen.inputs, *frozen.outputs)], strict=True))
