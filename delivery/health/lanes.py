"""What is judged, and what is shared out: ways to people, and those who compete for them."""

from msgspec import Struct

from delivery.channels import Channel


class Lane(Struct, frozen=True, order=True):
    """A way to people: a provider's channel into ``country`` (ISO 3166-1 alpha-2), or into all, where that is ""."""

    provider: str
    channel: Channel
    country: str = ""

    def __str__(self) -> str:
        return "/".join(part for part in (self.provider, self.channel.value, self.country) if part)

    @property
    def group(self) -> "Group":
        return Group(self.channel, self.country)

    @property
    def wider(self) -> "Lane | None":
        """The same way into all countries; None where it is that."""
        return Lane(self.provider, self.channel) if self.country else None


class Group(Struct, frozen=True, order=True):
    """Those who compete: the providers of one channel into one country, or into all, where that is ""."""

    channel: Channel
    country: str = ""

    def __str__(self) -> str:
        return "/".join(part for part in (self.channel.value, self.country) if part)

    @property
    def wider(self) -> "Group | None":
        return Group(self.channel) if self.country else None
