"""Why somebody was not let in, as the page for signing in says it."""

from typing import Final, NamedTuple, Self


class Problem(NamedTuple):
    """`key` is what `static/pages/sign_in.js` calls it, which has it in Spanish too; `value` stands where `{}` was."""

    key: str
    text: str
    value: str = ""

    def of(self, value: object) -> Self:
        return self._replace(text=self.text.format(value), value=str(value))


WRONG: Final = Problem("wrong", "The name or the password is wrong.")
TOO_OFTEN: Final = Problem("too_often", "Too many tries: wait {} s, then try again. Whoever is signed in stays so.")
NOBODY: Final = Problem(
    "nobody", "Nobody can sign in yet: make a hash with `acuse user hash`, and name the user in [dashboards.users]."
)
NO_COOKIE: Final = Problem(
    "no_cookie",
    "The form is old, or your browser keeps no cookie of ours: try again; over plain HTTP it works under "
    "http://localhost alone, elsewhere ask for https.",
)
OLD: Final = Problem("old", "That was no answer to a question of ours, or it came too late: begin again.")
AWAY: Final = Problem(
    "away", "{} cannot be asked at this moment: try again. Whoever runs Acuse finds the reason in its log."
)
UNPROVEN: Final = Problem("unproven", "{} did not prove who you are. Whoever runs Acuse finds the reason in its log.")
TURNED_AWAY: Final = Problem("turned_away", "You were not let in by {}.")
TAKEN: Final = Problem(
    "taken", "You have the name of somebody who signs in with a password: ask whoever runs Acuse for another."
)
NO_ROLE: Final = Problem("no_role", "You have no role here: whoever runs {} can give you one that Acuse knows.")
NAMELESS: Final = Problem(
    "nameless", "{} does not say who you are: the claim that Acuse looks at is missing or unusable."
)
UNVERIFIED: Final = Problem("unverified", "{} has not verified your e-mail address, which you are known by here.")
PROBLEMS: Final = (
    *(WRONG, TOO_OFTEN, NOBODY, NO_COOKIE),
    *(OLD, AWAY, UNPROVEN, TURNED_AWAY, TAKEN, NO_ROLE, NAMELESS, UNVERIFIED),
)
