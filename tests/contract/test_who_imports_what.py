"""Who may know what: read off the import statements, so that nothing has to run."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def imported(path: Path) -> set[str]:
    """Every module that a file names in an import, wherever it stands."""
    modules: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            modules.add(node.module)
    return modules


def importers(pattern: str, *packages: str) -> list[str]:
    """Files below ROOT that import one of `packages` or something inside them."""
    return sorted(
        str(path.relative_to(ROOT))
        for path in ROOT.glob(pattern)
        if any(name.split(".")[0] in packages or name in packages for name in imported(path))
    )


def test_the_search_finds_what_is_there() -> None:
    assert "services/api/app.py" in importers("services/**/*.py", "flask")
    assert "models/cropper/network.py" in importers("models/**/*.py", "keras")


def test_models_know_nothing_of_http_and_grpc() -> None:
    assert importers("models/**/*.py", "flask", "gunicorn", "werkzeug", "httpx", "grpc", "services") == []


def test_only_the_api_knows_flask() -> None:
    outside = [path for path in importers("services/**/*.py", "flask") if not path.startswith("services/api/")]
    assert outside == []


@pytest.mark.parametrize("model", ["cropper", "detector", "reader"])
def test_a_contract_needs_neither_keras_nor_tensorflow(model: str) -> None:
    assert importers(f"models/{model}/contract.py", "keras", "tensorflow") == []


def test_networks_are_backend_agnostic() -> None:
    assert importers("models/**/*.py", "tensorflow", "jax", "torch") == []


def test_pixels_are_resized_in_one_place() -> None:
    """Training, evaluation and serving share models/image.py; only the synthetic camera has its own optics."""
    resizers = [
        str(path.relative_to(ROOT))
        for path in (*ROOT.glob("models/**/*.py"), *ROOT.glob("services/**/*.py"))
        if "cv2.resize" in path.read_text(encoding="utf-8") and "synthetic" not in path.parts
    ]
    assert resizers == ["models/image.py"]


def test_the_package_names_are_ours_here() -> None:
    import models
    import services

    for package in (models, services):
        assert Path(next(iter(package.__path__))).resolve().is_relative_to(ROOT)
