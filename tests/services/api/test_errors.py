"""Every error has a status and a code of its own, and is documented."""

from pathlib import Path

import pytest

from models.card import CardNotReadable
from models.image import BadImage
from services.api import errors
from services.api.errors import ApiError, as_api_error

DOCS = (Path(__file__).parents[3] / "docs" / "api.md").read_text()


def tree(root: type[Exception]) -> list[type[Exception]]:
    """A class and everything below it, but for the shapes that another API gives them."""
    children = [child for child in root.__subclasses__() if child.__module__ != "services.api.compat"]
    return [root, *(each for child in children for each in tree(child))]


ALL = [*tree(ApiError), *tree(BadImage), *tree(CardNotReadable)]


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
def test_every_error_is_documented_with_its_status(kind: type[Exception]) -> None:
    told = as_api_error(kind("What to do."))

    assert told.code == kind.code
    assert f"| `{told.code}` | {told.status} |" in DOCS


@pytest.mark.parametrize("kind", [*tree(BadImage), *tree(CardNotReadable)], ids=lambda kind: kind.__name__)
def test_an_error_of_the_models_keeps_its_sentence(kind: type[Exception]) -> None:
    assert str(as_api_error(kind("What to do."))) == "What to do."


@pytest.mark.parametrize("kind", tree(ApiError), ids=lambda kind: kind.__name__)
def test_the_tree_in_the_docstring_is_the_tree(kind: type[ApiError]) -> None:
    line = next(line for line in errors.__doc__.splitlines() if f" {kind.__name__} " in f" {line.strip('│├└─ ')} ")

    assert f"{kind.status} {kind.code}" in line or (kind in (ApiError,) and kind.code in line)


def test_codes_are_not_shared() -> None:
    codes = [kind.code for kind in ALL]

    assert len(codes) == len(set(codes))


def test_what_we_do_not_know_tells_nothing() -> None:
    told = as_api_error(KeyError("000000000001"))

    assert (told.status, told.code) == (500, "internal_error")
    assert "000000000001" not in str(told)
