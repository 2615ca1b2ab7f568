"""How the company's agents go about a request: one function for each way of working."""

from __future__ import annotations

import random
from typing import NamedTuple

from otel_agentcost.demo.traffic.models import EMBEDDING, FLASH, LARGE, MINI, OPUS, OWN, SMALL, SONNET, TRIAL
from otel_agentcost.demo.traffic.plan import AgentRun, ModelCall, Step, ToolCall, Work
from otel_agentcost.demo.traffic.prompts import Conversation, around, embed


class Scene(NamedTuple):
    """What a request meets."""

    dice: random.Random
    is_released: bool
    """Whether the release that makes support's prompts longer is out."""


_ATTEMPTS = 2
_FAILING = 0.012
"""Of all requests to a model: the provider is overloaded. Clients try again, and give up in the end."""
_ERRORS = ("overloaded_error", "rate_limit_error", "timeout")


def _ask(
    chat: Conversation, scene: Scene, new_tokens: int, output_tokens: int, failing: float = _FAILING
) -> list[ModelCall]:
    """Return a turn: a call that is answered, after those that were not; without an answer where all failed."""
    calls: list[ModelCall] = []
    while len(calls) < _ATTEMPTS and scene.dice.random() < failing:
        calls.append(chat.fail(scene.dice.choice(_ERRORS)))
    if len(calls) < _ATTEMPTS:
        calls.append(chat.ask(new_tokens, output_tokens))
    return calls


def _use(tool: str, scene: Scene, *steps: Step) -> ToolCall:
    return ToolCall(tool, 0.04 + 0.5 * scene.dice.random(), steps)


def triage(scene: Scene) -> Work:
    """Decide on a refund: a loop of calls and tools with instructions that the provider caches."""
    dice = scene.dice
    chat = Conversation(LARGE, 5_300 if scene.is_released else 2_100, dice, is_warm=dice.random() < 0.7)
    steps: list[Step] = [chat.ask(around(140, dice), around(45, dice))]
    for tool in dice.choices(("find_order", "check_policy", "order_history", "refund"), k=dice.randint(1, 4)):
        steps.append(_use(tool, scene))
        steps.append(chat.ask(around(260, dice), around(60, dice)))
    return Work((AgentRun("triage", tuple(steps)),))


def answer(scene: Scene) -> Work:
    """Answer a question from the handbook: embeddings to find the sections, a stream to answer."""
    dice = scene.dice
    chat = Conversation(SMALL, 2_400 if scene.is_released else 700, dice)
    found = embed(EMBEDDING, around(30, dice), dice)
    return Work((found, chat.ask(around(900, dice), around(170, dice), is_stream=True)))


def letter(scene: Scene) -> Work:
    """Write to a customer, whose history is looked up; instructions are written to a cache and read from it."""
    dice = scene.dice
    chat = Conversation(SONNET, 3_600, dice, is_warm=dice.random() < 0.6)
    first = chat.ask(around(220, dice), around(60, dice))
    history = _use("customer_history", scene)
    second = chat.ask(around(700, dice), around(380, dice), is_stream=True)
    return Work((AgentRun("writer", (first, history, second)),))


def report(scene: Scene) -> Work:
    """Write a report: a supervisor has a researcher look things up, patents among them, which cost by the search."""
    return _research(scene, rounds=scene.dice.randint(1, 3), new_tokens=900)


def runaway(scene: Scene) -> Work:
    """Never be satisfied with the report: every round adds to a prompt that each later round sends again."""
    return _research(scene, rounds=110, new_tokens=2_900)


def _research(scene: Scene, rounds: int, new_tokens: int) -> Work:
    dice = scene.dice
    supervisor = Conversation(LARGE, 2_800, dice)
    steps: list[Step] = [supervisor.ask(around(400, dice), around(120, dice))]
    for _ in range(rounds):
        researcher = Conversation(SMALL, 600, dice)
        looked_up: list[Step] = [researcher.ask(around(150, dice), around(40, dice))]
        for tool in dice.choices(("patent_search", "search_papers"), (2, 1), k=dice.randint(1, 2)):
            looked_up += (_use(tool, scene), researcher.ask(around(900, dice), around(180, dice)))
        steps.append(_use("ask_researcher", scene, AgentRun("researcher", tuple(looked_up))))
        steps.append(supervisor.ask(around(new_tokens, dice), around(220, dice)))
    return Work((AgentRun("supervisor", tuple(steps)),))


def review(scene: Scene) -> Work:
    """Review a text: a reviewer has its claims checked by a second agent."""
    dice = scene.dice
    reviewer = Conversation(MINI, 2_400, dice, is_warm=dice.random() < 0.3)
    asked = _ask(reviewer, scene, around(1_800, dice), around(110, dice))
    if asked[-1].error is not None:
        return Work((AgentRun("reviewer", tuple(asked)),), asked[-1].error)
    checker = Conversation(SMALL, 300, dice)
    checks = (
        checker.ask(around(120, dice), around(45, dice)),
        _use("search_archive", scene),
        checker.ask(around(420, dice), around(90, dice)),
    )
    checked = _use("check_facts", scene, AgentRun("fact-checker", checks))
    end = reviewer.ask(around(160, dice), around(320, dice))
    return Work((AgentRun("reviewer", (*asked, checked, end)),))


def summary(scene: Scene) -> Work:
    """Summarise a long document, thinking first, and polish the draft."""
    dice = scene.dice
    chat = Conversation(FLASH, 500, dice)
    draft = chat.ask(around(11_000, dice, 0.6), around(420, dice), reasoning_tokens=around(380, dice))
    polished = chat.ask(around(40, dice), around(400, dice), reasoning_tokens=around(150, dice))
    return Work((AgentRun("summariser", (draft, polished)),))


def quote(scene: Scene) -> Work:
    """Make an offer, on the company's own model, for some customers after a credit check, which costs by the check."""
    dice = scene.dice
    chat = Conversation(TRIAL if dice.random() < 0.06 else OWN, 1_500, dice)
    steps: list[Step] = [chat.ask(around(180, dice), around(50, dice)), _use("price_list", scene)]
    if dice.random() < 0.35:
        steps += (chat.ask(around(300, dice), around(40, dice)), _use("credit_check", scene))
    steps.append(chat.ask(around(350, dice), around(210, dice)))
    return Work((AgentRun("quotes", tuple(steps)),))


def lead(scene: Scene) -> Work:
    """Look at a possible customer with a small model, and have a larger one judge those that look promising."""
    dice = scene.dice
    scout = Conversation(SMALL, 1_100, dice)
    steps: list[Step] = [
        scout.ask(around(120, dice), around(40, dice)),
        _use("read_website", scene),
        scout.ask(around(3_200, dice, 0.6), around(140, dice)),
    ]
    runs = [AgentRun("scout", tuple(steps))]
    if dice.random() < 0.45:
        judge = Conversation(LARGE, 1_600, dice)
        runs.append(AgentRun("judge", (judge.ask(around(420, dice), around(260, dice)),)))
    return Work(tuple(runs))


def code_review(scene: Scene) -> Work:
    """Review a change: a large prompt, files read one after the other, most of it from the cache from then on."""
    dice = scene.dice
    chat = Conversation(OPUS, 9_000, dice, is_warm=dice.random() < 0.5)
    steps: list[Step] = [chat.ask(around(6_000, dice, 0.7), around(120, dice))]
    for tool in dice.choices(("read_file", "search_code", "run_tests"), (5, 3, 1), k=dice.randint(2, 7)):
        steps += (_use(tool, scene), chat.ask(around(1_900, dice, 0.6), around(110, dice)))
    steps.append(chat.ask(around(60, dice), around(650, dice)))
    return Work((AgentRun("code-reviewer", tuple(steps)),))


def incident(scene: Scene) -> Work:
    """Find out what broke, at any hour; here requests fail more often, since so does everybody else's."""
    dice = scene.dice
    chat = Conversation(SONNET, 4_200, dice, is_warm=dice.random() < 0.2)
    steps: list[Step] = []
    for _ in range(dice.randint(5, 11)):
        asked = _ask(chat, scene, around(1_700, dice), around(130, dice), failing=0.08)
        steps += asked
        if asked[-1].error is not None:
            return Work((AgentRun("responder", tuple(steps)),), asked[-1].error)
        steps.append(_use(dice.choice(("query_logs", "query_metrics", "list_deployments")), scene))
    steps.append(chat.ask(around(900, dice), around(480, dice)))
    return Work((AgentRun("responder", tuple(steps)),))
