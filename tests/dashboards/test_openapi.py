"""The API's description: valid, complete, and true of what is answered."""

import re

import jsonschema
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from dashboards.access.people import needed_role
from dashboards.alerts import NARROWED_BY as ALERTED_BY
from dashboards.app import create_app
from dashboards.config import DashboardsConfig
from dashboards.decisions import NARROWED_BY
from dashboards.filters import FILTERS, NOT_IN_URL, PAGE
from dashboards.openapi import document
from dashboards.reader import Reader
from dashboards.responses import for_machines
from delivery.identities import attempt_key, derived_message_id
from delivery.stages import Stage
from tests.sinks.sending_story import SendingStory


def test_the_document_is_valid() -> None:
    OpenAPIV31SpecValidator(document()).validate()


def test_every_route_of_the_api_is_described() -> None:
    app = create_app(DashboardsConfig(), Reader(lambda: None, concurrency=1, timeout_seconds=1))
    paths = {route.path.replace(":path", "") for route in app.routes}
    described = {path for path in paths if for_machines(path)} - {"/openapi.json"}
    assert set(document()["paths"]) == described


def test_every_parameter_is_described() -> None:
    listed = document()["paths"]["/v1/messages"]["get"]["parameters"]
    assert {parameter["name"] for parameter in listed} == {*FILTERS, *PAGE, "format"} - {*NOT_IN_URL}
    body = document()["paths"]["/v1/messages/search"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert set(body["properties"]) == {*FILTERS, *PAGE}
    for path, known in (
        ("/v1/decisions", {*NARROWED_BY, *PAGE, "format"}),
        ("/v1/alerts", {*ALERTED_BY, *PAGE, "format"}),
        ("/v1/doubts", {*PAGE, "format"}),
    ):
        described = document()["paths"][path]["get"]["parameters"]
        assert {parameter["name"] for parameter in described} == known


@pytest.mark.parametrize("clickhouse_config", ["embedded"], indirect=True)
@pytest.mark.parametrize(
    ("path", "schema"),
    [
        ("/v1/attempts/mensatek/77:habc", "AttemptAnswer"),
        ("/v1/messages/{message_id}", "MessageAnswer"),
        ("/v1/messages", "Listing"),
        ("/v1/doubts", "Doubts"),
        ("/v1/decisions", "Decisions"),
        ("/v1/alerts", "Alerts"),
        ("/v1/amiss", "Amiss"),
        ("/v1/stored", "Stored"),
        ("/v1/events", "LiveEvents"),
        ("/v1/reports/failover?from=2026-03-31T00:00:00Z&to=2026-04-02T00:00:00Z", "FailoverReport"),
        ("/v1/messages?limit=0", "ErrorAnswer"),
        ("/readyz", "Health"),
    ],
)
async def test_what_is_answered_is_as_described(path, schema, projection, client, history) -> None:
    story = history()
    projection.store([story.send(1.0), story.status(Stage.DELIVERED, 9.0, 8.0), story.status(Stage.EXPIRED, 20.0)])
    projection.store([story.reply(30.0)])
    message_id = derived_message_id(attempt_key(story.provider, story.ref))
    sending = SendingStory(message_id=message_id)
    projection.tell(
        *(sending.request(plan=sending.plan()), sending.cancel_request(1.0), sending.settle_request(2.0)),
        *(sending.send(step=2), sending.poll(5.0), sending.cancel(6.0), sending.settle(7.0)),
        *sending.planned(),
        *(sending.alert(9.0), sending.notice(10.0)),
        *sending.all_calls(),
        sending.doubt(9.0, decision_id=f"{message_id}/2", step=2),
    )
    answer = (await client.get(path.replace("{message_id}", message_id))).json()
    described = {"$ref": f"#/components/schemas/{schema}", "components": document()["components"]}
    jsonschema.Draft202012Validator(described).validate(answer)
    assert set(answer) <= set(document()["components"]["schemas"][schema]["properties"])


async def test_the_page_says_all_that_the_document_does(unread_client) -> None:
    page = (await unread_client.get("/openapi")).text
    told = document()
    for path, operations in told["paths"].items():
        for method, operation in operations.items():
            assert f"<code>{method.upper()} {path}</code>" in page
            assert operation.get("x-acuse-role") == (needed_role(path) if path.startswith("/v1/") else None)
            assert f'<section class="panel" id="{operation["operationId"]}"' in page
            assert all(f"<code>{each['name']}</code>" in page for each in operation.get("parameters", []))
    names = re.findall(r' id="([^"]+)"', page)
    assert len(names) == len(set(names))
    assert set(told["components"]["schemas"]) <= set(names)
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(names)
    assert "<script" not in page
    assert "style=" not in page
