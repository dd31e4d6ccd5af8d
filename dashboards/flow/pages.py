"""The pages of what flows: events as they come in, and how the pipeline that carries them does."""

from typing import Final

from starlette.routing import Route

from dashboards.report_pages import ReportPage

HINT: Final = "acuse send --to +34600000000 --channel sms --provider messente --text Hola"
FLOW_PAGES: Final = (
    ReportPage(name="live", title="Live", report="/v1/events", hint=HINT),
    ReportPage(name="pipeline", title="Pipeline", report="/v1/pipeline", hint=HINT),
)


def flow_pages() -> list[Route]:
    return [Route(f"/{page.name}", page.show) for page in FLOW_PAGES]
