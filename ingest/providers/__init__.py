"""Every provider that Acuse knows, by the name that stands in URLs, settings and attempt keys."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from ingest.provider import Provider
from ingest.providers import ainumber, altiria, enviosms, mensatek, messente

PROVIDERS: Final[Mapping[str, type[Provider]]] = MappingProxyType(
    {
        provider.name: provider
        for provider in (
            altiria.PROVIDER,
            mensatek.PROVIDER,
            messente.PROVIDER,
            ainumber.PROVIDER,
            enviosms.PROVIDER,
        )
    }
)
