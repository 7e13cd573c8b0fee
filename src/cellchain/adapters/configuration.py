"""How a home is served: one TOML file, overruled by the environment, checked as a whole.

HOME/cellchain.toml      or the file named by --config
CELLCHAIN_SERVE_ADDRESS  and so on: the section and the name in capitals
"""

from __future__ import annotations

import os
import tomllib
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from cellchain.core.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FILE_NAME = "cellchain.toml"
PREFIX = "CELLCHAIN_"


class Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the file."""


class Serve(Section, frozen=True, kw_only=True):
    """How browsers come."""

    address: str = ""
    """What browsers call it, ``https://book.example``; empty: where it listens."""
    hosts: tuple[str, ...] = ()
    """Further names under which it may be called."""
    requests_per_minute: Annotated[int, msgspec.Meta(ge=0)] = 600
    """From one address; 0: no limit."""
    metrics_public: bool = False
    """Whether ``/metrics`` answers others than this machine."""
    trusted_proxies: tuple[str, ...] = ()
    """Addresses of proxies whose X-Forwarded-For counts."""
    log: str = "requests"
    """``requests``, ``problems`` or ``nothing``; lines of JSON on standard error."""


class ViewsSection(Section, frozen=True, kw_only=True):
    """Where the tables are."""

    url: str = ""
    """``postgresql+psycopg://…``; empty: SQLite in the home."""


class VaultSection(Section, frozen=True, kw_only=True):
    """Where documents are."""

    url: str = ""
    """``s3://bucket/prefix?endpoint=…``; empty: a folder in the home."""
    homes: tuple[str, ...] = ()
    """Addresses of other homes, from which ciphertexts are fetched."""
    scanner: str = ""
    """Where clamd listens: a path, or HOST:PORT; empty: nothing is scanned."""
    document_bytes_max: Annotated[int, msgspec.Meta(ge=1)] = 100 * 10**6


class WebhooksSection(Section, frozen=True, kw_only=True):
    """Where webhooks may lead."""

    networks: tuple[str, ...] = ()
    """Networks that may be reached although they are not public, as ``10.1.0.0/16``."""


class WitnessesSection(Section, frozen=True, kw_only=True):
    """Who cosigns the checkpoints of a solo home."""

    keys: tuple[str, ...] = ()
    """Verifier keys of the witnesses, ``NAME+ID+KEY``: whose cosignatures are kept."""
    push: tuple[str, ...] = ()
    """Addresses of witnesses that want to be told, ``https://witness.example``."""
    late_hours: Annotated[int, msgspec.Meta(ge=1)] = 24
    """How long a witness may not have cosigned what is new before the doctor says so."""


class Provider(Section, frozen=True, kw_only=True):
    """Somebody else who knows the members: an OpenID Connect provider."""

    issuer: str
    client_id: str
    client_secret_file: str = ""
    """A file with the secret, so that it is in no configuration."""
    name: str = "single sign-on"


class Configuration(Section, frozen=True, kw_only=True):
    """The whole file."""

    serve: Serve = Serve()
    views: ViewsSection = ViewsSection()
    vault: VaultSection = VaultSection()
    webhooks: WebhooksSection = WebhooksSection()
    witnesses: WitnessesSection = WitnessesSection()
    oidc: Provider | None = None


def read_configuration(file: Path, environment: Mapping[str, str] | None = None) -> Configuration:
    """Return the configuration in ``file``, if it is there, overruled by the environment.

    Raises:
        Refused: ``config.unreadable``, ``config.value``: what is wrong, and where.
    """
    try:
        given: dict[str, Any] = tomllib.loads(file.read_text("utf-8")) if file.exists() else {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise Refused("config.unreadable", f"{file}: {error}") from error
    for section, name, value in _overruling(os.environ if environment is None else environment):
        given.setdefault(section, {})[name] = value
    try:
        return msgspec.convert(given, Configuration, strict=False)
    except msgspec.ValidationError as error:
        raise Refused(
            "config.value",
            f"{file}: {error}",
            remedy="the settings are in docs/reference/configuration.md",
        ) from error


def _overruling(environment: Mapping[str, str]) -> list[tuple[str, str, Any]]:
    found = []
    for field in msgspec.structs.fields(Configuration):
        kind = Provider if field.name == "oidc" else field.type
        for setting in msgspec.structs.fields(kind):
            text = environment.get(f"{PREFIX}{field.name}_{setting.name}".upper())
            if text is not None:
                many = "tuple" in str(setting.type)
                found.append((field.name, setting.name, text.split(",") if many else text))
    return found
