"""Text is escaped as markupsafe does it, by whatever way it gets into a page."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment, StrictUndefined, UndefinedError
from markupsafe import Markup, escape

from cellchain.web.frame.escaping import QuickEnvironment, escaped

ENVIRONMENT = QuickEnvironment(autoescape=True, undefined=StrictUndefined)
HOSTILE = "<script>alert('1')</script>&\""


@given(st.text() | st.integers() | st.none() | st.lists(st.text()) | st.text().map(Markup))
def test_it_escapes_what_markupsafe_escapes(value: object) -> None:
    assert str(escaped(value)) == str(escape(value))


@pytest.mark.parametrize(
    "template",
    [
        "{{ name }}",
        "{{ thing.name }}",
        "{{ name|upper|lower }}",
        "{% for one in [name] %}{{ one }}{% endfor %}",
        "{% macro m(x) %}{{ x }}{% endmacro %}{{ m(name) }}",
        "{{ name if name else 1 }}",
        "{{ name ~ '' }}",
    ],
)
def test_a_template_prints_no_tag_of_others(template: str) -> None:
    thing = SimpleNamespace(name=HOSTILE)
    shown = ENVIRONMENT.from_string(template).render(name=HOSTILE, thing=thing)
    assert shown.lower() == str(escape(HOSTILE)).lower()


def test_markup_of_ours_stays_markup() -> None:
    assert ENVIRONMENT.from_string("{{ x }}").render(x=Markup("<b>")) == "<b>"


def test_the_templates_are_compiled_to_print_quickly() -> None:
    assert "yield escaped(" in ENVIRONMENT.compile("{{ x }}", raw=True)


@pytest.mark.parametrize(
    "template",
    [
        "{{ known.name }} {{ known.items()|list }} {{ known.get('name') }} {{ known['name'] }}",
        "{{ known.absent is defined }} {{ thing.absent is defined }}",
        "{{ known.get('absent', '<b>') }} {{ ' '.join([name, name]) }} {{ name.upper() }}",
        "{{ name ~ 1 ~ thing.name }} {{ mark ~ name }} {{ name ~ mark }} {{ 1 ~ 2 }}",
        "{% for one in [name, mark] %}{{ loop.index ~ one }}{{ known.get('name') }}{% endfor %}",
        "{% macro m(x) %}{{ x ~ caller() }}{% endmacro %}{% call m(name) %}{{ mark }}{% endcall %}",
        "{% set found = known.name %}{% block b %}{{ name ~ known.name }}{% endblock %}{{ found }}",
        "{% autoescape false %}{{ name ~ mark }}{{ name }}{% endautoescape %}{{ name }}",
    ],
)
def test_a_template_says_what_jinja_would_say(template: str) -> None:
    plain = Environment(autoescape=True, undefined=StrictUndefined)
    given = {
        "known": {"name": HOSTILE},
        "mark": Markup("<i>"),
        "name": HOSTILE,
        "thing": SimpleNamespace(name=HOSTILE),
    }
    said = plain.from_string(template).render(given)
    assert ENVIRONMENT.from_string(template).render(given) == said


def test_what_is_not_there_is_no_empty_text() -> None:
    with pytest.raises(UndefinedError):
        ENVIRONMENT.from_string("{{ missing }}").render()
