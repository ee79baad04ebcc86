"""Our Dockerfiles as data, and what the programs in them import: nothing is built for it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
# The image's name, its Dockerfile, and the program that it starts.
BUILT = {
    "api": ("services/api/Dockerfile", "services/api/gunicorn.conf.py services/api/wsgi.py services/api/worker.py"),
    "agent": ("services/serving/agent/Dockerfile", "services/serving/agent/__main__.py"),
    "rollout": ("services/rollout/Dockerfile", "services/rollout/__main__.py"),
    "serving-embedded": ("services/serving/embedded/Dockerfile", "services/serving/embedded/__main__.py"),
}
OFFICIAL = ("services/serving/Dockerfile", "services/serving/Dockerfile.gpu")
ALL = [dockerfile for dockerfile, _ in BUILT.values()] + list(OFFICIAL)


def instructions(dockerfile: str) -> list[tuple[str, str]]:
    """Each instruction with its arguments, lines joined and comments left out."""
    lines = [line for line in (ROOT / dockerfile).read_text().splitlines() if not line.lstrip().startswith("#")]
    text = "\n".join(lines).replace("\\\n", " ")
    return [(name, rest.strip()) for name, _, rest in (line.partition(" ") for line in text.splitlines() if line)]


def copied(dockerfile: str) -> list[str]:
    """What it takes from the build context."""
    sources = [rest.split()[:-1] for name, rest in instructions(dockerfile) if name == "COPY"]
    return [source for group in sources for source in group if not group[0].startswith("--from=")]


def ignored(path: Path) -> bool:
    """Whether .dockerignore keeps a file out of the build context: the last line that matches decides."""
    outside = False
    for line in (ROOT / ".dockerignore").read_text().splitlines():
        if line and not line.startswith("#"):
            pattern = line.removeprefix("!")
            if any(_matches(part, pattern) for part in (path, *path.parents)):
                outside = not line.startswith("!")
    return outside


def _matches(path: Path, pattern: str) -> bool:
    """Docker's patterns: `*` stays inside a folder, `**/` is any number of folders."""
    expression = re.escape(pattern).replace(r"\*\*/", "(.*/)?").replace(r"\*", "[^/]*")
    return bool(re.fullmatch(expression, path.as_posix()))


def files(dockerfile: str) -> set[Path]:
    """Every file of ours in the image."""
    found = set()
    for source in copied(dockerfile):
        path = ROOT / source
        found |= {path} if path.is_file() else {each for each in path.rglob("*") if each.is_file()}
    return {path.relative_to(ROOT) for path in found if not ignored(path.relative_to(ROOT))}


def needed(programs: str) -> tuple[set[Path], set[str]]:
    """The files of ours that a program imports, at any time, and the other packages that it names."""
    ours, others, ahead = set[Path](), set[str](), [Path(program) for program in programs.split()]
    while ahead:
        path = ahead.pop()
        if path in ours:
            continue
        ours.add(path)
        for module in _imported(path):
            found = list(_files_of(module))
            ahead += found
            if not found:
                others.add(module.split(".")[0])
    return ours, others


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _files_of(module: str) -> Iterator[Path]:
    """The module's file and its packages'; the last part may be a name in a module."""
    parts = module.split(".")
    for count in range(1, len(parts) + 1):
        for candidate in (Path(*parts[:count], "__init__.py"), Path(*parts[:count]).with_suffix(".py")):
            if (ROOT / candidate).is_file():
                yield candidate
