"""A LangGraph team: a supervisor that hands work to two agents, each with a tool of its own."""

# pyright: basic, reportMissingImports=false
# The SDKs of the demo come with the extra `demo`; the package is type-checked without it.

from __future__ import annotations

from langchain.agents import create_agent
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from pydantic import SecretStr

from otel_agentcost.demo.quiet import FAKE_KEY
from otel_agentcost.demo.seat import Seat
from otel_agentcost.demo.texts import handbook


@tool
def search_papers(topic: str) -> str:
    """Search the library for papers on a topic."""
    return f"Three papers on {topic} The newest measures lumen output after 10,000 hours."


@tool
def read_sales(product: str) -> str:
    """Read last quarter's sales of a product."""
    return f"{product} sold 4,120 units at 61 euros on average."


def _text(result: dict) -> str:
    return str(result["messages"][-1].content)


def run(seat: Seat) -> str:
    """Write a report with a researcher and an analyst; the supervisor calls each of them as a tool."""
    base_url, key = f"{seat.base_url}/v1", SecretStr(FAKE_KEY)
    small = ChatOpenAI(model="gpt-4o-mini", base_url=base_url, api_key=key)
    large = ChatOpenAI(model="gpt-4.1", base_url=base_url, api_key=key)
    researcher = create_agent(small, [search_papers], system_prompt="You find sources.", name="researcher")
    analyst = create_agent(small, [read_sales], system_prompt=handbook("figures"), name="analyst")

    @tool
    def ask_researcher(question: str) -> str:
        """Ask the researcher for sources."""
        return _text(researcher.invoke({"messages": [{"role": "user", "content": question}]}))

    @tool
    def ask_analyst(question: str) -> str:
        """Ask the analyst for figures."""
        return _text(analyst.invoke({"messages": [{"role": "user", "content": question}]}))

    supervisor = create_agent(
        large, [ask_researcher, ask_analyst], system_prompt=handbook("reporting"), name="supervisor"
    )
    task = "Report on how long our LED lamps last and how well they sell."
    return _text(supervisor.invoke({"messages": [{"role": "user", "content": task}]}))
