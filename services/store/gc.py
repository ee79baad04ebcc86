"""Which versions nobody needs any more, told from a listing alone."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.store.backend import StoredFile
from services.store.names import MANIFEST_FILE, UNFINISHED, is_model, version_number


@dataclass(frozen=True)
class Removal:
    """A folder of the store to delete: `reason` is "old", or "unfinished" for one without a manifest."""

    model: str
    name: str  # a version, or the temporary name of an unfinished one
    reason: str
    size: int  # bytes

    @property
    def path(self) -> str:
        """Below the store."""
        return f"{self.model}/{self.name}"


def plan(
    files: Mapping[str, StoredFile],
    keep: int,
    in_use: Mapping[str, Collection[int]],
    unfinished_after: timedelta,
    now: datetime,
) -> list[Removal]:
    """What to delete of a store that holds `files`.

    Args:
        keep: how many versions of each model stay, the newest ones; at least 1.
        in_use: model -> versions that stay, however old.
        unfinished_after: how long nothing has been written to what has no manifest.
    """
    if keep < 1:
        raise ValueError(f"keep is {keep}; one version must stay at least")
    removals = []
    for model, folders in sorted(_by_folder(files).items()):
        finished = sorted(int(name) for name, inside in folders.items() if _is_version(name, inside))
        staying = {*finished[-keep:], *in_use.get(model, ())}
        for name, inside in sorted(folders.items()):
            size = sum(file.size for file in inside.values())
            if _is_version(name, inside):
                if int(name) not in staying:
                    removals.append(Removal(model, name, "old", size))
            elif _is_unfinished(name) and max(file.modified for file in inside.values()) < now - unfinished_after:
                removals.append(Removal(model, name, "unfinished", size))
    return removals


def _by_folder(files: Mapping[str, StoredFile]) -> dict[str, dict[str, dict[str, StoredFile]]]:
    """model -> folder in it -> its files. What lies elsewhere is not ours."""
    models: dict[str, dict[str, dict[str, StoredFile]]] = defaultdict(lambda: defaultdict(dict))
    for path, file in files.items():
        model, _, rest = path.partition("/")
        name, _, inside = rest.partition("/")
        if is_model(model) and inside:
            models[model][name][inside] = file
    return models


def _is_version(name: str, inside: Collection[str]) -> bool:
    return version_number(name) is not None and MANIFEST_FILE in inside


def _is_unfinished(name: str) -> bool:
    return version_number(name) is not None or name.startswith(UNFINISHED)
