"""Every setting, its meaning, its limits and its default: the one definition that is checked, read and documented."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BeforeValidator, Field, SecretStr, create_model

from acuse.oidc_settings import OidcSettings
from acuse.people_settings import ProxyNetwork, ScriptSettings, UserName, UserSettings
from acuse.settings_parts import Count, Port, Seconds, Secrets, Section, default_of, none_if_blank, split
from dashboards.config import DashboardsConfig
from ingest.caller import CallLimits
from ingest.config import IngestConfig
from ingest.dispatch.config import (
    ANSWER_SECONDS,
    BreakerConfig,
    DispatchConfig,
    LineConfig,
    ListConfig,
    RetryConfig,
)
from ingest.providers import PROVIDERS
from sinks.config import ClickHouseConfig, SinkConfig


class HealthSection(Section):
    health_host: str = Field(
        default="127.0.0.1", description="Address that serves /livez, /readyz and /metrics of this role."
    )


class KafkaSettings(Section):
    about = "Where Kafka is. `acuse up` runs its own and ignores this."
    bootstrap_servers: str = Field(default="127.0.0.1:9092", description="host:port of one or more brokers, by commas.")
    replication_factor: Annotated[int, Field(ge=-1)] = Field(
        default=1, description="Copies of each topic's records when Acuse creates it; -1 takes the broker's default."
    )


class ClickHouseSettings(Section):
    about = "Where the projection is kept. `acuse up` keeps its own under --data and ignores this."
    path: Annotated[Path | None, BeforeValidator(none_if_blank)] = Field(
        default=None, description="Directory of an embedded chDB; leave it out to use a server."
    )
    host: str = Field(default=default_of(ClickHouseConfig, "host"), description="The server's host name.")
    port: Port = Field(default=default_of(ClickHouseConfig, "port"), description="The server's HTTP port.")
    secure: bool = Field(default=default_of(ClickHouseConfig, "secure"), description="Whether the server speaks HTTPS.")
    user: str = Field(default=default_of(ClickHouseConfig, "user"), description="User at the server.")
    password: SecretStr = Field(default=SecretStr(""), description="The user's password.")
    database: str = Field(default=default_of(ClickHouseConfig, "database"), description="Database of Acuse's tables.")
    cluster: Annotated[str | None, BeforeValidator(none_if_blank)] = Field(
        default=None, description="Cluster to make replicated tables on; none for a single server."
    )
    connect_seconds: Count = Field(
        default=default_of(ClickHouseConfig, "connect_seconds"),
        description="Longest wait for a connection, in seconds.",
    )
    write_seconds: Count = Field(
        default=default_of(ClickHouseConfig, "write_seconds"), description="Longest wait for an insert, in seconds."
    )
    read_seconds: Count = Field(
        default=default_of(ClickHouseConfig, "read_seconds"), description="Longest run of a reader's query, in seconds."
    )


class IngestSettings(Section):
    about = "The edge: webhooks and the send API."
    host: str = Field(default="127.0.0.1", description="Address to listen on; 0.0.0.0 for every interface.")
    port: Port = Field(default=8090, description="Port to listen on.")
    body_limit_bytes: Annotated[int, Field(ge=1024, le=700 * 1024)] = Field(
        default=default_of(IngestConfig, "body_limit_bytes"), description="Longest request body taken, in bytes."
    )
    body_timeout_seconds: Seconds = Field(
        default=default_of(IngestConfig, "body_timeout_seconds"), description="Longest wait for a request's body."
    )
    produce_timeout_seconds: Seconds = Field(
        default=default_of(IngestConfig, "produce_timeout_seconds"),
        description="Longest wait for Kafka's acknowledgement before 503 is answered.",
    )
    max_in_flight: Count = Field(
        default=default_of(IngestConfig, "max_in_flight"), description="Requests that may wait for Kafka at one time."
    )
    buffer_bytes: Annotated[int, Field(ge=1024 * 1024)] = Field(
        default=default_of(IngestConfig, "buffer_bytes"),
        description="Bodies and unacknowledged records held in memory, in bytes.",
    )
    linger_ms: Annotated[int, Field(ge=0, le=1000)] = Field(
        default=default_of(IngestConfig, "linger_ms"),
        description="How long a record waits for company on its way to Kafka.",
    )


class ApiSettings(Section):
    about = "Who may use the send API and the query API."
    tokens: Secrets = Field(default=[], description="Bearer tokens. `acuse up` makes one if there is none.")


class TrackingSettings(HealthSection):
    about = "The Faust worker that folds events into attempts, and decides what follows from these and from requests."
    data_dir: Path = Field(default=Path("data/tracking"), description="Directory of the worker's local store.")
    receipt_window_hours: Annotated[float, Field(gt=0)] = Field(
        default=72.0,
        description="How long an attempt without a final receipt is waited for before it is closed as unknown.",
    )
    close_interval_seconds: Seconds = Field(default=60.0, description="How often closed attempts are looked for.")
    instance_id: str = Field(
        default="tracking-1",
        description="The worker's name in its group: the same after each restart, and no other running worker's.",
    )
    health_port: Port = Field(default=8091, description="Port of /livez, /readyz and /metrics.")


class SinkSettings(HealthSection):
    about = "Kafka to ClickHouse."
    group_id: str = Field(default=default_of(SinkConfig, "group_id"), description="Kafka consumer group.")
    instance_id: Annotated[str | None, BeforeValidator(none_if_blank)] = Field(
        default=None, description="The sink's name in its group, to be assigned its partitions at once after a restart."
    )
    batch_rows: Count = Field(default=default_of(SinkConfig, "batch_rows"), description="Records that fill a batch.")
    batch_seconds: Seconds = Field(
        default=default_of(SinkConfig, "batch_seconds"), description="Age at which a batch is written though not full."
    )
    health_port: Port = Field(default=8092, description="Port of /livez, /readyz and /metrics.")


class DashboardsSettings(Section):
    about = "The pages and the query API."
    host: str = Field(default="127.0.0.1", description="Address to listen on; 0.0.0.0 for every interface.")
    port: Port = Field(default=8080, description="Port to listen on.")
    open_to_this_machine: bool = Field(
        default=False, description="Whether this machine may read without a token (and others not at all)."
    )
    query_concurrency: Count = Field(
        default=default_of(DashboardsConfig, "query_concurrency"), description="Queries run at one time."
    )
    query_timeout_seconds: Seconds = Field(
        default=default_of(DashboardsConfig, "query_timeout_seconds"),
        description="Longest run of a query, and wait for its turn.",
    )
    trusted_proxies: Annotated[list[ProxyNetwork], BeforeValidator(split)] = Field(
        default=[],
        description="Networks of your own reverse proxies, such as 10.0.0.0/8: where a request comes from one, its "
        "X-Forwarded-For says who asks, for the limits on signing in. Of all others it is not read.",
    )
    users: dict[UserName, UserSettings] = Field(
        default={},
        description="Who may sign in: for each name a section [dashboards.users.NAME] with role (viewer, analyst, "
        "auditor or operator) and password_hash, which `acuse user hash` makes. `acuse up` makes one if there is none.",
    )
    scripts: dict[UserName, ScriptSettings] = Field(
        default={},
        description="Programs that may read, for each a section [dashboards.scripts.NAME] with role and token_sha256, "
        "which `acuse user token` makes. Who shows one of [api] tokens instead has the role analyst.",
    )
    oidc: OidcSettings = OidcSettings()


class DispatchSettings(HealthSection):
    about = "The dispatcher: what it does with decisions to send, poll, cancel and settle."
    group_id: str = Field(default=default_of(DispatchConfig, "group_id"), description="Kafka consumer group.")
    instance_id: Annotated[str | None, BeforeValidator(none_if_blank)] = Field(
        default=None,
        description="The dispatcher's name in its group, to be assigned its partitions at once after a restart; no "
        "other running one's.",
    )
    window: Annotated[int, Field(ge=10)] = Field(
        default=default_of(DispatchConfig, "window"),
        description="Decisions of one partition that may be under way or wait for their turn.",
    )
    tries: Count = Field(
        default=default_of(RetryConfig, "tries"),
        description="How often a message is tried that was certainly not taken, before it is given up.",
    )
    give_up_seconds: Seconds = Field(
        default=default_of(RetryConfig, "give_up_seconds"),
        description="How long a message is tried for while the provider is busy, away, or refuses our credentials.",
    )
    connect_seconds: Seconds = Field(
        default=default_of(CallLimits, "connect_seconds"), description="Longest wait for a provider's connection."
    )
    answer_seconds: Seconds = Field(
        default=ANSWER_SECONDS,
        description="Longest wait for a provider's answer; after it a message is in doubt.",
    )
    lease_seconds: Seconds = Field(
        default=default_of(DispatchConfig, "lease_seconds"),
        description="How long a claim to a message is good for: a call begins within it or not at all.",
    )
    remember_hours: Annotated[float, Field(gt=0)] = Field(
        default=default_of(DispatchConfig, "remember").total_seconds() / 3600,
        description="How long what became of messages is kept in memory; for an older one it is read again.",
    )
    breaker_failures: Count = Field(
        default=default_of(BreakerConfig, "failures"),
        description="Failed calls in a row after which an account is left alone.",
    )
    breaker_seconds: Seconds = Field(
        default=default_of(BreakerConfig, "open_seconds"),
        description="How long it is left alone; twice as long each time, up to two minutes.",
    )
    pause_seconds: Seconds = Field(
        default=default_of(BreakerConfig, "pause_seconds"),
        description="How long an account that refuses our credentials is left alone; twice as long each time, up to an "
        "hour.",
    )
    list_interval_seconds: Seconds = Field(
        default=default_of(ListConfig, "interval_seconds"),
        description="How often providers that only tell when asked are asked for inbound messages.",
    )
    stop_seconds: Seconds = Field(
        default=default_of(DispatchConfig, "stop_seconds"),
        description="How long calls under way are waited for at the end.",
    )
    health_port: Port = Field(default=8093, description="Port of /livez, /readyz and /metrics.")


class LoggingSettings(Section):
    about = "What the processes say of themselves. Secrets and phone numbers never show."
    level: Literal["debug", "info", "warning", "error"] = Field(default="info", description="The least that is said.")
    format: Literal["auto", "console", "json"] = Field(
        default="auto", description="auto: for people on a terminal, JSON lines elsewhere."
    )


class ProviderSettings(Section):
    base_url: str = Field(default="", description="Where the provider's API is; empty for its own public address.")
    callback_url: str = Field(
        default="",
        description="Where the provider reaches our webhook, without credentials; given with each message where the "
        "provider takes that. `acuse up` fills in its own.",
    )
    rate_per_second: Annotated[float, Field(gt=0)] = Field(
        default=default_of(LineConfig, "rate_per_second"), description="Calls to it in a second, at most."
    )
    concurrency: Count = Field(
        default=default_of(LineConfig, "concurrency"), description="Calls to it at one time, at most."
    )
    callback_username: SecretStr = Field(default=SecretStr(""), description="User name that its callbacks must show.")
    callback_password: SecretStr = Field(default=SecretStr(""), description="Password that its callbacks must show.")


def _provider_section(name: str) -> type[ProviderSettings]:
    provider = PROVIDERS[name]
    credentials: dict[str, Any] = {
        field: (SecretStr, Field(default=SecretStr(""), description=f"{provider.title}'s own credential."))
        for field in provider.credential_fields
    }
    section = create_model(f"{name.capitalize()}Settings", __base__=ProviderSettings, **credentials)
    section.about = f"The account at {provider.title}."
    return section


def _providers_section() -> type[Section]:
    sections: dict[str, Any] = {}
    for name in PROVIDERS:
        section = _provider_section(name)
        sections[name] = (section, Field(default=section()))
    return create_model("ProvidersSettings", __base__=Section, **sections)


if TYPE_CHECKING:
    ProvidersSettings = Section
else:
    ProvidersSettings = _providers_section()
"""One section a provider of the registry, with the credentials that the provider names."""
