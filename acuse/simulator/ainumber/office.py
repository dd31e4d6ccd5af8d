"""The teams of the simulated account and their members."""

from typing import Any, Final

from starlette.responses import Response

from acuse.simulator.ainumber.answers import page
from acuse.simulator.ainumber.parameters import Parameters

MEMBERS: Final = {
    "0a4f4e0e-7b1c-4c55-8d2e-000000000001": ("Ana Ruiz", "owner", "online"),
    "0a4f4e0e-7b1c-4c55-8d2e-000000000002": ("Luis Gil", "agent", "offline"),
    "0a4f4e0e-7b1c-4c55-8d2e-000000000003": ("Eva Sanz", "agent", "online"),
}
TEAMS: Final = {
    "7c2f7a10-90a5-4a58-b9f1-000000000001": ("Support", tuple(MEMBERS)),
    "7c2f7a10-90a5-4a58-b9f1-000000000002": ("Sales", tuple(MEMBERS)[:1]),
}
OF_TEAMS: Final = frozenset({"member_id"})
OF_MEMBERS: Final = frozenset({"team_id"})


def is_member(member_id: str) -> bool:
    return member_id in MEMBERS


async def list_teams(parameters: Parameters) -> Response:
    member = parameters.text("member_id")
    teams = [
        {"id": team_id, "name": name, "members": [_member(each) for each in members]}
        for team_id, (name, members) in TEAMS.items()
        if not member or member in members
    ]
    return page(teams, {})


async def list_members(parameters: Parameters) -> Response:
    team = parameters.text("team_id")
    members = [
        _member(member_id)
        | {"teams": [{"id": team_id, "name": name} for team_id, (name, who) in TEAMS.items() if member_id in who]}
        for member_id in MEMBERS
        if not team or member_id in TEAMS.get(team, ("", ()))[1]
    ]
    return page(members, {})


def _member(member_id: str) -> dict[str, Any]:
    name, role, online = MEMBERS[member_id]
    return {"id": member_id, "name": name, "role": role, "online": online, "available": "yes"}
