"""Settings from environment variables: one dataclass, one prefix, and no name or value that is not understood."""

import math
from collections.abc import Mapping
from dataclasses import Field, dataclass, fields
from typing import Any, TypeVar

Settings = TypeVar("Settings")


@dataclass(frozen=True)
class Environment:
    """The variables that begin with `prefix`; `error` is what is raised for one that cannot be used."""

    prefix: str
    error: type[Exception]

    def name(self, each: Field[Any]) -> str:
        """The variable of a field."""
        return self.prefix + each.name.upper()

    def read(self, kind: type[Settings], environ: Mapping[str, str]) -> Settings:
        """A `kind`, a dataclass of str, bool, int and float, from those of its fields that `environ` names.

        Raises:
            error: a name with our prefix that is no field of `kind`, or a value of the wrong type.
        """
        known = {self.name(each): each for each in fields(kind)}  # type: ignore[arg-type]  # it is a dataclass
        unknown = sorted(name for name in environ if name.startswith(self.prefix) and name not in known)
        if unknown:
            raise self.error(f"{', '.join(unknown)}: no such setting. There are {', '.join(known)}.")
        given = {name: text for name, text in environ.items() if name in known}
        return kind(**{known[name].name: self._parse(known[name], text) for name, text in given.items()})

    def _parse(self, each: Field[Any], text: str) -> Any:
        if each.type is str:
            return text
        if each.type is bool:
            if text not in ("true", "false"):
                raise self.error(f"{self.name(each)}: {text!r} is neither true nor false.")
            return text == "true"
        try:
            number = int(text) if each.type is int else float(text)
        except ValueError:
            wanted = "a whole number" if each.type is int else "a number"
            raise self.error(f"{self.name(each)}: {text!r} is not {wanted}.") from None
        if not math.isfinite(number):
            raise self.error(f"{self.name(each)}: {text!r} is no finite number.")
        return number
