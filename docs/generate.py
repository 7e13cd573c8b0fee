"""The reference, read off the code when the site is built: a hook of mkdocs.

Nothing generated is kept: contracts come from their tables of contents, error codes from the
source text, verbs from the command line, parameters from their class, so that a page cannot lag.
"""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec
import typer

from cellchain.adapters.configuration import FILE_NAME, PREFIX, Configuration, Provider
from cellchain.cli.root import build
from cellchain.contracts import discover
from cellchain.ledger.contract import Contract, kind_of, record_of
from cellchain.ledger.gas import GasPrices
from cellchain.ledger.parameters import Genesis, Parameters
from cellchain.web.pages import discover_actions, discover_pages

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

DOCS = Path(__file__).parent
SOURCE = DOCS.parent / "src" / "cellchain"
FAMILIES = {
    "Refused": ("Refused", 0, "the sender must act"),
    "refuse_unless": ("Refused", 1, "the sender must act"),
    "Unavailable": ("Unavailable", 0, "nobody yet: try again"),
    "Corrupt": ("Corrupt", 0, "the operator must act"),
}
"""What is called → family, place of the code among the arguments, who must act."""
_CODE = re.compile(r"[a-z_]+\.[a-z0-9_]+")


def on_config(config: Any) -> Any:
    """Put the generated pages and the decisions into the navigation."""
    for section in config.nav:
        (name, pages), *_ = section.items()
        if name == "Reference":
            pages += [{"Contracts": [f"reference/contracts/{c}.md" for c in discover()]}]
        if name == "Decisions":
            pages += [f"adr/{path.name}" for path in sorted((DOCS / "adr").glob("*.md"))]
    return config


def on_files(files: Any, config: Any) -> Any:
    """Add the generated pages."""
    from mkdocs.structure.files import File  # noqa: PLC0415  # only where a site is built

    for path, text in pages().items():
        files.append(File.generated(config, path, content=text))
    return files


def pages() -> dict[str, str]:
    """Return every generated page by its path."""
    contracts = discover()
    made = {f"reference/contracts/{name}.md": contract_page(c) for name, c in contracts.items()}
    made["reference/errors.md"] = errors_page(errors())
    made["reference/cli.md"] = cli_page()
    made["reference/parameters.md"] = parameters_page()
    made["reference/configuration.md"] = configuration_page()
    made["reference/pages.md"] = site_page()
    return made


SITE = """# Pages

What people see. A page is found because its folder is in `web/pages`: its path, who may see it, a
function from a question to a frozen struct, and a template. The struct is also the page as JSON:
`Accept: application/json`, or `?format=json`. A page says what it is about, and is kept until a
block touches just that. A form posts to an action; a refusal shows its page again, with why and
with what was typed. What the viewer's party must sign itself is answered with what is to be signed.

Everybody sees public pages, those of the ledger as far as contracts are open to visitors; *visitor*
pages too, which say more to members. *operator* pages are for administrators of the party that
operates the home. All else is refused to whoever has not signed in. Nothing is loaded from
elsewhere, no script stands in a page, and what members wrote is escaped and kept from turning a
line around.
"""


def site_page() -> str:
    """Return what pages there are, who may see each, and what their forms do."""
    listed = sorted(discover_pages(), key=lambda page: page.path)
    done = sorted(discover_actions(), key=lambda action: action.path)
    head = "| path | shows | for |\n|---|---|---|"
    rows = [f"| `{p.path}` | {cell(first_line(p.show))} | {p.access} |" for p in listed]
    acts = [f"| `{a.path}` | {cell(first_line(a.act))} | {a.access} |" for a in done]
    deeds = "| path | does | for |\n|---|---|---|"
    tables = ["\n".join([head, *rows]), "## Forms", "\n".join([deeds, *acts])]
    return "\n\n".join([SITE.strip(), *tables]) + "\n"


def first_line(function: Any) -> str:
    """Return what a function says of itself in a line."""
    return (inspect.getdoc(function) or "").partition("\n")[0]


def contract_page(contract: Contract) -> str:
    """Return the page of a contract: its promise, its messages, events and records."""
    module = inspect.getmodule(contract.messages[0])
    assert module is not None
    package = __import__(module.__name__.rpartition(".")[0], fromlist=["CONTRACT"])
    leans = ", ".join(f"[{name}]({name}.md)" for name in contract.leans_on) or "nothing"
    parts = [f"# {contract.name.capitalize()}", prose(package), f"Leans on: {leans}."]
    if phases := getattr(package, "PHASES", None):
        parts += ["## Phases", phases_table(phases)]
    parts += ["## Messages", *map(message_section, contract.messages)]
    parts += ["## Records", *map(value_section, contract.records)]
    parts += ["## Events", *map(event_section, contract.events)]
    return "\n\n".join(parts) + "\n"


def message_section(message: type[Any]) -> str:
    """Return what a message asks for, its fields, and the rule that decides it."""
    rule = inspect.getdoc(message.decide) or ""
    return f"{value_section(message)}\n\nRule: {rule}"


def event_section(event: type[Any]) -> str:
    """Return what has happened, to which record, and what follows."""
    evolves = kind_of(record_of(event))
    return f"{value_section(event)}\n\nEvolves `{evolves}`: {inspect.getdoc(event.evolve) or ''}"


def value_section(value: type[Any]) -> str:
    """Return a value's kind, what it is, and its fields."""
    return f"### `{kind_of(value)}`\n\n{inspect.getdoc(value)}\n\n{fields_table(value)}"


def fields_table(value: type[Any]) -> str:
    """Return the fields of a struct: name, type, default, meaning."""
    said, rows = attribute_docstrings(value), []
    for field in msgspec.structs.fields(value):
        default = "" if field.required else f"`{default_of(field)}`"
        meaning = cell(said.get(field.name, ""))
        rows.append(
            f"| `{field.encode_name}` | {type_name(value, field.name)} | {default} | {meaning} |"
        )
    if not rows:
        return "No fields."
    return "\n".join(["| field | type | default | meaning |", "|---|---|---|---|", *rows])


def default_of(field: msgspec.structs.FieldInfo) -> str:
    """Return the default of a field as it would be written."""
    if field.default_factory is not msgspec.NODEFAULT:
        return str(field.default_factory())
    return str(field.default) if field.default != "" else '""'


def type_name(value: type[Any], field: str) -> str:
    """Return the type of a field as its source spells it."""
    for owner in value.__mro__:
        if found := inspect.get_annotations(owner).get(field):
            return f"`{found}`".replace("|", "\\|")
    raise LookupError(field)


def attribute_docstrings(value: type[Any]) -> dict[str, str]:
    """Return the strings that follow the fields of a class in its source."""
    found: dict[str, str] = {}
    for owner in value.__mro__:
        if not owner.__module__.startswith("cellchain"):
            continue
        (node,) = ast.parse(textwrap.dedent(inspect.getsource(owner))).body
        assert isinstance(node, ast.ClassDef)
        for this, after in zip(node.body, node.body[1:], strict=False):
            if isinstance(this, ast.AnnAssign) and isinstance(after, ast.Expr):
                assert isinstance(this.target, ast.Name)
                found.setdefault(this.target.id, ast.literal_eval(after.value))
    return found


def phases_table(phases: Mapping[str, Mapping[str, str]]) -> str:
    """Return the table of phases: what leads where."""
    rows = []
    for phase, ways in phases.items():
        steps = [f"{verb} → {after}" for verb, after in ways.items()]
        rows.append(f"| {phase} | {', '.join(steps) or 'the end'} |")
    return "\n".join(["| phase | message → next phase |", "|---|---|", *rows])


def errors() -> dict[str, dict[str, set[str]]]:
    """Return every error code in the source → family → the files that raise it."""
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for path in sorted(SOURCE.rglob("*.py")):
        for code, family in codes_in(ast.parse(path.read_text())):
            found[code][family].add(path.relative_to(SOURCE).as_posix())
    return dict(sorted(found.items()))


def codes_in(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield the codes in a module's source with their family."""
    constants = {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=called), args=args) if called in FAMILIES:
                family, place, _ = FAMILIES[called]
                yield from ((code, family) for code in spelled(args[place], constants))
            case ast.keyword(arg="code") | ast.Assign(targets=[ast.Name(id="code")]):
                yield from ((code, "Refused") for code in spelled(node.value, constants))


def spelled(node: ast.expr, constants: Mapping[str, object]) -> Iterator[str]:
    """Yield the codes that an expression can be; a part that varies stands in angle brackets."""
    match node:
        case ast.Constant(value=str(code)) if _CODE.fullmatch(code):
            yield code
        case ast.Name(id=name) if name in constants:
            yield str(constants[name])
        case ast.IfExp(body=body, orelse=orelse):
            yield from spelled(body, constants)
            yield from spelled(orelse, constants)
        case ast.JoinedStr(values=values):
            yield "".join(map(piece, values))


def piece(part: ast.expr) -> str:
    """Return a part of an f-string as it stands, or what varies in angle brackets."""
    if isinstance(part, ast.FormattedValue):
        return f"<{ast.unparse(part.value)}>"
    return str(ast.literal_eval(part))


def errors_page(found: Mapping[str, Mapping[str, Iterable[str]]]) -> str:
    """Return the list of error codes by room."""
    rooms: dict[str, list[str]] = defaultdict(list)
    for code, families in found.items():
        for family, files in families.items():
            where = ", ".join(f"`{file}`" for file in sorted(files))
            room = "any contract" if code.startswith("<") else code.partition(".")[0]
            rooms[room].append(f"| `{code}` | {family} | {where} |")
    parts = [
        "# Error codes",
        "Every error carries a stable code, one sentence that names the values that clash and,"
        " where there is one, the remedy. **Refused**: the sender must act; the same answer on"
        " every node. **Unavailable**: something outside did not answer; trying again may help."
        " **Corrupt**: what is held cannot be true; the operator must act. A part in angle"
        " brackets varies: `custody.not_<right>` is `custody.not_holder` and so on.",
    ]
    for room, rows in sorted(rooms.items()):
        table = "\n".join(["| code | family | raised in |", "|---|---|---|", *rows])
        parts.append(f"## {room}\n\n{table}")
    return "\n\n".join(parts) + "\n"


def commands(
    command: click.Command, name: str = "cellchain"
) -> Iterator[tuple[str, click.Command]]:
    """Yield every verb below ``command`` with its whole name."""
    if isinstance(command, click.Group):
        for word, below in command.commands.items():
            yield from commands(below, f"{name} {word}")
    else:
        yield name, command


def cli_page() -> str:
    """Return the help of every verb."""
    parts = [
        "# Command line",
        "Exit codes: **0** done, or true · **1** false, or refused · **2** unreadable, or misused ·"
        " **3** unavailable · **4** corrupt. With `--json` a verb prints one JSON object on one"
        ' line; an error is `{"error":{"code":…,"remedy":…,"text":…}}` on standard error.',
    ]
    for name, command in commands(typer.main.get_command(build())):
        with click.Context(command, info_name=name, terminal_width=96) as context:
            parts.append(f"## `{name}`\n\n```text\n{command.get_help(context)}\n```")
    return "\n\n".join(parts) + "\n"


def parameters_page() -> str:
    """Return what a consortium agrees on in its genesis file."""
    parts = ["# Parameters", "What every node of a chain must agree on; it is in the genesis file."]
    for struct in (Genesis, Parameters, GasPrices):
        parts += [f"## {struct.__name__}", inspect.getdoc(struct) or "", fields_table(struct)]
    return "\n\n".join(parts) + "\n"


def configuration_page() -> str:
    """Return every setting of a served home, by table of the file."""
    parts = [
        "# Configuration",
        f"A served home reads `HOME/{FILE_NAME}`, or the file that `--config` names. What is not"
        " in it has its default; what is unknown or of a wrong type is refused with `config.value`"
        " before anything is served. The environment overrules the file: section and name in"
        f" capitals, `{PREFIX}SERVE_ADDRESS`, lists separated by commas.",
    ]
    for section in msgspec.structs.fields(Configuration):
        kind = Provider if section.name == "oidc" else section.type
        told = inspect.getdoc(kind) or ""
        parts.append(f"## `[{section.name}]`\n\n{told}\n\n{settings_table(section.name, kind)}")
    parts += ["## Variables of the command line", VARIABLES]
    return "\n\n".join(parts) + "\n"


def settings_table(section: str, kind: type[Any]) -> str:
    """Return the settings of a section: name, type, default, meaning, variable."""
    said = attribute_docstrings(kind)
    rows = [
        f"| `{field.name}` | {type_name(kind, field.name)} |"
        f" {'must be given' if field.required else f'`{default_of(field)}`'} |"
        f" {cell(said.get(field.name, ''))} | `{PREFIX}{section.upper()}_{field.name.upper()}` |"
        for field in msgspec.structs.fields(kind)
    ]
    head = ["| setting | type | default | meaning | variable |", "|---|---|---|---|---|"]
    return "\n".join([*head, *rows])


VARIABLES = """\
| variable | is |
|---|---|
| `CELLCHAIN_HOME` | the home that verbs work on, instead of `--home` |
| `CELLCHAIN_PASSPHRASE` | the passphrase of the key store |
| `CELLCHAIN_OBJECTS` | where ciphertexts are, where no configuration says so |
| `CELLCHAIN_ERASURES` | the journal of erasures, if not beside the home |"""


def prose(module: Any) -> str:
    """Return a module's docstring as Markdown; it is written so already."""
    return inspect.getdoc(module) or ""


def cell(text: str) -> str:
    """Return ``text`` on one line, fit for a table."""
    return " ".join(text.split()).replace("|", "\\|")
