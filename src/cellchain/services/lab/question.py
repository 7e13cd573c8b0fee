"""What may be asked of files: a verb of the command line, and what it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import msgspec

from cellchain.core.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Sort: TypeAlias = Literal["file", "made", "kept", "number", "integer", "text", "flag"]
TEXT_MAX = 200
MANY_MAX = 20
SUFFIXES = (".csv.zip", ".csv", ".zip", ".parquet", ".npz", ".json", ".toml", ".vrp", ".txt")
"""Of files that are given."""
MADE_SUFFIXES = (".csv", ".parquet", ".json", ".html", ".md", ".svg", ".png")


class Parameter(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a question takes."""

    name: str
    sort: Sort
    """A file that is read, one that is made, one that is read if it is there and made anew; a
    value."""
    help: str
    required: bool = False
    many: bool = False
    """Whether it may be given several times."""
    positional: bool = False
    choices: tuple[str, ...] = ()
    """What it may be; words that stand for a file."""
    default: str = ""
    """As it is written; of a file that is made, its suffix."""
    beside: tuple[str, ...] = ()
    """Of a file that is made: it can be only where one of these is given; empty: always. Of a file
    that must be of some kind, with its suffix."""


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """A verb that reads files and writes files."""

    name: str
    """Of the command line, with a dot between the words: ``twin.soh``."""
    help: str
    """What it answers, in a sentence, and what else is to be known of it."""
    parameters: tuple[Parameter, ...]

    @property
    def answers(self) -> str:
        """What it answers, in a sentence."""
        return f"{self.help.partition('. ')[0].removesuffix('.')}."

    def parameter(self, name: str) -> Parameter:
        """Return one by its name.

        Raises:
            Refused: ``lab.parameter``.
        """
        for one in self.parameters:
            if one.name == name:
                return one
        known = ", ".join(one.name for one in self.parameters)
        raise Refused("lab.parameter", f"{self.name} takes no {name[:40]!a}; it takes {known}")


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """A file that somebody sent."""

    id: str
    suffix: str


class CommandLine(msgspec.Struct, frozen=True, kw_only=True):
    """How a question is asked in a folder."""

    arguments: tuple[str, ...]
    given: dict[str, str]
    """Name in the folder → id of the file that is put there before."""


def suffix_of(name: str) -> str:
    """Return how the name of a given file ends.

    Raises:
        Refused: ``lab.suffix``.
    """
    lowered = name.lower()
    for suffix in SUFFIXES:
        if lowered.endswith(suffix):
            return suffix
    raise Refused(
        "lab.suffix", f"nothing is known of a file {name[-60:]!a}",
        remedy=f"name it {', '.join(SUFFIXES)}",
    )  # fmt: skip


def command_line(
    question: Question, files: Mapping[str, Sequence[Given]], options: Mapping[str, Any]
) -> CommandLine:
    """Return the command line that asks ``question``.

    Args:
        question: What is asked.
        files: Of each parameter that reads a file, which ones.
        options: Of the other parameters, their values; of a file that is made, its suffix.

    Raises:
        Refused: ``lab.parameter``, ``lab.value``, ``lab.missing``.
    """
    for name in (*files, *options):
        question.parameter(name)
    positional, named = [], []
    given: dict[str, str] = {}
    for one in question.parameters:
        values = list(_values(one, files.get(one.name, ()), options.get(one.name), given))
        if one.required and not values:
            raise Refused("lab.missing", f"{question.name} needs {one.name!r}: {one.help}")
        if one.positional:
            positional += values
        elif one.sort == "flag":
            named += [f"--{one.name}"] if values else []
        else:
            named += [f"--{one.name}={value}" for value in values]
    arguments = (*question.name.split("."), *named, "--", *positional)
    return CommandLine(arguments=arguments, given=given)


def _values(
    one: Parameter, files: Sequence[Given], option: Any, given: dict[str, str]
) -> Iterator[str]:
    """Yield the values of a parameter; note in ``given`` which files stand where."""
    if one.sort in {"file", "kept"} and files:
        if option is not None or len(files) > (MANY_MAX if one.many else 1):
            raise _wrong(one, "one file" if not one.many else f"at most {MANY_MAX} files")
        for number, file in enumerate(files):
            name = f"{one.name}{number or ''}{file.suffix}"
            given[name] = file.id
            yield name
        return
    if files or (one.sort == "file" and option is not None and option not in one.choices):
        raise _wrong(one, "a file that was sent" if one.sort == "file" else "a value, and no file")
    several = option if isinstance(option, list) and one.many else [option]
    if len(several) > MANY_MAX:
        raise _wrong(one, f"at most {MANY_MAX} values")
    for value in several:
        spelled = _spelled(one, value)
        if spelled:
            yield spelled


def _spelled(one: Parameter, value: Any) -> str:
    """Return a value as it is written on a command line; empty where there is none."""
    if one.sort in {"made", "kept"}:
        return _made(one, value)
    if value is None or value == "" or (one.sort == "flag" and value is False):
        return ""
    if one.sort == "flag" and value is True:
        return "yes"
    if one.sort in {"number", "integer"} and type(value) in {int, float, str}:
        return _number(one, value)
    if one.sort in {"text", "file"} and isinstance(value, str) and _is_fit(one, value):
        return value
    raise _wrong(one, " or ".join(one.choices) or f"a {one.sort}")


def _is_fit(one: Parameter, value: str) -> bool:
    allowed = not one.choices or value in one.choices
    return allowed and value.isprintable() and len(value) <= TEXT_MAX


def _made(one: Parameter, value: Any) -> str:
    suffix = one.default if value in (None, True) else value
    wanted = one.required or value not in (None, False, "")
    if not wanted:
        return ""
    known = MADE_SUFFIXES if one.default in MADE_SUFFIXES else (one.default,)
    if suffix not in known:
        raise _wrong(one, f"one of {', '.join(known)}")
    return f"{one.name}{suffix}"


def _number(one: Parameter, value: float | str) -> str:
    try:
        found = int(value) if one.sort == "integer" else float(value)
    except (ValueError, OverflowError) as error:
        raise _wrong(one, f"a {one.sort}") from error
    return repr(found)


def _wrong(one: Parameter, wanted: str) -> Refused:
    return Refused("lab.value", f"{one.name!r} takes {wanted}")
