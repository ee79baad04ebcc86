"""Small SavedModels as other people's tools make them, and the folder a server is started on.

    python -m tests.serving.conformance.saved_models FOLDER [--base PATH_OF_THE_FOLDER_FOR_THE_SERVER]

writes the models, models.config and monitoring.config. Then, for example

    tensorflow_model_server --port=8500 --rest_api_port=8501 --model_config_file=FOLDER/models.config \\
        --monitoring_config_file=FOLDER/monitoring.config --allow_version_labels_for_unavailable_models

is a server that this suite can be pointed at.
"""

import argparse
import os
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import tensorflow as tf

tf1 = tf.compat.v1

LABELS = {"stable": 1, "canary": 2, "gone": 5}  # of linear, which has no version 5
OTHERS = ("lookup", "echo", "images", "slow", "texts")

ECHO_DTYPES = (
    *(tf.uint8, tf.int8, tf.uint16, tf.int16, tf.uint32, tf.int32, tf.uint64, tf.int64),
    *(tf.float16, tf.bfloat16, tf.float32, tf.float64, tf.complex64, tf.complex128, tf.bool, tf.string),
)


def write_folder(folder: Path, base: Path) -> None:
    """All models and their configuration into `folder`, which a server sees as `base`."""
    for version in (1, 2, 10):
        save_linear(folder / "linear" / str(version), add=float(version))
    (folder / "linear" / "11.tmp").mkdir()
    makers = (save_lookup, save_echo, save_images, save_slow, save_texts)
    for name, save in zip(OTHERS, makers, strict=True):
        (folder / name).mkdir()
        save(folder / name / "1")
    (folder / "models.config").write_text(models_config(base), encoding="utf-8")
    (folder / "monitoring.config").write_text("prometheus_config { enable: true }\n", encoding="utf-8")


def models_config(base: Path) -> str:
    """models.config for all models below `base`: linear serves versions 1 and 2, not 10."""
    linear = model_config("linear", base / "linear", "specific { versions: 1 versions: 2 }", LABELS)
    entries = [linear, *(model_config(name, base / name) for name in OTHERS)]
    return "model_config_list {\n" + "\n".join(entries) + "\n}\n"


def model_config(name: str, base_path: Path, policy: str = "", labels: dict[str, int] | None = None) -> str:
    """One entry of models.config, as text."""
    quoted = "".join(
        f' version_labels {{ key: "{label}" value: {version} }}' for label, version in (labels or {}).items()
    )
    return (
        f'config {{ name: "{name}" base_path: "{base_path}" model_platform: "tensorflow" '
        f"model_version_policy {{ {policy} }}{quoted} }}"
    )


def save_linear(path: Path, add: float) -> None:
    """TF 1: y = x / 2 + add, with variables, two signatures and a method name of its own."""
    with tf.Graph().as_default(), tf1.Session() as session:
        x = tf1.placeholder(tf.float32, [None], name="x")
        half, addend = tf1.get_variable("half", initializer=0.5), tf1.get_variable("add", initializer=add)
        y, doubled = x * half + addend, x * 2
        session.run(tf1.global_variables_initializer())
        predict = tf1.saved_model.predict_signature_def
        signatures = {"serving_default": predict({"x": x}, {"y": y}), "double": predict({"x": x}, {"doubled": doubled})}
        _save_tf1(path, session, signatures)


def save_lookup(path: Path) -> None:
    """TF 1: words -> ids through a table that is filled from an asset by the init op."""
    vocabulary = path.parent.parent / f"{path.parent.name}.txt"
    vocabulary.write_text("card\nword\n", encoding="utf-8")
    with tf.Graph().as_default(), tf1.Session() as session:
        words = tf1.placeholder(tf.string, [None])
        file = tf.constant(str(vocabulary))
        tf1.add_to_collection(tf1.GraphKeys.ASSET_FILEPATHS, file)
        initializer = tf.lookup.TextFileInitializer(
            file, tf.string, tf.lookup.TextFileIndex.WHOLE_LINE, tf.int64, tf.lookup.TextFileIndex.LINE_NUMBER
        )
        ids = tf.lookup.StaticHashTable(initializer, default_value=-1).lookup(words)
        signature = tf1.saved_model.predict_signature_def({"words": words}, {"ids": ids})
        session.run(tf1.tables_initializer())
        assets = tf1.get_collection(tf1.GraphKeys.ASSET_FILEPATHS)
        _save_tf1(
            path, session, {"serving_default": signature}, assets_collection=assets, main_op=tf1.tables_initializer()
        )
    vocabulary.unlink()


def save_echo(path: Path) -> None:
    """TF 1 without variables and init op: one input of each of many dtypes, given back as it came."""
    with tf.Graph().as_default(), tf1.Session() as session:
        signatures = {}
        for dtype in ECHO_DTYPES:
            value = tf1.placeholder(dtype, None)
            signatures[dtype.name] = tf1.saved_model.predict_signature_def(
                {"value": value}, {"value": tf.identity(value)}
            )
        _save_tf1(path, session, signatures)


def save_images(path: Path) -> None:
    """TF 2: uint8 images and a gain -> mean and caption, as a function with a captured variable."""

    class Images(tf.Module):
        def __init__(self) -> None:
            super().__init__()
            self.scale = tf.Variable(2.0)

        @tf.function(
            input_signature=[tf.TensorSpec([None, 2, 3], tf.uint8, "image"), tf.TensorSpec([], tf.float32, "gain")]
        )
        def describe(self, image, gain):
            flat = tf.reshape(tf.cast(image, tf.float32), [-1, 6])
            mean = tf.reduce_mean(flat, axis=1) * self.scale * gain
            return {"mean": mean, "caption": tf.strings.join(["độ sáng ", tf.strings.as_string(mean, precision=1)])}

    module = Images()
    tf.saved_model.save(module, str(path), signatures={"serving_default": module.describe})


def save_slow(path: Path) -> None:
    """TF 2: counts to n, step by step."""

    class Slow(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec([], tf.int64, "n")])
        def count(self, n):
            return {"counted": tf.while_loop(lambda i: i < n, lambda i: i + 1, [tf.constant(0, tf.int64)])[0]}

    module = Slow()
    tf.saved_model.save(module, str(path), signatures={"serving_default": module.count})


def save_texts(path: Path) -> None:
    """TF 2: two rows of inputs -> two rows of outputs, one of them bytes by its name; and one output without rows."""

    class Texts(tf.Module):
        @tf.function(
            input_signature=[tf.TensorSpec([None], tf.string, "text"), tf.TensorSpec([None, 2], tf.int64, "numbers")]
        )
        def measure(self, text, numbers):
            return {"text_bytes": text, "length": tf.strings.length(text), "sum": tf.reduce_sum(numbers, axis=1)}

        @tf.function(input_signature=[tf.TensorSpec([None], tf.string, "text")])
        def total(self, text):
            return {"total": tf.reduce_sum(tf.strings.length(text))}

    module = Texts()
    tf.saved_model.save(module, str(path), signatures={"serving_default": module.measure, "total": module.total})


def _save_tf1(path: Path, session: tf1.Session, signatures: dict, **kwargs) -> None:
    builder = tf1.saved_model.Builder(str(path))
    builder.add_meta_graph_and_variables(session, ["serve"], signature_def_map=signatures, **kwargs)
    builder.save()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Write the models of the conformance suite")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--base", type=Path, help="where the server sees the folder (default: the folder)")
    arguments = parser.parse_args()
    write_folder(arguments.folder.resolve(), arguments.base or arguments.folder.resolve())
