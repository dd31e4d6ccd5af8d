from ingest.providers.altiria.callbacks import PROVIDER

__all__ = ["PROVIDER"]
