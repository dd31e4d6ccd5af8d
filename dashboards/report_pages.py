"""The pages of reports. The server gives their frame, at once; what is in it the browser asks of the API."""

from collections.abc import Iterable
from functools import cache
from importlib import resources
from typing import Final

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from dashboards.access.people import visitor_of
from dashboards.templating import rendered

CHARTS: Final = "echarts/echarts.esm.min.js"
"""Put there when the package is built: see `hatch_build.py`."""


class ReportPage(Struct, frozen=True, kw_only=True):
    """`name` is that of its module in `static/pages/` and, with hyphens, of its address; `report` is where the
    same is answered as JSON, and `hint` are the commands that make something come in.
    """

    name: str
    title: str
    report: str
    hint: str

    async def show(self, request: Request) -> Response:
        told = {name: getattr(self, name) for name in self.__struct_fields__}
        return HTMLResponse(rendered("report.html", **told, charts=charts_address(), visitor=visitor_of(request)))


@cache
def charts_address() -> str:
    """Where the browser finds ECharts; "" where this installation was made without."""
    there = resources.files("dashboards").joinpath("static", CHARTS).is_file()
    return f"/static/{CHARTS}" if there else ""


PAGES: Final = (
    ReportPage(
        name="overview",
        title="Overview",
        report="/v1/reports/overview",
        hint="acuse send --to +34600000000 --channel sms --provider messente --text Hola",
    ),
    ReportPage(
        name="delivery_time",
        title="Delivery time",
        report="/v1/reports/delivery-time",
        hint="acuse send --to +34600000000 --channel sms --provider messente --text Hola",
    ),
    ReportPage(
        name="failures",
        title="Failures",
        report="/v1/reports/failures",
        hint="acuse send --to +34600000000 --channel sms --provider messente --text Hola",
    ),
    ReportPage(
        name="failover",
        title="Failover",
        report="/v1/reports/failover",
        hint="acuse plan list\nacuse send --plan viber-sms --to +34600000000 --text Hola",
    ),
    ReportPage(
        name="providers",
        title="Providers",
        report="/v1/reports/providers",
        hint="acuse send --to +34600000000 --channel sms --provider messente --text Hola",
    ),
    ReportPage(
        name="replies",
        title="Replies",
        report="/v1/reports/replies",
        hint="acuse send --to +34600000000 --channel whatsapp --provider messente --text Hola",
    ),
)


def report_pages(pages: Iterable[ReportPage] = PAGES) -> list[Route]:
    return [Route(f"/reports/{page.name.replace('_', '-')}", page.show) for page in pages]
