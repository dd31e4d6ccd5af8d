"""`acuse plan backtest`: the record of a time, read from Kafka and lived through again under another plan."""
