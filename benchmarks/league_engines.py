"""One reader of the league in a process of its own: python -m benchmarks.league_engines NAME FOLDER ANSWERS

The peers' run in the peers' environment (requirements/league.txt), so nothing but their packages, NumPy and OpenCV is
imported here. Everything runs on one core. ANSWERS gets what was read, and what it cost, as JSON.
"""

import importlib.metadata
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import cv2
import numpy as np

LANGUAGE = "Vietnamese"  # Tesseract's model of a script
# Of a line, for Tesseract: its letters are then 25 to 35 pixels high. A whole card it reads best as it is.
ENLARGED = 1.5
RIM = 3  # pixels around a line, for asterocr
MIN_WORD_CONFIDENCE = 20.0  # of Tesseract's 100; below are mostly pieces of the guilloche


class Engine(Protocol):
    """Something that reads cards. Pictures are uint8 [H, W, 3] RGB; boxes (x0, y0, x1, y1) in their pixels."""

    packages: tuple[str, ...]

    def card(self, picture: np.ndarray) -> list[dict[str, Any]]:
        """`text` and `box` of everything found on a card."""


@runtime_checkable
class LineEngine(Engine, Protocol):
    """Something that reads lines, too."""

    def line(self, picture: np.ndarray) -> str:
        """The text of one line."""


class Tesseract:
    """Tesseract, in this process (`tesserocr`): starting it for every line would cost more than reading."""

    packages: tuple[str, ...] = ("tesserocr",)

    def __init__(self) -> None:
        import tesserocr

        self._api = tesserocr.PyTessBaseAPI(path=os.environ["FVI_LEAGUE_TESSDATA"], lang=LANGUAGE)
        self._modes, self._levels = tesserocr.PSM, tesserocr.RIL
        self._iterate = tesserocr.iterate_level

    def card(self, picture: np.ndarray) -> list[dict[str, Any]]:
        """Words of a sparse page: a card is no column of text."""
        self._show(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), self._modes.SPARSE_TEXT)
        self._api.Recognize()
        words = []
        level = self._levels.WORD
        for found in self._iterate(self._api.GetIterator(), level):
            box = found.BoundingBox(level)
            if box is not None and found.Confidence(level) >= MIN_WORD_CONFIDENCE:
                words.append({"text": found.GetUTF8Text(level), "box": list(box)})
        return words

    def line(self, picture: np.ndarray) -> str:
        """One line, without looking for it."""
        large = cv2.resize(picture, None, fx=ENLARGED, fy=ENLARGED, interpolation=cv2.INTER_CUBIC)
        self._show(large, self._modes.RAW_LINE)
        return self._api.GetUTF8Text()

    def _show(self, picture: np.ndarray, mode: int) -> None:
        height, width, *channels = picture.shape
        depth = channels[0] if channels else 1
        self._api.SetPageSegMode(mode)
        self._api.SetImageBytes(picture.tobytes(), width, height, depth, depth * width)
        self._api.SetSourceResolution(300)


class RapidOcr:
    """PP-OCRv6 small, detector and reader, from the wheel."""

    packages: tuple[str, ...] = ("rapidocr", "onnxruntime")

    def __init__(self) -> None:
        from rapidocr import RapidOCR

        self._ocr = RapidOCR(params={"Global.log_level": "error"})

    def card(self, picture: np.ndarray) -> list[dict[str, Any]]:
        """Every line found; the card is upright, so nothing is turned around."""
        found = self._ocr(picture[..., ::-1], use_det=True, use_cls=False, use_rec=True)
        if found.boxes is None:
            return []
        return [{"text": text, "box": upright(quad)} for text, quad in zip(found.txts, found.boxes, strict=True)]

    def boxes(self, picture: np.ndarray) -> list[list[float]]:
        """Where lines are, without reading them."""
        found = self._ocr(picture[..., ::-1], use_det=True, use_cls=False, use_rec=False)
        return [] if found.boxes is None else [upright(quad) for quad in found.boxes]

    def line(self, picture: np.ndarray) -> str:
        """One line, without looking for it."""
        found = self._ocr(picture[..., ::-1], use_det=False, use_cls=False, use_rec=True)
        return found.txts[0] if found.txts else ""


class AsterOcr:
    """A reader of lines without a detector: on cards it gets the lines that rapidocr finds."""

    packages: tuple[str, ...] = ("asterocr", "rapidocr", "onnxruntime")

    def __init__(self) -> None:
        from asterocr import AsterOCR

        self._ocr, self._finder = AsterOCR(enable_telemetry=False), RapidOcr()

    def card(self, picture: np.ndarray) -> list[dict[str, Any]]:
        """rapidocr's boxes, read one by one."""
        return read_boxes(self._finder, self.line, picture)

    def line(self, picture: np.ndarray) -> str:
        """One line, in grey and with a rim of its own edge."""
        grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
        return self._ocr.predict(cv2.copyMakeBorder(grey, RIM, RIM, RIM, RIM, cv2.BORDER_REPLICATE))


class TesseractOnBoxes:
    """Tesseract as a reader of the lines that rapidocr finds."""

    packages: tuple[str, ...] = ("tesserocr", "rapidocr", "onnxruntime")

    def __init__(self) -> None:
        self._finder, self._reader = RapidOcr(), Tesseract()

    def card(self, picture: np.ndarray) -> list[dict[str, Any]]:
        """rapidocr's boxes, read one by one."""
        return read_boxes(self._finder, self._reader.line, picture)


def read_boxes(finder: RapidOcr, read: Callable[[np.ndarray], str], picture: np.ndarray) -> list[dict[str, Any]]:
    """`text` and `box` of what `read` makes of each line that `finder` finds."""
    pieces = []
    for box in finder.boxes(picture):
        x0, y0, x1, y1 = (max(0, round(side)) for side in box)
        if x1 > x0 and y1 > y0:
            pieces.append({"text": read(np.ascontiguousarray(picture[y0:y1, x0:x1])), "box": box})
    return pieces


def upright(quad: Any) -> list[float]:
    """The smallest upright box around four points."""
    points = np.asarray(quad, float)
    return [float(side) for side in (*points.min(axis=0), *points.max(axis=0))]


ENGINES: dict[str, Callable[[], Engine]] = {
    "tesseract": Tesseract,
    "rapidocr": RapidOcr,
    "asterocr": AsterOcr,
    "tesseract-on-boxes": TesseractOnBoxes,
}


def on_one_core() -> None:
    """This process and all threads it will start: libraries then start no more than one, too."""
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    os.environ["OMP_THREAD_LIMIT"] = "1"
    cv2.setNumThreads(1)


def timed(read: Callable[[Any], Any], files: list[Path], load: Callable[[Any], Any]) -> dict[str, list[Any]]:
    """What `read` makes of `load` of every file, and its CPU milliseconds, all threads and the kernel's share counted.

    Loading is not counted.
    """
    read(load(np.load(files[0])))  # the first one warms up
    answers, milliseconds = [], []
    for file in files:
        case = load(np.load(file))
        started = time.process_time()
        answers.append(read(case))
        milliseconds.append(1000 * (time.process_time() - started))
    return {"read": answers, "cpu_ms": milliseconds}


def peak_mib() -> float:
    """The most memory that this process has held: VmHWM, which unlike ru_maxrss counts nothing from before exec."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def lines_of(case: Any) -> list[np.ndarray]:
    """The line pictures of a case's file, in order."""
    return [case[f"line_{number}"] for number in range(sum(name.startswith("line_") for name in case.files))]


def versions_of(engine: Engine) -> dict[str, str]:
    """Of its packages, and of the Tesseract that is in one of them."""
    found = {package: importlib.metadata.version(package) for package in engine.packages}
    if "tesserocr" in found:
        import tesserocr

        found["Tesseract"] = tesserocr.tesseract_version().split()[1]
    return found


def main(name: str, folder: Path, answers: Path) -> None:
    """Read all cases of `folder`, and their lines where the engine reads lines otherwise than another does."""
    on_one_core()
    engine = ENGINES[name]()
    files = sorted(folder.glob("*.npz"), key=lambda file: int(file.stem))
    found: dict[str, Any] = {"card": timed(engine.card, files, lambda case: case["card"])}
    if isinstance(engine, LineEngine):
        found["lines"] = timed(lambda pictures: [engine.line(one) for one in pictures], files, lines_of)
    found |= {"peak_mib": peak_mib(), "versions": versions_of(engine)}
    answers.write_text(json.dumps(found, ensure_ascii=False), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
