"""Everything that Grafana and ClickHouse are to be told so that the dashboards work, as files by their paths."""

import hashlib
import json
from typing import Any, Final
from xml.sax.saxutils import escape

from dashboards.grafana.boards import SOURCE, boards

USER: Final = "acuse_grafana"
PASSWORD_FILE: Final = "clickhouse_password"  # noqa: S105 - its name
LONGEST_SECONDS: Final = 15
GRANTED: Final = ("outcomes", "code_words", "journeys")
"""The tables that the dashboards read. In none is anything of a person: no number, no text."""

FOLDER: Final = {
    "name": "Acuse",
    "folder": "Acuse",
    "type": "file",
    "disableDeletion": True,
    "allowUiUpdates": False,
    "options": {"path": "/etc/grafana/acuse/dashboards"},
}
"""Where Grafana finds the dashboards, and shows them."""


def files(*, host: str, port: int, database: str, password: str) -> dict[str, str]:
    """What stands in which file. Grafana reads the password from the file `PASSWORD_FILE` beside them, which is not
    one of these; ClickHouse is given its digest.
    """
    source = _source(host, port, database)
    return {
        "provisioning/datasources/acuse.yaml": _yaml({"apiVersion": 1, "datasources": [source]}),
        "provisioning/dashboards/acuse.yaml": _yaml({"apiVersion": 1, "providers": [FOLDER]}),
        **{f"dashboards/{uid}.json": json.dumps(board, indent=1) + "\n" for uid, board in boards().items()},
        "clickhouse.xml": _user(database, password),
    }


def _source(host: str, port: int, database: str) -> dict[str, Any]:
    return {
        "name": "Acuse",
        **SOURCE,
        "access": "proxy",
        "editable": False,
        "jsonData": {
            "host": host,
            "port": port,
            "protocol": "http",
            "username": USER,
            "defaultDatabase": database,
            "queryTimeout": str(LONGEST_SECONDS),
        },
        "secureJsonData": {"password": f"$__file{{/etc/grafana/acuse/{PASSWORD_FILE}}}"},
    }


def _yaml(told: dict[str, Any]) -> str:
    """JSON, which YAML is a larger language than."""
    return json.dumps(told, indent=2) + "\n"


def _user(database: str, password: str) -> str:
    """A user of ClickHouse's that may read what the dashboards ask and nothing else, for its folder `users.d`."""
    grants = "\n".join(f"        <query>{escape(grant)}</query>" for grant in grants_of(database))
    return f"""<clickhouse>
  <profiles>
    <{USER}>
      <readonly>1</readonly>
      <max_execution_time>{LONGEST_SECONDS}</max_execution_time>
      <do_not_merge_across_partitions_select_final>1</do_not_merge_across_partitions_select_final>
      <constraints>
        <max_execution_time><max>{LONGEST_SECONDS * 2}</max><changeable_in_readonly/></max_execution_time>
      </constraints>
    </{USER}>
  </profiles>
  <users>
    <{USER}>
      <password_sha256_hex>{hashlib.sha256(password.encode()).hexdigest()}</password_sha256_hex>
      <networks><ip>::/0</ip></networks>
      <profile>{USER}</profile>
      <quota>default</quota>
      <grants>
{grants}
      </grants>
    </{USER}>
  </users>
</clickhouse>
"""


def grants_of(database: str) -> list[str]:
    """What that user may, statement by statement."""
    return [f"GRANT SELECT ON {database}.{table}" for table in GRANTED]
