"""Northwind Lamps, which does not exist: its teams and the people in them."""

from __future__ import annotations

import random

TEAMS = {
    "support": "ada ben chen dalia emil freya goran hana ivo jana karim lotte miro nadia otis pia",
    "research": "lin noor oskar petra quentin rosa sami tove ugo vera",
    "sales": "amir bela carla dario esra finn greta hugo ines jonas kaja leo",
    "engineering": "abel bruno cleo dina erik fatou gil hedda imran juno kai lara marek nils",
}
"""The people of each team, who asks most first."""


def someone(team: str, dice: random.Random) -> str:
    """Return who asks: some people ask far more often than others, as everywhere."""
    people = TEAMS[team].split()
    return dice.choices(people, [1 / (place + 1) ** 0.7 for place in range(len(people))])[0]
