from itertools import count

import pytest
from sqlalchemy import create_engine, text

from cellchain.adapters.views import discover_views, open_views
from cellchain.contracts import discover
from tests.integration.views.postgres import PORT, running_server

NUMBERS = count()
CONTRACTS = tuple(discover().values())


@pytest.fixture(scope="session")
def server():
    with running_server() as folder:
        yield folder


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    """The address of an empty database of either kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/views.db"
    folder = request.getfixturevalue("server")
    name = f"views{next(NUMBERS)}"
    base = f"postgresql+psycopg://cellchain@/{{}}?host={folder}&port={PORT}"
    engine = create_engine(base.format("postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as db:
        db.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return base.format(name)


@pytest.fixture
def opened(url):
    """Open the views at the address, as often as asked."""
    found = []

    def open_them(**options):
        views = options.pop("views", discover_views(CONTRACTS))
        found.append(open_views(url, CONTRACTS, views, **options))
        return found[-1]

    yield open_them
    for views in found:
        views.close()
