"""Templates at half the price: what is plain is passed on as it is.

Jinja wraps each value it prints in a `Markup`, which it then joins to a plain text; it asks each
thing that a template calls what it wants to be given; and it raises and catches an error for each
name of a dict that is written as an attribute. That is half the time of a page. What is escaped,
and how, is as ever for markupsafe to say.
"""

from __future__ import annotations

import re
from types import BuiltinMethodType
from typing import TYPE_CHECKING, Any

from jinja2 import Environment
from jinja2.compiler import CodeGenerator
from jinja2.runtime import Context, markup_join
from markupsafe import Markup, escape

if TYPE_CHECKING:
    from collections.abc import Callable

    from jinja2 import nodes
    from jinja2.compiler import Frame

_ACTIVE = re.compile("[&<>\"']").search
_NONE = object()


def escaped(value: Any) -> str:
    """Return ``value`` as HTML text, as `markupsafe.escape` does."""
    kind = type(value)
    if kind is Markup or (kind is str and _ACTIVE(value) is None):
        return value  # type: ignore[no-any-return]  # one of the two
    return escape(value)


def joined(parts: tuple[Any, ...]) -> str:
    """Return parts as one text, as ``~`` does: escaped as soon as one of them is `Markup`."""
    for part in parts:
        if type(part) is not str:
            return markup_join(parts)
    return "".join(parts)


class QuickGenerator(CodeGenerator):
    """Writes templates that print by `escaped` and join by `joined`."""

    def write_commons(self) -> None:
        """Give what is used for every value a name of its own."""
        super().write_commons()
        self.writeline("escaped, joined = environment.escaped, environment.joined")
        self.writeline("attribute = environment.getattr")

    def visit_Getattr(self, node: nodes.Getattr, frame: Frame) -> None:  # noqa: N802  # jinja's
        """Write what finds an attribute."""
        self.write("attribute(")
        self.visit(node.node, frame)
        self.write(f", {node.attr!r})")

    def visit_Concat(self, node: nodes.Concat, frame: Frame) -> None:  # noqa: N802  # jinja's
        """Write what joins parts."""
        if frame.eval_ctx.volatile or not frame.eval_ctx.autoescape:
            super().visit_Concat(node, frame)
            return
        self.write("joined((")
        for part in node.nodes:
            self.visit(part, frame)
            self.write(", ")
        self.write("))")

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        if frame.eval_ctx.volatile or not frame.eval_ctx.autoescape:
            super()._output_child_pre(node, frame, finalize)
        else:
            self.write("escaped(")
            if finalize.src is not None:
                self.write(finalize.src)


class QuickContext(Context):
    """A context that calls methods of built-in types, such as ``dict.get``, straight away."""

    def call(self, called: Callable[..., Any], *args: Any, **named: Any) -> Any:
        """Call what a template calls."""
        if type(called) is not BuiltinMethodType:
            return super().call(called, *args, **named)
        named.pop("_block_vars", None)
        named.pop("_loop_vars", None)
        return called(*args, **named)


class QuickEnvironment(Environment):
    """An environment whose templates pass on what is plain."""

    code_generator_class = QuickGenerator
    context_class = QuickContext
    escaped = staticmethod(escaped)
    joined = staticmethod(joined)

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Return an attribute, or else what is kept under that name."""
        found = getattr(obj, attribute, _NONE)
        if found is _NONE and type(obj) is dict:
            found = obj.get(attribute, _NONE)
        return super().getattr(obj, attribute) if found is _NONE else found
