"""A pytest plugin: puts Pigeon Post into the registry, as its line in `ingest/providers/__init__.py` would.

With it every test that goes by the registry is a test of Pigeon Post too.
"""

from types import MappingProxyType

from ingest import providers
from tests.newcomer.pigeon import PROVIDER

providers.PROVIDERS = MappingProxyType({**providers.PROVIDERS, PROVIDER.name: PROVIDER})  # type: ignore[misc]
