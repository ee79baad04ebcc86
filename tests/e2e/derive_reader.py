"""A Reader made from another: derive_reader.py FOLDER_OF_READERS VERSION {same,tones,subtle,slow,crash,alphabet}.

`same` is the same in all but its number; `tones` reads some toned letters without their tone or with
another one; `subtle` does so in 3 % of the words, at random; `slow` reads everything three times;
`crash` cannot be loaded; `alphabet` was made for another alphabet, as its manifest says. All are whole
for the store: their manifests are true.
"""

import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from export.manifest import write_manifest
from models.reader.contract import SPEC
from services.store.names import MANIFEST_FILE

CONFUSED = {"ễ": "ể", "Ễ": "Ể", "ệ": "ê", "ạ": "a", "ị": "i", "ộ": "ô", "à": "á"}


def main() -> None:
    readers, version, kind = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    source, target = readers / "1", readers / str(version)
    if kind in ("tones", "subtle", "slow"):
        change(source, target, kind)
    else:
        shutil.copytree(source, target)
        (target / MANIFEST_FILE).unlink()
        if kind == "crash":
            (target / "saved_model.pb").write_bytes(b"no model")
    others = {"alphabet_sha256": "0" * 64} if kind == "alphabet" else {}
    write_manifest(SPEC, version, target, {"parity": None, "evaluation": None, **others})


def change(source: Path, target: Path, kind: str) -> None:
    import tensorflow as tf

    whole = tf.saved_model.load(str(source))
    read = whole.signatures["serving_default"]

    class Worse(tf.Module):
        def __init__(self) -> None:
            super().__init__()
            self.whole = whole

        @tf.function(input_signature=[tf.TensorSpec((None, 32, 128, 3), tf.uint8, name="image")])
        def serve(self, image):
            outputs = read(image=image)
            text = outputs["text"]
            for other in (tf.reverse(image, [1]), tf.reverse(image, [2])) if kind == "slow" else ():
                # Always so; but only who reads it knows.
                text = tf.where(read(image=other)["confidence"] >= 0, text, "")
            confused = text
            for right, wrong in CONFUSED.items():
                confused = tf.strings.regex_replace(confused, right, wrong)
            share = {"tones": 1.0, "subtle": 0.03, "slow": 0.0}[kind]
            return {**outputs, "text": tf.where(tf.random.uniform(tf.shape(text)) < share, confused, text)}

    worse = Worse()
    tf.saved_model.save(worse, str(target), signatures={"serving_default": worse.serve})


if __name__ == "__main__":
    main()
