"""One version of one model, written as a whole or not at all."""

import os
import shutil
from pathlib import Path
from typing import Any

import keras

from export.errors import VersionExists
from export.manifest import write_manifest
from export.parity import TOLERANCE, check_parity
from export.saved_model import ServedModel
from export.warmup import write_warmup
from models.spec import ModelSpec


def export_version(
    spec: ModelSpec, network: keras.Model, store: Path, version: int, evaluation: dict[str, Any] | None = None
) -> ServedModel:
    """Write `store`/<model>/<version>/: SavedModel, warm-up records, manifest.

    All is made and checked under a name that TF Serving does not take for a version, then renamed.

    Args:
        evaluation: figures for the manifest, measured with these weights.

    Raises:
        VersionExists: versions never change.
        SignatureMismatch, ParityFailed: what would be written is wrong.
    """
    final = store / spec.name / str(version)
    if final.exists():
        raise VersionExists(f"{final} exists, and versions never change. Choose another --version.")
    model = ServedModel(spec, network)
    unfinished = final.with_name(f".tmp-{version}-{os.getpid()}")
    unfinished.mkdir(parents=True)
    try:
        model.save(unfinished)
        write_warmup(spec, unfinished)
        largest = check_parity(spec, network, unfinished)
        parity = {"tolerance": TOLERANCE, "largest_difference": largest}
        write_manifest(spec, version, unfinished, {"parity": parity, "evaluation": evaluation})
        unfinished.rename(final)
    except BaseException:
        shutil.rmtree(unfinished)
        raise
    return model
