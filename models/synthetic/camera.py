"""A camera: takes a drawn card to a photo, and says how hard it made the reading.

Every effect has a recorded severity, so that accuracy can be plotted against each of them.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from models.geometry import homography, map_points, unit_corners
from models.image import decode_image
from models.synthetic.drawing import CARD_SIZE

Range = tuple[float, float]


@dataclass(frozen=True)
class Conditions:
    """Ranges of one split. Lengths are thousandths of the card's width in the photo."""

    card_share: Range  # of the photo's smaller fitting side that the card may fill
    tilt: Range  # degrees, pitch and yaw
    roll: Range  # degrees, beside any quarter turns
    quarter_turns: float  # share of photos turned by 90, 180 or 270 degrees
    defocus: Range  # Gaussian sigma
    motion: Range  # length of the streak
    noise: Range  # sigma, grey levels
    dark: Range  # share of light lost
    glare: Range  # peak opacity of a reflection
    jpeg: Range  # quality
    cut_corner: float = 0.0  # share of photos where a corner lies outside


CONDITIONS = {
    "clean": Conditions((0.7, 0.95), (0, 6), (-4, 4), 0.0, (0, 0.3), (0, 0.3), (0, 2), (0, 0.1), (0, 0.05), (88, 96)),
    "mobile": Conditions(
        (0.6, 0.95), (0, 22), (-20, 20), 0.2, (0, 0.8), (0, 2.0), (0, 6), (0, 0.4), (0, 0.45), (60, 95)
    ),
    "hard": Conditions(
        (0.35, 0.95), (5, 38), (-45, 45), 0.5, (0.3, 1.5), (0, 4.0), (3, 12), (0.1, 0.7), (0, 0.8), (35, 85)
    ),
}


@dataclass(frozen=True)
class Shot:
    """`photo`: uint8 [H, W, 3], decoded from `jpeg`; `corners`: float64 [4, 2] in its pixels."""

    photo: np.ndarray
    jpeg: bytes
    corners: np.ndarray
    severities: dict[str, float]


def photograph(rng: np.random.Generator, card: np.ndarray, scene: np.ndarray, conditions: Conditions) -> Shot:
    """`card` (uint8 [800, 1280, 3]) laid on `scene` (uint8 [H, W, 3]) and photographed."""
    height, width = scene.shape[:2]
    corners, severities = _pose(rng, (width, height), conditions)
    photo = _compose(rng, card, scene, corners)
    photo = _light(rng, photo, corners, conditions, severities)
    photo = _blur(rng, photo, conditions, severities)
    photo = _grain(rng, photo, conditions, severities)
    quality = int(rng.uniform(*conditions.jpeg))
    severities["jpeg_quality"] = float(quality)
    return Shot(*compress(photo, quality), corners, severities)


def compress(photo: np.ndarray, quality: int) -> tuple[np.ndarray, bytes]:
    """A photo as JPEG and back: (decoded pixels, bytes)."""
    ok, encoded = cv2.imencode(".jpg", photo[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not ok:
        raise RuntimeError("the JPEG encoder failed")
    jpeg = encoded.tobytes()
    return decode_image(jpeg), jpeg


def _pose(
    rng: np.random.Generator, size: tuple[int, int], conditions: Conditions
) -> tuple[np.ndarray, dict[str, float]]:
    """Where the four corners fall: a pinhole camera over a tilted card, scaled and shifted to fit."""
    turns = int(rng.integers(1, 4)) if rng.random() < conditions.quarter_turns else 0
    roll = np.deg2rad(rng.uniform(*conditions.roll) + 90 * turns)
    tilt = rng.uniform(*conditions.tilt)
    direction = rng.uniform(0, 2 * np.pi)
    pitch, yaw = np.deg2rad(tilt) * np.array([np.sin(direction), np.cos(direction)])
    plane = (unit_corners(CARD_SIZE) - np.array(CARD_SIZE) / 2) / CARD_SIZE[0]
    points = np.concatenate([plane, np.zeros((4, 1))], axis=1) @ _rotation(pitch, yaw, roll).T
    distance = rng.uniform(1.6, 3.0)
    flat = points[:, :2] / (points[:, 2:] + distance)
    extent = flat.max(axis=0) - flat.min(axis=0)
    scale = rng.uniform(*conditions.card_share) * float((np.array(size) / extent).min())
    flat = (flat - flat.min(axis=0)) * scale
    room = np.array(size) - extent * scale
    offset = rng.uniform(0, 1, 2) * room
    if rng.random() < conditions.cut_corner:
        offset += rng.choice([-1, 1], 2) * rng.uniform(0.05, 0.25, 2) * np.array(size)
    corners = flat + offset
    card_px = float(np.linalg.norm(corners[1] - corners[0]))
    return corners, {
        "tilt_degrees": float(tilt),
        "roll_degrees": float(np.rad2deg(roll)),
        "card_px": card_px,
    }


def _rotation(pitch: float, yaw: float, roll: float) -> np.ndarray:
    cx, sx, cy, sy, cz, sz = (f(a) for a in (pitch, yaw, roll) for f in (np.cos, np.sin))
    about_x = np.array([[1, 0, 0], [0, cx, -sx], [0, sx, cx]])
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_z = np.array([[cz, -sz, 0], [sz, cz, 0], [0, 0, 1]])
    return about_x @ about_y @ about_z


def _compose(rng: np.random.Generator, card: np.ndarray, scene: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """The card on the scene, with ID-1's round corners (3.18 mm of 85.6) and a soft shadow."""
    size = (scene.shape[1], scene.shape[0])
    matrix = homography(unit_corners(CARD_SIZE), corners)
    alpha = cv2.warpPerspective(_card_mask(), matrix, size, flags=cv2.INTER_LINEAR)
    photo = scene
    if rng.random() < 0.7:
        shift = rng.uniform(-0.02, 0.02, 2) * np.linalg.norm(corners[1] - corners[0])
        small = cv2.resize(alpha, (size[0] // 4, size[1] // 4))
        moved = cv2.warpAffine(
            small, np.array([[1, 0, shift[0] / 4], [0, 1, shift[1] / 4]]), (small.shape[1], small.shape[0])
        )
        shadow = cv2.GaussianBlur(moved, (0, 0), float(rng.uniform(1, 6)))
        shade = 255 - cv2.resize(shadow, size) * float(rng.uniform(0.1, 0.5))
        photo = cv2.multiply(scene, cv2.cvtColor(shade.astype(np.uint8), cv2.COLOR_GRAY2RGB), scale=1 / 255)
    warped = cv2.warpPerspective(_presmoothed(card, corners), matrix, size, flags=cv2.INTER_LINEAR)
    mask = cv2.cvtColor(alpha, cv2.COLOR_GRAY2RGB)
    return cv2.add(cv2.multiply(warped, mask, scale=1 / 255), cv2.multiply(photo, 255 - mask, scale=1 / 255))


def _presmoothed(card: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """Against aliasing where the photo shows the card much smaller than it was drawn."""
    shrink = CARD_SIZE[0] / max(float(np.linalg.norm(corners[1] - corners[0])), 1.0)
    return cv2.GaussianBlur(card, (0, 0), 0.35 * shrink) if shrink > 1.2 else card


_MASK: list[np.ndarray] = []


def _card_mask() -> np.ndarray:
    if not _MASK:
        width, height = CARD_SIZE
        radius = round(3.18 / 85.6 * width)
        mask = np.zeros((height, width), np.uint8)
        cv2.rectangle(mask, (radius, 0), (width - 1 - radius, height - 1), 255, -1)
        cv2.rectangle(mask, (0, radius), (width - 1, height - 1 - radius), 255, -1)
        for x in (radius, width - 1 - radius):
            for y in (radius, height - 1 - radius):
                cv2.circle(mask, (x, y), radius, 255, -1)
        _MASK.append(mask)
    return _MASK[0]


def _light(
    rng: np.random.Generator, photo: np.ndarray, corners: np.ndarray, conditions: Conditions, record: dict[str, float]
) -> np.ndarray:
    """Less and uneven light, a colour cast, and sometimes a reflection on the card."""
    height, width = photo.shape[:2]
    dark, glare = rng.uniform(*conditions.dark), 0.0
    field = np.empty((4, 4, 3), np.float32)
    field[:] = (1 - dark) * (1 + rng.uniform(-0.25, 0.25, (4, 4, 1)) * rng.uniform(0, 1)) * rng.uniform(0.9, 1.1, 3)
    field = np.clip(field * 180, 0, 255).astype(np.uint8)
    lit = cv2.multiply(photo, cv2.resize(field, (width, height), interpolation=cv2.INTER_LINEAR), scale=1 / 180)
    if rng.random() < 0.5:
        glare = rng.uniform(*conditions.glare)
        spot = np.zeros((height // 8, width // 8), np.uint8)
        within = map_points(homography(unit_corners((1, 1)), corners), rng.uniform(0.1, 0.9, (1, 2)))[0]
        reach = float(np.linalg.norm(corners[1] - corners[0]))
        axes = tuple(int(v) for v in np.maximum(1, rng.uniform((0.03, 0.02), (0.2, 0.08)) * reach / 8))
        cv2.ellipse(spot, tuple(int(v) for v in within / 8), axes, rng.uniform(0, 180), 0, 360, int(255 * glare), -1)
        spot = cv2.GaussianBlur(spot, (0, 0), float(rng.uniform(1, 5)))
        veil = cv2.cvtColor(cv2.resize(spot, (width, height)), cv2.COLOR_GRAY2RGB)
        lit = cv2.add(lit, cv2.multiply(255 - lit, veil, scale=1 / 255))
    record["dark"], record["glare"] = float(dark), float(glare)
    return lit


def _blur(rng: np.random.Generator, photo: np.ndarray, conditions: Conditions, record: dict[str, float]) -> np.ndarray:
    unit = record["card_px"] / 1000
    defocus, motion = rng.uniform(*conditions.defocus), rng.uniform(*conditions.motion)
    record["defocus"], record["motion"] = float(defocus), float(motion)
    if defocus * unit > 0.3:
        photo = cv2.GaussianBlur(photo, (0, 0), defocus * unit)
    length = round(motion * unit)
    if length >= 2:
        kernel = np.zeros((length + 1, length + 1), np.float32)
        middle, angle = length / 2, rng.uniform(0, np.pi)
        reach = np.array([np.cos(angle), np.sin(angle)]) * middle
        start, end = ((middle + sign * reach).round().astype(int).tolist() for sign in (-1, 1))
        cv2.line(kernel, start, end, 1.0)
        photo = cv2.filter2D(photo, -1, kernel / kernel.sum())
    return photo


_GRAIN: list[np.ndarray] = []


def _grain(rng: np.random.Generator, photo: np.ndarray, conditions: Conditions, record: dict[str, float]) -> np.ndarray:
    """Sensor noise, cut from one large sheet of it: drawing 4 million deviates a photo is slow."""
    sigma = rng.uniform(*conditions.noise)
    record["noise"] = float(sigma)
    if sigma < 0.5:
        return photo
    if not _GRAIN:
        _GRAIN.append(np.random.default_rng(0).normal(0, 16, (2048, 2048, 3)).astype(np.int16))
    height, width = photo.shape[:2]
    top, left = int(rng.integers(2048 - height + 1)), int(rng.integers(2048 - width + 1))
    sheet = _GRAIN[0][top : top + height, left : left + width]
    return cv2.addWeighted(photo.astype(np.int16), 1.0, sheet, sigma / 16, 0).clip(0, 255).astype(np.uint8)
