"""Kafka to ClickHouse: a projection that can be dropped and rebuilt."""
