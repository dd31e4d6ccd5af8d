"""From settings to what each room is told."""

from collections.abc import Mapping
from datetime import timedelta
from ipaddress import ip_network
from types import MappingProxyType

from pydantic import SecretStr

from acuse.health_settings import health_rules
from acuse.oidc_settings import OidcSettings
from acuse.plans.ready_made import ready_made_plans
from acuse.settings import Settings
from acuse.settings_sections import ProviderSettings
from dashboards.access.oidc.config import OidcConfig
from dashboards.access.people import User
from dashboards.access.scripts import Script
from dashboards.config import DashboardsConfig
from delivery.channels import Channel
from ingest.accounts import Account, NotConfigured
from ingest.caller import CallLimits
from ingest.config import IngestConfig
from ingest.dispatch.config import (
    SENDING_SECONDS,
    BreakerConfig,
    DispatchConfig,
    LineConfig,
    ListConfig,
    RetryConfig,
)
from ingest.notify.config import NotifyConfig, ReceiverConfig
from ingest.notify.retrying import Retrying
from ingest.notify.signing import signing_key
from ingest.notify.telling import Wanted
from ingest.plans.prices import Prices
from ingest.plans.resolving import PlanBook
from ingest.provider import CanBePolled
from ingest.providers import PROVIDERS
from sinks.config import ClickHouseConfig, SinkConfig
from streams.config import DecidingConfig, TrackingConfig
from streams.health.config import HealthConfig


def api_tokens(settings: Settings) -> frozenset[str]:
    return frozenset(token.get_secret_value() for token in settings.api.tokens)


def ingest_config(settings: Settings) -> IngestConfig:
    section = settings.ingest
    return IngestConfig(
        bootstrap_servers=settings.kafka.bootstrap_servers,
        accounts=accounts(settings),
        api_tokens=api_tokens(settings),
        body_limit_bytes=section.body_limit_bytes,
        body_timeout_seconds=section.body_timeout_seconds,
        produce_timeout_seconds=section.produce_timeout_seconds,
        max_in_flight=section.max_in_flight,
        buffer_bytes=section.buffer_bytes,
        linger_ms=section.linger_ms,
        book=plan_book(settings),
    )


def plan_book(settings: Settings) -> PlanBook:
    """The plans that can be named, the settings' own before those that come with Acuse, and what sending costs."""
    section = settings.plans
    ready_made = ready_made_plans() if section.ready_made else {}
    plans = MappingProxyType({**ready_made, **(section.model_extra or {})})
    return PlanBook(plans=plans, prices=prices(settings))


def prices(settings: Settings) -> Prices:
    table = {}
    for name in PROVIDERS:
        said = getattr(settings.prices, name)
        table[name] = {Channel(channel): getattr(said, channel) for channel in type(said).model_fields}
    return Prices(table=MappingProxyType(table), currency=settings.prices.currency)


def accounts(settings: Settings) -> Mapping[str, Account]:
    return MappingProxyType({name: _account(name, said) for name, said in settings.provider_sections().items()})


def _account(name: str, said: ProviderSettings) -> Account:
    own = set(type(said).model_fields) - set(ProviderSettings.model_fields)
    credentials = {field: getattr(said, field) for field in own}
    return Account(
        name=name,
        base_url=said.base_url,
        callback_url=said.callback_url,
        callback_username=said.callback_username.get_secret_value(),
        callback_password=said.callback_password.get_secret_value(),
        credentials=MappingProxyType(
            {field: value.get_secret_value() for field, value in credentials.items() if isinstance(value, SecretStr)}
        ),
    )


def dispatch_config(settings: Settings) -> DispatchConfig:
    section = settings.dispatch
    limits = CallLimits(
        connect_seconds=section.connect_seconds,
        read_seconds=section.answer_seconds,
        total_seconds=section.connect_seconds + section.answer_seconds + SENDING_SECONDS,
    )
    return DispatchConfig(
        bootstrap_servers=settings.kafka.bootstrap_servers,
        accounts=accounts(settings),
        lines={
            name: LineConfig(rate_per_second=said.rate_per_second, concurrency=said.concurrency)
            for name, said in settings.provider_sections().items()
        },
        group_id=section.group_id,
        instance_id=section.instance_id,
        calls=limits,
        breaker=BreakerConfig(
            failures=section.breaker_failures,
            open_seconds=section.breaker_seconds,
            pause_seconds=section.pause_seconds,
        ),
        retry=RetryConfig(tries=section.tries, give_up_seconds=section.give_up_seconds),
        lists=ListConfig(interval_seconds=section.list_interval_seconds),
        window=section.window,
        lease_seconds=section.lease_seconds,
        remember=timedelta(hours=section.remember_hours),
        stop_seconds=section.stop_seconds,
        produce_timeout_seconds=settings.ingest.produce_timeout_seconds,
    )


def notify_config(settings: Settings) -> NotifyConfig | None:
    """None where nobody is to be told."""
    section = settings.notify
    if not section.url.get_secret_value():
        return None
    return NotifyConfig(
        bootstrap_servers=settings.kafka.bootstrap_servers,
        receiver=ReceiverConfig(
            url=section.url.get_secret_value(),
            keys=[signing_key(secret.get_secret_value()) for secret in section.secrets],
            ca_file=section.ca_file,
            connect_seconds=section.connect_seconds,
            answer_seconds=section.answer_seconds,
            concurrency=section.concurrency,
            rate_per_second=section.rate_per_second,
        ),
        wanted=Wanted(types=frozenset(section.events), recipient=section.recipient, reply_text=section.reply_text),
        instance_id=settings.dispatch.instance_id,
        retrying=Retrying(schedule=tuple(section.retry_seconds), give_up_seconds=section.give_up_seconds),
        group_id=section.group_id,
        window=section.window,
        begin_hours=section.begin_hours,
        produce_timeout_seconds=settings.ingest.produce_timeout_seconds,
    )


def tracking_config(settings: Settings) -> TrackingConfig:
    section = settings.tracking
    return TrackingConfig(
        bootstrap_servers=settings.kafka.bootstrap_servers,
        data_dir=section.data_dir,
        instance_id=section.instance_id,
        receipt_window=timedelta(hours=section.receipt_window_hours),
        close_interval=timedelta(seconds=section.close_interval_seconds),
    )


def deciding_config(settings: Settings) -> DecidingConfig:
    """It runs beside tracking, and shares its place, its name and its window."""
    section = settings.tracking
    return DecidingConfig(
        bootstrap_servers=settings.kafka.bootstrap_servers,
        data_dir=section.data_dir / "deciding",
        instance_id=section.instance_id,
        receipt_window=timedelta(hours=section.receipt_window_hours),
        close_interval=timedelta(seconds=section.close_interval_seconds),
        polled=polled_channels(accounts(settings)),
    )


def health_config(settings: Settings) -> HealthConfig:
    """It runs beside deciding, under the same name."""
    return HealthConfig(
        bootstrap_servers=settings.kafka.bootstrap_servers,
        instance_id=settings.tracking.instance_id,
        rules=health_rules(settings.health),
    )


def polled_channels(accounts: Mapping[str, Account]) -> Mapping[str, frozenset[Channel]]:
    """For each provider that can be asked how far an attempt has come, and that lets us in, where it can."""
    polled = {name: PROVIDERS[name]() for name in accounts}
    return {
        name: provider.polls_on
        for name, provider in polled.items()
        if isinstance(provider, CanBePolled) and _lets_us_in(provider, accounts[name])
    }


def _lets_us_in(provider: CanBePolled, account: Account) -> bool:
    try:
        provider.headers(account)
    except NotConfigured:
        return False
    return bool(account.base_url or provider.public_base_url)


def clickhouse_config(settings: Settings) -> ClickHouseConfig:
    section = settings.clickhouse
    return ClickHouseConfig(
        path=section.path,
        host=section.host,
        port=section.port,
        secure=section.secure,
        user=section.user,
        password=section.password.get_secret_value(),
        database=section.database,
        cluster=section.cluster,
        connect_seconds=section.connect_seconds,
        write_seconds=section.write_seconds,
        read_seconds=section.read_seconds,
    )


def sink_config(settings: Settings) -> SinkConfig:
    section = settings.sink
    return SinkConfig(
        bootstrap_servers=settings.kafka.bootstrap_servers,
        group_id=section.group_id,
        instance_id=section.instance_id,
        batch_rows=section.batch_rows,
        batch_seconds=section.batch_seconds,
        receipt_window=timedelta(hours=settings.tracking.receipt_window_hours),
    )


def oidc_config(section: OidcSettings) -> OidcConfig | None:
    """None where nobody signs in so."""
    if not section.issuer:
        return None
    return OidcConfig(
        issuer=section.issuer,
        client_id=section.client_id,
        client_secret=section.client_secret.get_secret_value(),
        url=section.url,
        title=section.title,
        scopes=tuple(section.scopes),
        name_claim=section.name_claim,
        role_claim=section.role_claim,
        roles=section.roles,
        answer_seconds=section.answer_seconds,
    )


def dashboards_config(settings: Settings) -> DashboardsConfig:
    section = settings.dashboards
    return DashboardsConfig(
        api_tokens=api_tokens(settings),
        open_to_this_machine=section.open_to_this_machine,
        users=tuple(
            User(name=name, role=said.role, password_hash=said.password_hash.get_secret_value())
            for name, said in section.users.items()
        ),
        scripts=tuple(
            Script(name=name, role=said.role, token_sha256=said.token_sha256.get_secret_value())
            for name, said in section.scripts.items()
        ),
        oidc=oidc_config(section.oidc),
        trusted_proxies=tuple(ip_network(each) for each in section.trusted_proxies),
        query_concurrency=section.query_concurrency,
        query_timeout_seconds=section.query_timeout_seconds,
    )
