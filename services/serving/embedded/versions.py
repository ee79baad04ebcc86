"""Which versions of a model lie on disk, and which of them are to be served."""

import re
from dataclasses import dataclass
from pathlib import Path

from services.serving.embedded.errors import invalid_argument

# What `absl::SimpleAtoi` takes; "123.tmp" and ".123" are no versions, so a half-made one is never seen.
_INTEGER = re.compile(r"\s*[+-]?[0-9]+\s*")
_INT64 = range(-(2**63), 2**63)


@dataclass(frozen=True)
class VersionPolicy:
    """`specific` versions if given, else the `latest` so many, else all."""

    latest: int | None = 1
    specific: frozenset[int] | None = None

    def choose(self, found: dict[int, Path]) -> dict[int, Path]:
        """The versions to serve among those found."""
        if self.specific is not None:
            return {version: path for version, path in found.items() if version in self.specific}
        newest_first = sorted(found, reverse=True)
        return {version: found[version] for version in newest_first[: self.latest]}


def versions_on_disk(model: str, base_path: Path) -> dict[int, Path]:
    """Every child of `base_path` with a number for a name, by number.

    Raises:
        ServingError: INVALID_ARGUMENT, `base_path` is not there.
    """
    try:
        children = sorted(base_path.iterdir())
    except OSError as error:
        raise invalid_argument(
            f"Could not find base path {base_path} for servable {model} with error NOT_FOUND: "
            f"{base_path}; {error.strerror}"
        ) from error
    numbered = {int(child.name): child for child in children if _INTEGER.fullmatch(child.name)}
    return {version: path for version, path in numbered.items() if version in _INT64}
