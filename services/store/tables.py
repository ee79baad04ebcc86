"""How a store's content looks in a terminal."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.table import Table

from services.store.errors import StoreError
from services.store.manifest import Manifest


@dataclass(frozen=True)
class Found:
    """A version in a store: its manifest, or why that cannot be used."""

    model: str
    version: int
    manifest: Manifest | None
    error: StoreError | None

    def as_json(self) -> dict[str, Any]:
        """For machines."""
        known = {"model": self.model, "version": self.version}
        if self.manifest is None:
            return {**known, "code": self.error.code if self.error else "", "error": str(self.error)}
        return {
            **known,
            "code": "ok",
            "created": self.manifest.created,
            "commit": self.manifest.commit,
            "files": len(self.manifest.files),
            "size": self.manifest.size,
            "digest": self.manifest.digest,
        }


def versions(found: Sequence[Found]) -> Table:
    """One row for each version."""
    table = Table("model", "version", "created", "files", "size", "commit")  # or what is wrong, as "created"
    for entry in found:
        if entry.manifest is None:
            row = [entry.error.code if entry.error else ""]
        else:
            manifest = entry.manifest
            row = [manifest.created, str(len(manifest.files)), size(manifest.size), (manifest.commit or "")[:12]]
        table.add_row(entry.model, str(entry.version), *row)
    return table


def details(manifest: Manifest) -> list[Table]:
    """Everything that a manifest says."""
    facts = Table(title=str(manifest), title_justify="left", show_header=False)
    facts.add_column()
    facts.add_column(overflow="fold")  # a digest is of use as a whole only
    for name in ("created", "commit", "alphabet_sha256", "digest"):
        facts.add_row(name, getattr(manifest, name) or "unknown")
    facts.add_row("size", size(manifest.size))
    for kind in ("inputs", "outputs"):
        for tensor in (manifest.signature or {}).get(kind, []):
            facts.add_row(kind[:-1], f"{tensor.get('name')}: {tensor.get('dtype')} {tensor.get('shape')}")
    files = Table("file", "size", "sha256")
    for file in manifest.files:
        files.add_row(file.path, size(file.size), file.sha256[:16])
    return [facts, *_evaluation(manifest.evaluation), files]


def _evaluation(evaluation: Mapping[str, Any] | None) -> list[Table]:
    """One row for each split, one column for each figure."""
    splits = {name: figures for name, figures in (evaluation or {}).items() if isinstance(figures, dict)}
    if not splits:
        return []
    columns = list(dict.fromkeys(name for figures in splits.values() for name in figures))
    table = Table("split", *columns)
    for split, figures in splits.items():
        table.add_row(split, *(_figure(figures.get(name)) for name in columns))
    return [table]


def _figure(value: object) -> str:
    return f"{value:.4f}" if isinstance(value, float) else "" if value is None else str(value)


def verdict(result: Mapping[str, Any]) -> str:
    """One line on one version that was verified."""
    which = f"{result['model']} {result['version']}"
    if result["code"] != "ok":
        return f"{which}: {result['code']}: {result['error']}"
    unlisted = result["unlisted"]
    return f"{which}: as published" + (f"; not in its manifest: {', '.join(unlisted)}" if unlisted else "")


def size(count: int) -> str:
    """Bytes as people read them."""
    if count < 1000:
        return f"{count} B"
    value, unit = float(count), 0
    while value >= 1000 and unit < 4:
        value, unit = value / 1000, unit + 1
    return f"{value:.1f} {('B', 'kB', 'MB', 'GB', 'TB')[unit]}"
