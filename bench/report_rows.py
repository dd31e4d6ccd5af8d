"""What reports are asked of: attempts of 90 days with their events, plans, decisions and replies.

ClickHouse makes the rows itself, in the tables that migrations make and in the order in which a sink stores them: a day
at a time, with the versions of a tenth of the attempts that are replaced later, and merged as far as the engine likes
to. One attempt in ten is the second step of the message before it; of two messages in ten there is a plan; one attempt
in fifty is answered. ``plain_outcomes`` has the same without our ordering, types and codecs.
"""

import time
from datetime import UTC, datetime
from typing import Final

from clickhouse_connect.driver.client import Client

BEGAN: Final = datetime(2026, 3, 10, tzinfo=UTC)
DAYS: Final = 90
MERGED_WITHIN_SECONDS: Final = 120

NUMBERED: Final = """
WITH
    cityHash64(number, 7) AS dice,
    number % 10 = 9 AS second,
    number - second AS asked,
    toDateTime64('2026-03-10 00:00:00', 6, 'UTC')
        + toIntervalMillisecond(intDiv(number * 7776000000, {attempts:UInt64})) AS opened,
    toDateTime64('2026-03-10 00:00:00', 6, 'UTC')
        + toIntervalMillisecond(intDiv(asked * 7776000000, {attempts:UInt64})) AS asked_at,
    concat(
        lower(leftPad(hex(toUnixTimestamp64Milli(asked_at)), 12, '0')), '-', leftPad(toString(asked), 23, '0')
    ) AS message,
    concat(toString(number), ':h', hex(dice)) AS named,
    ['mensatek', 'messente', 'altiria'][dice % 3 + 1] AS through,
    if(dice % 7 = 0, 'whatsapp', 'sms') AS way,
    ['ES', 'CO', 'MX', 'PT', 'FR', 'DE'][dice % 6 + 1] AS into,
    concat('campaign ', toString(dice % 40)) AS campaign,
    round(exp((dice % 997) / 997 * 8) / 4 + (dice % 1000) / 1e6, 6) AS took,
    dice % 100 >= 92 AS failing,
    ['absent_subscriber', 'unknown_number', 'blocked'][dice % 3 + 1] AS why
"""
IN_TURN: Final = " FROM numbers({first:UInt64}, {count:UInt64}) "

ATTEMPTS: Final = f"""
INSERT INTO attempts
    (provider, ref, channel, message_id, derived_message_id, stage, reason, code, final, opened_at, updated_at,
     handed_at, sent_at, delivered_at, failed_at, replied_at, delivery_seconds, clock, country, number_type, carrier,
     reference, sender, step, expected_cost, version, month, heard_at, _offset)
{NUMBERED},
    {{version:UInt64}} = 1 OR dice % 50 = 0 AS waiting
SELECT through, named, way, message, '', multiIf(waiting, 'sent', failing, 'undelivered', 'delivered'),
    if(failing AND NOT waiting, why, NULL), if(failing AND NOT waiting, toString(dice % 40), ''), NOT waiting,
    opened, opened + toIntervalMillisecond(took * 1000), opened, opened,
    if(waiting OR failing, NULL, opened + toIntervalMicrosecond(took * 1000000)),
    if(failing AND NOT waiting, opened + toIntervalMillisecond(took * 1000), NULL),
    if(waiting OR number % 50 > 0, NULL, opened + toIntervalMinute(9)), if(waiting OR failing, NULL, took),
    if(waiting OR failing, NULL, 'provider'), into, 'mobile', ['Vodafone', 'Orange', 'Movistar'][dice % 3 + 1],
    campaign, concat('SENDER', toString(dice % 20)), second + 1,
    if(number % 10 IN (7, 8), toDecimal128('0.05', 10), NULL), {{version:UInt64}}, formatDateTime(opened, '%Y-%m'),
    opened, number * 2 + {{version:UInt64}}
{IN_TURN} WHERE {{version:UInt64}} = 2 OR dice % 10 = 0
"""

EVENTS: Final = f"""
INSERT INTO events
    (provider, ref, kind, event_id, channel, stage, reason, final, code, code_text, received_at, message_id, source,
     country, reference, recipient, sender, text, reply_id, answers_attempt, occurred_at, zone, precision, _offset)
{NUMBERED}
SELECT through, named, kind, concat(kind, named), way, multiIf(kind = 'send', 'queued', kind = 'reply', NULL,
    failing, 'undelivered', 'delivered'), if(kind = 'status' AND failing, why, NULL), kind = 'status',
    if(kind = 'status' AND failing, toString(dice % 40), '0'),
    if(kind = 'status' AND failing, concat('it was ', why), ''),
    opened + toIntervalMillisecond(indexOf(['send', 'status', 'reply'], kind) * took * 500), message, 'webhook', into,
    campaign, if(kind = 'reply', '+34600000001', '+34600000002'),
    if(kind = 'reply', concat('+346', toString(dice % 100000)), concat('SENDER', toString(dice % 20))),
    if(kind = 'reply', ['STOP', 'thank you', 'which day?'][dice % 3 + 1], NULL), if(kind = 'reply', named, ''),
    kind = 'reply', opened + toIntervalMillisecond(took * 900), 'stated', 'second',
    number * 3 + indexOf(['send', 'status', 'reply'], kind)
FROM numbers({{first:UInt64}}, {{count:UInt64}}) ARRAY JOIN
    multiIf(number % 50 = 0, ['send', 'status', 'reply'], ['send', 'status']) AS kind
"""  # noqa: S608 - of our own words

REQUESTS: Final = f"""
INSERT INTO requests (message_id, kind, received_at, provider, channel, country, reference, plan, plan_version, _offset)
{NUMBERED}
SELECT message, 'message', asked_at, through, way, into, campaign, concat('plan ', toString(dice % 3)), 'v1', number
{IN_TURN} WHERE number % 10 IN (7, 8)
"""

DECISIONS: Final = f"""
INSERT INTO decisions
    (message_id, decision_id, kind, decided_at, why, provider, channel, step, tries, cost, outcome, added_seconds,
     reason, plan, plan_version, _offset)
{NUMBERED}
SELECT message, concat(message, '/', toString(at)), if(at = 3, 'outcome', 'send'), opened,
    ['requested', 'failed', 'settled'][at], if(at = 3, NULL, if(at = 1, through, 'altiria')),
    if(at = 3, NULL, if(at = 1, way, 'voice')), least(at, 2), if(at = 3, NULL, 0),
    if(at = 3, NULL, toDecimal128('0.05', 10)), if(at = 3, ['rescued', 'needless', 'failed_too'][dice % 3 + 1], NULL),
    if(at = 3, took, NULL), if(at = 2, why, NULL), concat('plan ', toString(dice % 3)), 'v1', number * 3 + at
FROM numbers({{first:UInt64}}, {{count:UInt64}}) ARRAY JOIN if(number % 10 = 8, [1, 2, 3], [1]) AS at
WHERE number % 10 IN (7, 8)
"""  # noqa: S608 - of our own words

PLAIN_LATEST: Final = """
(
    SELECT *
    FROM plain_outcomes
    WHERE (provider, ref, version) IN
    (
        SELECT provider, ref, max(version)
        FROM plain_outcomes
        WHERE opened_at >= {since:DateTime64(6, 'UTC')} AND opened_at < {until:DateTime64(6, 'UTC')}
        GROUP BY provider, ref
    )
) AS outcomes
"""
"""What stands for ``outcomes FINAL`` where the table neither orders nor replaces."""


def store(writer: Client, attempts: int) -> None:
    """So many attempts, and what belongs to them, a day at a time."""
    day = -(-attempts // DAYS)
    for first in range(0, attempts, day):
        asked = {"attempts": attempts, "first": first, "count": min(day, attempts - first)}
        for version in (1, 2):
            writer.command(ATTEMPTS, parameters={**asked, "version": version})
        for statement in (EVENTS, REQUESTS, DECISIONS):
            writer.command(statement, parameters=asked)


def store_plainly(writer: Client) -> None:
    """All that was put into ``outcomes``, without our ordering, types and codecs; returns once it is merged."""
    described = writer.query("DESCRIBE TABLE outcomes").result_rows
    columns = ", ".join(f"{name} {_plain(kind)} CODEC(NONE)" for name, kind, *_ in described)
    writer.command(f"CREATE TABLE plain_outcomes ({columns}) ENGINE = MergeTree ORDER BY tuple()")
    writer.command("INSERT INTO plain_outcomes SELECT * FROM outcomes")
    deadline = time.monotonic() + MERGED_WITHIN_SECONDS
    while writer.command("SELECT count() FROM system.merges") and time.monotonic() < deadline:
        time.sleep(0.5)


def _plain(kind: str) -> str:
    return kind.removeprefix("LowCardinality(").removesuffix(")") if kind.startswith("LowCardinality(") else kind
