"""What the OpenAPI document promises is what is answered, whatever is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx  # noqa: TC002  # a fixture is told by its type
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from cellchain.contracts import discover
from cellchain.web.api.catalogue import endpoints
from cellchain.web.api.openapi import openapi
from tests.web.site import ADDRESS

if TYPE_CHECKING:
    from tests.web.site import Served

EXAMPLES = 12
"""Of each operation and caller; a night with ten thousand found what is mended."""
CHECKS = [
    schemathesis.checks.not_a_server_error,
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
]
DOCUMENT = openapi(endpoints(discover()), ADDRESS)
SCHEMA = schemathesis.openapi.from_dict(DOCUMENT)
OPERATIONS = {
    operation.label: operation
    for operation in (found.ok() for found in SCHEMA.get_all_operations())
    if not operation.path.endswith("/live")  # answers until the caller hangs up
}


@pytest.fixture(scope="module", params=["signed in", "anonymous"])
def client(request: pytest.FixtureRequest, served: Served) -> httpx.Client:
    return served.client(key=served.key() if request.param == "signed in" else "")


def sent(client: httpx.Client, case: schemathesis.Case) -> httpx.Response:
    """Send what was made up, byte for byte as it was made up."""
    prepared = requests.Request(**case.as_transport_kwargs(base_url=ADDRESS)).prepare()
    body = prepared.body.encode() if isinstance(prepared.body, str) else prepared.body
    return client.request(
        str(prepared.method), str(prepared.url), content=body, headers=dict(prepared.headers)
    )


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_an_operation_answers_what_its_document_says(name: str, client: httpx.Client):
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=OPERATIONS[name].as_strategy())
    def check(case: schemathesis.Case) -> None:
        case.validate_response(sent(client, case), checks=CHECKS)

    check()
