"""`python -m export reader --version 1 --store STORE`: trained weights -> STORE/reader/1/ for TF Serving."""

import argparse
import contextlib
import importlib
import json
import logging
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from zipfile import BadZipFile

import models
from export.errors import ExportError, NoWeights, VersionExists
from models.spec import MODELS
from services.store.errors import StoreError
from services.store.store import ModelStore


def main(argv: list[str] | None = None) -> int:
    """Export one model or several. Returns 1, with one line on stderr, when something was not written."""
    parser = _parser()
    arguments = parser.parse_args(argv)
    if len(arguments.models) > 1 and (arguments.weights or arguments.frozen_graph):
        parser.error("--weights and --frozen-graph name one file, so export one model at a time with them")
    _choose_tensorflow()
    try:
        with _folder(arguments) as folder:
            for model in arguments.models:
                _export(model, arguments, folder)
    except (ExportError, StoreError) as error:
        print(f"export: {error}", file=sys.stderr)
        return 1
    return 0


@contextlib.contextmanager
def _folder(arguments: argparse.Namespace) -> Iterator[Path]:
    """Where versions are written: the store itself if it is a folder; else one to be published in the end."""
    if "://" not in arguments.store:
        yield Path(arguments.store)
        return
    with tempfile.TemporaryDirectory(prefix="fvi-ocr-export-") as folder, ModelStore.open(arguments.store) as store:
        for model in arguments.models:
            if store.has(model, arguments.version):
                raise VersionExists(
                    f"{store.url} has {model} {arguments.version}, and versions never change. Choose another --version."
                )
        yield Path(folder)
        for model in arguments.models:
            store.publish(Path(folder, model, str(arguments.version)), model, arguments.version)
            print(f"Published {model} {arguments.version} to {store.url}", flush=True)


def _export(model: str, arguments: argparse.Namespace, store: Path) -> None:
    started = time.monotonic()
    folder = Path(models.__path__[0]) / model
    weights = arguments.weights or folder / "weights.npz"
    if not weights.is_file():
        raise NoWeights(f"{weights} is not there. Train the {model} first, or name its weights with --weights.")

    # Imported only here: TensorFlow takes seconds, and wrong arguments should be told at once.
    from export.frozen_graph import write_frozen_graph
    from export.version import export_version
    from models.weights import WeightsMismatch, load_weights

    spec = importlib.import_module(f"models.{model}.contract").SPEC
    network = importlib.import_module(f"models.{model}.network").build_model()
    try:
        load_weights(network, weights)
    except (WeightsMismatch, ValueError, EOFError, BadZipFile) as error:
        raise NoWeights(f"{weights} cannot be used: {error}") from error
    figures = folder / "evaluation.json"
    is_measured = figures.is_file() and not arguments.weights  # the figures are of the committed weights
    evaluation = json.loads(figures.read_text(encoding="utf-8")) if is_measured else None

    served = export_version(spec, network, store, arguments.version, evaluation)
    print(f"Exported {store / model / str(arguments.version)} in {time.monotonic() - started:.1f} s", flush=True)
    if arguments.frozen_graph:
        names = write_frozen_graph(served, arguments.frozen_graph)
        print(f"Froze {arguments.frozen_graph}: " + ", ".join(f"{name} = {tensor}" for name, tensor in names.items()))


def _choose_tensorflow() -> None:
    """Before Keras and TensorFlow are imported: a SavedModel is TensorFlow's, and less noise."""
    os.environ["KERAS_BACKEND"] = "tensorflow"
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    logging.getLogger("tensorflow").setLevel(logging.ERROR)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m export", description=__doc__)
    add = parser.add_argument
    add("models", nargs="+", choices=MODELS, metavar="model", help=" ".join(MODELS))
    add("--version", type=_version, required=True, help="a whole number from 1; never one that exists")
    add("--store", required=True, help="folder that holds <model>/<version>/, or the URL of a model store")
    add("--weights", type=Path, metavar="FILE", help="default: models/<model>/weights.npz")
    add("--frozen-graph", type=Path, metavar="FILE", help="also write the frozen graph, one .pb")
    return parser


def _version(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise argparse.ArgumentTypeError(f"a version is a whole number from 1, not {text!r}")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
