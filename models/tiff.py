"""The directories of a TIFF (TIFF 6.0 §2, BigTIFF), looked through before Pillow reads them.

Pillow reads every entry of every page up to the one asked for in Python, with the interpreter's lock held: a small
file may keep a process busy for minutes.
"""

import struct
from dataclasses import dataclass

MAX_PAGES = 100
MAX_ENTRIES = 1000  # of a directory; scanners and cameras write some dozens


class BadDirectories(ValueError):
    """No honest TIFF has such directories."""


@dataclass(frozen=True)
class _Layout:
    """`first`: where the header has the first directory's offset. `count`: of a directory's entries."""

    first: int
    count: str
    entry_bytes: int
    offset: str


_CLASSIC = _Layout(first=4, count="H", entry_bytes=12, offset="I")
_BIG = _Layout(first=8, count="Q", entry_bytes=20, offset="Q")


def check_directories(data: bytes) -> None:
    """Follows the chain of directories as far as `data` has it, if it is a TIFF.

    What is cut short ends the chain here: that is Pillow's to say.

    Raises:
        BadDirectories: the chain is a circle, or has more than MAX_PAGES or MAX_ENTRIES.
    """
    order = {b"II": "<", b"MM": ">"}.get(data[:2])
    if order is None:
        return
    # Pillow takes the version's number either way round, but for BigTIFF's only where 43 comes first.
    if b"\x2b" in data[2:4]:
        _check_chain(data, order, _BIG)
    if data[2:3] != b"\x2b":
        _check_chain(data, order, _CLASSIC)


def _check_chain(data: bytes, order: str, layout: _Layout) -> None:
    seen: set[int] = set()
    at = _number(data, layout.first, order + layout.offset)
    while at:
        if at in seen or len(seen) == MAX_PAGES:
            raise BadDirectories(f"pages in a circle, or more than {MAX_PAGES}")
        seen.add(at)
        entries = _number(data, at, order + layout.count)
        if entries > MAX_ENTRIES:
            raise BadDirectories(f"more than {MAX_ENTRIES} entries in a directory")
        at = _number(
            data, at + struct.calcsize(order + layout.count) + entries * layout.entry_bytes, order + layout.offset
        )


def _number(data: bytes, at: int, kind: str) -> int:
    """The number at a place; 0 where the file has ended."""
    return int(struct.unpack_from(kind, data, at)[0]) if at + struct.calcsize(kind) <= len(data) else 0
