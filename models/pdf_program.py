"""The program behind pdf.py. It imports nothing of ours, so that it starts quickly and holds nothing worth having.

The PDF comes on its standard input; the page, the most pixels and the most seconds are its arguments. On its
standard output are a line with the answer, then the pixels.
"""

import resource
import sys

_MEMORY = 384 << 20
_DOTS_PER_INCH = 300  # an identity card has 1011 x 638 pixels then: all that the models look at


def main() -> None:
    """The program."""
    page, max_pixels, seconds = (int(argument) for argument in sys.argv[1:])
    for limit, most in ((resource.RLIMIT_CPU, seconds), (resource.RLIMIT_AS, _MEMORY), (resource.RLIMIT_CORE, 0)):
        resource.setrlimit(limit, (most, most))
    answer, pixels = draw(sys.stdin.buffer.read(), page, max_pixels)
    sys.stdout.buffer.write(answer.encode() + b"\n")
    sys.stdout.buffer.write(pixels)


def draw(data: bytes, page: int, max_pixels: int) -> tuple[str, bytes]:
    """The answer, and the pixels where it is `drawn WIDTH HEIGHT STRIDE`: RGB, STRIDE bytes a row."""
    try:
        import pypdfium2
    except ImportError:
        return "missing", b""
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        return ("locked" if "password" in str(error).lower() else "damaged"), b""
    if page > len(document):
        return f"pages {len(document)}", b""
    sheet = document[page - 1]
    width, height = sheet.get_size()  # in points: 72 make an inch
    scale = min(_DOTS_PER_INCH / 72, (max_pixels / max(1.0, width * height)) ** 0.5)
    bitmap = sheet.render(scale=scale, rev_byteorder=True, may_draw_forms=False)
    return f"drawn {bitmap.width} {bitmap.height} {bitmap.stride}", bytes(bitmap.buffer)


if __name__ == "__main__":
    main()
