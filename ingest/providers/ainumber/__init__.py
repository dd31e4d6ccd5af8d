from ingest.providers.ainumber.callbacks import PROVIDER

__all__ = ["PROVIDER"]
