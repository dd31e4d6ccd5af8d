"""Every metric that Acuse exposes to Prometheus, by name, with a line of meaning each.

Labels are providers, channels, kinds, stages, topics and tables: never a number, an id or anybody's text.
"""

from enum import StrEnum


class MetricName(StrEnum):
    pass
