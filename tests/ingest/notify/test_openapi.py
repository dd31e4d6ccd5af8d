"""The description of notices is valid, and what is sent is as it says."""

import json

import jsonschema
from openapi_spec_validator import validate

from delivery.decisions import encode_decision
from delivery.notices import NoticeType
from ingest.config import IngestConfig
from ingest.notify.telling import Wanted, of_decision_record
from ingest.openapi import openapi_document
from ingest.providers import PROVIDERS
from tests.ingest.notify.test_telling import ends


def test_notices_are_described_where_the_rest_of_ingest_is() -> None:
    document = json.loads(
        json.dumps(openapi_document(PROVIDERS, IngestConfig(bootstrap_servers="", accounts={}, api_tokens=frozenset())))
    )
    validate(document)
    schema = document["webhooks"]["notice"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert set(schema["discriminator"]["mapping"]) == set(NoticeType)
    telling = of_decision_record(encode_decision(ends()), Wanted())
    assert telling is not None
    whole = {**schema, "components": document["components"]}
    jsonschema.Draft202012Validator(whole).validate(json.loads(telling.body))
