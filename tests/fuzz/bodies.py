"""Honest HTTP around dishonest bodies: images, lies about them, JSON and forms."""

import base64
import json
from random import Random

from tests.fuzz.bombs import bomb, polyglot
from tests.fuzz.cases import Case, post, some_bytes, some_route
from tests.fuzz.images import cut_short, mutated, seeds

TYPES = (
    *("image/jpeg", "image/png", "image/heic", "image/svg+xml", "image/*", "application/octet-stream", "", "text/html"),
    *("application/pdf", "application/json", "multipart/form-data", "multipart/mixed; boundary=x", "application/zip"),
    *(
        "application/x-www-form-urlencoded",
        "image/jpeg; charset=utf-7",
        "IMAGE/JPEG",
        "image/jpeg, image/png",
        "ảnh/jpeg",
    ),
    *(
        "application/json; charset=utf-16",
        "image/" + "x" * 2_000,
        "image/jpeg;" * 50,
        "a",
        "/",
        ";",
        "multipart/form-data;",
    ),
)
_BOUNDARY = "fvi"


def good(rng: Random) -> Case:
    """What an honest client sends."""
    return post("good", seeds()[rng.choice(sorted(seeds()))], "image/jpeg", route=some_route(rng))


def mutated_image(rng: Random) -> Case:
    """A damaged file, as the body or in a form or in JSON."""
    return _carried(rng, "mutated", mutated(rng))


def truncated_image(rng: Random) -> Case:
    """The beginning of a file."""
    return _carried(rng, "truncated", cut_short(rng))


def bomb_image(rng: Random) -> Case:
    """Little that wants much."""
    return _carried(rng, "bomb", bomb(rng))


def polyglot_image(rng: Random) -> Case:
    """Two kinds of file in one."""
    return _carried(rng, "polyglot", polyglot(rng))


def lie(rng: Random) -> Case:
    """Anything, declared as something else."""
    return post(
        "lie",
        rng.choice([seeds()["jpeg"], mutated(rng), b"{}", b"", some_bytes(rng)]),
        rng.choice(TYPES),
        route=some_route(rng),
    )


def _carried(rng: Random, kind: str, data: bytes) -> Case:
    route = some_route(rng)
    match rng.randrange(6):
        case 0:
            return post(kind, json.dumps({"image": _base64(data)}).encode(), "application/json", route=route)
        case 1:
            return post(
                kind,
                json.dumps({"front": _base64(data), "back": _base64(mutated(rng))}).encode(),
                "application/json",
                route=route,
            )
        case 2:
            name, count = rng.choice([("image", 1), ("images", 3), ("front", 1)])
            parts = [_part(name, data)] + [_part(name, mutated(rng)) for _ in range(count - 1)]
            if name == "front":
                parts.append(_part("back", mutated(rng)))
            return post(kind, _form(parts), f"multipart/form-data; boundary={_BOUNDARY}", route=route)
        case _:
            return post(kind, data, rng.choice(TYPES[:6]), route=route)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def json_body(rng: Random) -> Case:
    """JSON that is deep, large, wrong or none."""
    body = rng.choice(_JSON)(rng)
    content_type = rng.choice(
        ["application/json"] * 4 + ["application/json; charset=utf-16", "application/problem+json"]
    )
    return post("json", body, content_type, route=some_route(rng))


def _deep(rng: Random) -> bytes:
    depth, opening, closing = rng.choice([10, 500, 990, 5_000, 100_000]), *rng.choice(["[]", ('{"image":', "}")])
    return (opening * depth + rng.choice(["", "1"]) + closing * rng.choice([depth, depth - 1, 0])).encode()


def _wrong_values(rng: Random) -> bytes:
    value = rng.choice(
        [
            None,
            True,
            0,
            -1,
            1e308,
            "",
            "A",
            "AAA=",
            "A" * 4_001,
            "data:image/png;base64,AAAA",
            "=" * 40,
            [],
            [[]],
            {},
            {"image": "AAAA"},
            ["AAAA"] * 500,
            "\ud800",
            "\u0000",
            "ả",
            "AA\nAA",
            [None],
            [{}],
        ]
    )
    keys = ["image", "images", "front", "back", "", "__proto__", "image ", "IMAGE", "url"]
    return json.dumps(dict.fromkeys(rng.sample(keys, rng.randint(1, 4)), value)).encode("utf-8", "surrogatepass")


def _wide(rng: Random) -> bytes:
    """Very many values in few bytes."""
    return b'{"image":[' + rng.choice([b"{},", b"[],", b"0,", b'"",', b'{"":0},']) * rng.choice([20, 300_000]) + b"0]}"


def _odd_text(rng: Random) -> bytes:
    good_one = _base64(seeds()["crop"])
    return rng.choice(
        [
            f'{{"image": "{good_one}", "image": 5}}'.encode(),
            f'{{"image": "{good_one}"}} trailing'.encode(),
            f'\ufeff{{"image": "{good_one}"}}'.encode(),
            f'{{"image": "{good_one}"}}'.encode("utf-16"),
            f'{{"image": "{good_one}"}}'.encode("utf-32"),
            b'{"image": NaN}',
            b'{"image": Infinity}',
            b'{"image": ' + b"9" * rng.choice([100, 4_299, 4_301, 100_000]) + b"}",
            b'{"image": -' + b"9" * 5_000 + b".0e99999}",
            b'{"' + b"k" * 200_000 + b'": 1}',
            b'{"image": "' + b"A" * 400_000 + b'"}',
            b'{"image": "\\ud800\\udc00\\ud800"}',
            b'{"image": "\xff\xfe"}',
            b"{" + b",".join(b'"%d": 1' % number for number in range(20_000)) + b"}",
            b'{"images": [' + b'"AAAA",' * 5_000 + b'"AAAA"]}',
            b"'image'",
            b"\0" * 1_000,
            some_bytes(rng),
        ]
    )


def _damaged_json(rng: Random) -> bytes:
    text = bytearray(json.dumps({"image": _base64(seeds()["crop"])}).encode())
    for _ in range(rng.randint(1, 6)):
        text[rng.randrange(len(text))] = rng.randrange(256)
    return bytes(text[: rng.randint(0, len(text))] if rng.random() < 0.3 else text)


_JSON = (_deep, _wide, _wrong_values, _wrong_values, _odd_text, _odd_text, _damaged_json)


def form_body(rng: Random) -> Case:
    """A form with something wrong in its parts, its boundary or its end."""
    parts = [_odd_part(rng) for _ in range(rng.choice([0, 1, 1, 2, 3, 9, 40, 500]))]
    body = _form(parts)
    for _ in range(rng.choice([0, 0, 1, 3])):
        at = rng.randrange(len(body) + 1)
        body = rng.choice(
            [body[:at], body[:at] + some_bytes(rng) + body[at:], body.replace(b"\r\n", b"\n"), body + body]
        )
    content_type = rng.choice(
        [
            *(f"multipart/form-data; boundary={_BOUNDARY}" for _ in range(8)),
            "multipart/form-data",
            "multipart/form-data; boundary=",
            'multipart/form-data; boundary="fvi',
            f"multipart/form-data; boundary={'b' * 3_000}",
            "multipart/form-data; boundary=fvi; boundary=other",
            "multipart/form-data; boundary=\u00e9",
            "multipart/form-data; charset=utf-7; boundary=fvi",
        ]
    )
    return post("form", body, content_type, route=some_route(rng))


def _form(parts: list[bytes]) -> bytes:
    return b"".join(b"--fvi\r\n" + part + b"\r\n" for part in parts) + b"--fvi--\r\n"


def _part(name: str, data: bytes, filename: str = "a.jpg", more: str = "") -> bytes:
    return f'Content-Disposition: form-data; name="{name}"; filename="{filename}"\r\n{more}\r\n'.encode() + data


def _odd_part(rng: Random) -> bytes:
    data = rng.choice([seeds()["crop"], seeds()["jpeg"], b"", some_bytes(rng), b"--fvi", b"x" * 70_000])
    name = rng.choice(["image", "image", "image", "front", "back", "images", "", "ảnh", "image[]", "a" * 5_000, '"'])
    filename = rng.choice(
        ["a.jpg", "../../etc/passwd", "a\u0000.jpg", "C:\\x", "é", "", "x" * 5_000, 'a"; name="image']
    )
    more = rng.choice(
        [
            "",
            "",
            "Content-Transfer-Encoding: base64\r\n",
            "Content-Type: multipart/mixed; boundary=fvi\r\n",
            "Content-Type: image/jpeg\r\nContent-Type: x\r\n",
            "X: " + "y" * 20_000 + "\r\n",
            "no colon\r\n",
            "Content-Length: -5\r\n",
            " folded\r\n",
            "X: y\r\n" * 300,
        ]
    )
    if rng.random() < 0.15:
        return rng.choice(
            [
                b"",
                data,
                b"Content-Disposition: form-data\r\n\r\n" + data,
                b"\r\n" + data,
                b":\r\n\r\n" + data,
                b'Content-Disposition: form-data; name="image"\r\n\r\n' + data,
                b"Content-Disposition: attachment; filename*=utf-8''%ff%00; name*=x\r\n\r\n" + data,
            ]
        )
    return _part(name, data, filename, more)
