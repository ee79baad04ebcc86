"""What cameras, apps and light do to a photo that training never shows, for `benchmarks.generalisation`.

Nothing here may be used for training. Each: a generator, a photo uint8 [H, W, 3] and the card's corners float64 [4, 2]
in it -> another photo of the same size.
"""

from collections.abc import Callable

import cv2
import numpy as np

from models.synthetic.camera import compress


def wide_angle(rng: np.random.Generator, photo: np.ndarray, _: np.ndarray) -> np.ndarray:
    """A lens that bends straight lines outwards (radial distortion; Brown 1966, first term)."""
    height, width = photo.shape[:2]
    focal = float(max(height, width))
    matrix = np.array([[focal, 0, width / 2], [0, focal, height / 2], [0, 0, 1]])
    # Undistorting with a positive coefficient bends outwards; the zoom hides the border that it opens.
    zoomed = matrix * np.array([[1.06, 1, 1], [1, 1.06, 1], [1, 1, 1]])
    return cv2.undistort(photo, matrix, np.array([rng.uniform(0.08, 0.17), 0, 0, 0]), None, zoomed)


def sharpened(rng: np.random.Generator, photo: np.ndarray, _: np.ndarray) -> np.ndarray:
    """Halos around every edge, as phones and scanning apps make them."""
    amount = rng.uniform(1.0, 2.5)
    return cv2.addWeighted(photo, 1 + amount, cv2.GaussianBlur(photo, (0, 0), rng.uniform(1, 2.5)), -amount, 0)


def sent_by_chat(rng: np.random.Generator, photo: np.ndarray, _: np.ndarray) -> np.ndarray:
    """Made smaller and compressed hard, and then once more by the next hands."""
    height, width = photo.shape[:2]
    small = cv2.resize(photo, None, fx=0.75, fy=0.75, interpolation=cv2.INTER_AREA)
    for _ in range(2):
        small = compress(small, int(rng.integers(40, 70)))[0]
    return cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)


def shadow(rng: np.random.Generator, photo: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """The hard shadow of a hand or a phone across a part of the card."""
    height, width = photo.shape[:2]
    centre, reach = corners.mean(axis=0), float(np.linalg.norm(corners[1] - corners[0]))
    angle = rng.uniform(0, 2 * np.pi)
    normal, along = np.array([np.cos(angle), np.sin(angle)]), np.array([-np.sin(angle), np.cos(angle)])
    edge = centre + normal * rng.uniform(-0.25, 0.25) * reach
    far = 2 * (height + width)
    mask = np.zeros((height, width), np.float32)
    cv2.fillPoly(mask, [np.array([edge - along * far, edge + along * far, edge + (along + normal) * far,
                                  edge + (normal - along) * far]).astype(np.int32)], 1.0)  # fmt: skip
    mask = cv2.GaussianBlur(mask, (0, 0), rng.uniform(1, 8))
    return (photo * (1 - mask * rng.uniform(0.35, 0.65))[..., None]).astype(np.uint8)


def grey(_: np.random.Generator, photo: np.ndarray, __: np.ndarray) -> np.ndarray:
    """Black and white with hard contrast, as a photocopier or a scanner has it."""
    tone = cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY)
    low, high = np.percentile(tone, (3, 80))
    stretched = np.clip((tone.astype(np.float32) - low) * 255 / max(high - low, 1), 0, 255).astype(np.uint8)
    return cv2.cvtColor(stretched, cv2.COLOR_GRAY2RGB)


def off_a_screen(rng: np.random.Generator, photo: np.ndarray, _: np.ndarray) -> np.ndarray:
    """The raster of a screen, and the waves that it makes with the camera's."""
    height, width = photo.shape[:2]
    y, x = np.mgrid[:height, :width].astype(np.float32)
    period, angle = rng.uniform(2.2, 3.4), rng.uniform(-0.15, 0.15)
    columns = (x * np.cos(angle) + y * np.sin(angle)) * 2 * np.pi / period
    stripes = np.stack([np.cos(columns + shift) for shift in (0, 2.1, 4.2)], axis=-1)  # red, green, blue beside another
    rows = np.cos((y * np.cos(angle) - x * np.sin(angle)) * 2 * np.pi / period)[..., None]
    return np.clip(photo * (1 + rng.uniform(0.08, 0.2) * stripes + 0.06 * rows), 0, 255).astype(np.uint8)


def colour_fringes(rng: np.random.Generator, photo: np.ndarray, _: np.ndarray) -> np.ndarray:
    """A cheap lens: red and blue are a little larger and smaller than green."""
    height, width = photo.shape[:2]
    out, by = photo.copy(), rng.uniform(0.002, 0.004)
    for channel, scale in ((0, 1 + by), (2, 1 - by)):
        matrix = np.array([[scale, 0, width / 2 * (1 - scale)], [0, scale, height / 2 * (1 - scale)]])
        plane = np.ascontiguousarray(photo[..., channel])
        out[..., channel] = cv2.warpAffine(plane, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)
    return out


def processed(rng: np.random.Generator, photo: np.ndarray, _: np.ndarray) -> np.ndarray:
    """Local contrast and colours turned up, as in a phone's high dynamic range."""
    light, *colours = cv2.split(cv2.cvtColor(photo, cv2.COLOR_RGB2LAB))
    light = cv2.createCLAHE(clipLimit=rng.uniform(2, 5), tileGridSize=(8, 8)).apply(light)
    colours = [np.clip((c.astype(np.float32) - 128) * 1.5 + 128, 0, 255).astype(np.uint8) for c in colours]
    return cv2.cvtColor(cv2.merge([light, *colours]), cv2.COLOR_LAB2RGB)


def lamplight(rng: np.random.Generator, photo: np.ndarray, _: np.ndarray) -> np.ndarray:
    """A warm lamp at night: little blue, and coarse noise in the colours."""
    height, width = photo.shape[:2]
    coarse = rng.normal(0, rng.uniform(6, 14), (height // 3 + 1, width // 3 + 1, 3)).astype(np.float32)
    noise = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.clip(photo * np.array([0.95, 0.7, rng.uniform(0.3, 0.5)]) + noise, 0, 255).astype(np.uint8)


def held_in_fingers(rng: np.random.Generator, photo: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """A thumb on one side of the card, over 3 % of its width: where nothing is printed."""
    out, first = photo.copy(), int(rng.choice([1, 3]))  # the right or the left side, from this corner on
    start, end, centre = corners[first], corners[(first + 1) % 4], corners.mean(axis=0)
    at = start + (end - start) * rng.uniform(0.3, 0.7)
    inwards = (centre - at) / np.linalg.norm(centre - at)
    reach = float(np.linalg.norm(corners[1] - corners[0]))
    length, width = 0.2 * reach, 0.06 * reach
    middle = (at + inwards * (0.03 * reach - length)).astype(int).tolist()
    angle = float(np.rad2deg(np.arctan2(inwards[1], inwards[0])))
    skin = np.array([205, 160, 130]) * rng.uniform(0.5, 1.1)
    for share, shade in ((1.0, 0.75), (0.85, 1.0)):
        axes = (int(length * share), int(width * share))
        cv2.ellipse(out, middle, axes, angle, 0, 360, (skin * shade).clip(0, 255).tolist(), -1, cv2.LINE_AA)
    return out


def flash(rng: np.random.Generator, photo: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """A flash near the camera: bright around one place of the card, dark away from it."""
    height, width = photo.shape[:2]
    reach = float(np.linalg.norm(corners[1] - corners[0]))
    centre = corners.mean(axis=0) + rng.uniform(-0.3, 0.3, 2) * reach
    y, x = np.mgrid[:height, :width].astype(np.float32)
    distance = ((x - centre[0]) ** 2 + (y - centre[1]) ** 2) / (reach * rng.uniform(0.4, 0.8)) ** 2
    light = 0.35 + rng.uniform(0.8, 1.2) * np.exp(-distance)
    return np.clip(photo * light[..., None], 0, 255).astype(np.uint8)


def hologram(rng: np.random.Generator, photo: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """The foil's colours over the card, from red to violet and back, in waves."""
    height, width = photo.shape[:2]
    reach, angle = float(np.linalg.norm(corners[1] - corners[0])), rng.uniform(0, 2 * np.pi)
    y, x = np.mgrid[:height, :width].astype(np.float32)
    along = (x * np.cos(angle) + y * np.sin(angle)) * 2 * np.pi / (reach * rng.uniform(0.2, 0.6))
    colours = np.stack([np.cos(along + shift) for shift in (0, 2.1, 4.2)], axis=-1) * 90
    mask = np.zeros((height, width), np.float32)
    cv2.fillConvexPoly(mask, corners.astype(np.int32), float(rng.uniform(0.25, 0.55)))
    bands = (np.cos(along * 0.37) > 0).astype(np.float32)
    strength = (mask * cv2.GaussianBlur(bands, (0, 0), 5))[..., None]
    return np.clip(photo + colours * strength + 30 * strength, 0, 255).astype(np.uint8)


def video_frame(rng: np.random.Generator, photo: np.ndarray, _: np.ndarray) -> np.ndarray:
    """One frame of a call: three quarters of the size, few colours, blocks."""
    height, width = photo.shape[:2]
    small = cv2.resize(photo, None, fx=0.75, fy=0.75, interpolation=cv2.INTER_AREA)
    light, *colours = cv2.split(cv2.cvtColor(small, cv2.COLOR_RGB2YCrCb))
    coarse = [cv2.resize(cv2.resize(each, None, fx=0.25, fy=0.25), light.shape[::-1]) for each in colours]
    frame = compress(cv2.cvtColor(cv2.merge([light, *coarse]), cv2.COLOR_YCrCb2RGB), int(rng.integers(30, 50)))[0]
    return cv2.resize(frame, (width, height), interpolation=cv2.INTER_LINEAR)


CAMERAS: dict[str, Callable[[np.random.Generator, np.ndarray, np.ndarray], np.ndarray]] = {
    camera.__name__: camera
    for camera in (
        wide_angle, sharpened, sent_by_chat, shadow, grey, off_a_screen, colour_fringes, processed, lamplight,
        held_in_fingers, flash, hologram, video_frame,
    )
}  # fmt: skip
