"""Who works here: twelve agents, their skills, and the models they think with."""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class Model:
    """A language model as the demo imitates it.

    provider, name: as the GenAI conventions and price lists call them
    answers_as:     model name in the response; providers answer with a dated one
    seconds:        median latency
    spread:         sigma of the log-normal latency
    input_usd, output_usd: per million tokens
    reports_cost:   whether the caller works out the cost; else the server prices the call
    """

    provider: str
    name: str
    answers_as: str
    seconds: float
    spread: float
    input_usd: float
    output_usd: float
    reports_cost: bool = True


_MODELS: Final = (
    Model("openai", "gpt-4.1", "gpt-4.1-2025-04-14", 0.45, 0.35, 2.0, 8.0),
    Model("openai", "gpt-4.1-mini", "gpt-4.1-mini-2025-04-14", 0.22, 0.3, 0.4, 1.6),
    Model("anthropic", "claude-sonnet-4-5", "claude-sonnet-4-5-20250929", 0.55, 0.4, 3.0, 15.0),
    Model("anthropic", "claude-haiku-4-5", "claude-haiku-4-5-20251001", 0.25, 0.3, 1.0, 5.0),
    Model("gcp.gemini", "gemini-2.5-flash", "gemini-2.5-flash", 0.2, 0.35, 0.3, 2.5, reports_cost=False),
)
MODELS: Final = MappingProxyType({model.name: model for model in _MODELS})


@dataclass(frozen=True, slots=True)
class Tool:
    """A skill's tool: what it is called with (``{topic}`` is filled in), what it returns, how long it takes."""

    name: str
    argument: str
    query: str
    result: str
    seconds: float
    guarded: bool = False


@dataclass(frozen=True, slots=True)
class AgentProfile:
    """One agent: its role as the system prompt says it, its tools, its models."""

    name: str
    role: str
    tools: tuple[str, ...]
    models: tuple[str, ...]
    workers: int = 4


_TOOLS: Final = (
    Tool("lookup_route", "topic", "{topic}", '{"queue":"standard","priority":2}', 0.02),
    Tool("estimate_effort", "work", "{topic}", '{"steps":4,"hours":1.5}', 0.04),
    Tool(
        "web_search", "query", "{topic} latest figures", '{"hits":12,"best":"Quarterly report, page 4"}', 0.25
    ),
    Tool("fetch_page", "url", "https://example.org/reports/{slug}", "Four pages of text, two tables.", 0.2),
    Tool("search_archive", "query", "{topic}", '{"documents":7,"newest":"2026-10-30"}', 0.12),
    Tool("read_document", "path", "archive/{slug}.md", "The notes of the last review, 2,300 words.", 0.08),
    Tool(
        "query_warehouse",
        "sql",
        "SELECT day, sum(amount) FROM sales WHERE topic = '{slug}' GROUP BY day",
        '{"rows":31}',
        0.18,
        guarded=True,
    ),
    Tool("draw_chart", "series", "{slug}", '{"file":"{slug}.svg"}', 0.07),
    Tool("edit_file", "path", "src/{slug}.py", '{"lines_added":18,"lines_removed":6}', 0.05, guarded=True),
    Tool("run_linter", "path", "src/{slug}.py", '{"findings":0}', 0.15),
    Tool("run_tests", "selection", "tests/{slug}", '{"passed":42,"failed":0,"seconds":3.1}', 0.4),
    Tool("compare_versions", "path", "{slug}", '{"changed":3}', 0.05),
    Tool("check_style", "text", "{topic}", '{"findings":1}', 0.03),
    Tool("save_draft", "path", "drafts/{slug}.md", '{"bytes":5120}', 0.03),
    Tool("glossary", "term", "{topic}", '{"term":"agreed wording found"}', 0.03),
    Tool("read_ticket", "ticket", "{slug}", "The customer writes for the second time.", 0.05),
    Tool("send_reply", "ticket", "{slug}", '{"sent":true}', 0.06, guarded=True),
    Tool(
        "read_audit_log",
        "range",
        "last 30 days of {topic}",
        '{"entries":218,"unusual":2}',
        0.15,
        guarded=True,
    ),
)
TOOLS: Final = MappingProxyType({tool.name: tool for tool in _TOOLS})

_FLEET: Final = (
    AgentProfile("dispatcher", "You sort incoming work and choose who takes it first.", ("lookup_route",), ("gpt-4.1-mini",), 6),
    AgentProfile("planner", "You break work into steps that one specialist each can do.", ("estimate_effort",), ("gpt-4.1", "claude-sonnet-4-5")),
    AgentProfile("researcher", "You find current facts and name the source of each.", ("web_search", "fetch_page"), ("gemini-2.5-flash", "gpt-4.1-mini")),
    AgentProfile("librarian", "You know the archive and bring what was written before.", ("search_archive", "read_document"), ("gemini-2.5-flash",)),
    AgentProfile("analyst", "You turn figures into statements that hold.", ("query_warehouse", "draw_chart"), ("gpt-4.1",)),
    AgentProfile("coder", "You change code in small steps that can be reviewed.", ("edit_file", "run_linter"), ("claude-sonnet-4-5",)),
    AgentProfile("tester", "You try to break what was built and report what you saw.", ("run_tests",), ("claude-haiku-4-5",)),
    AgentProfile("reviewer", "You read the work of others and say plainly what is missing.", ("compare_versions",), ("claude-sonnet-4-5", "gpt-4.1")),
    AgentProfile("writer", "You write for busy people: short, concrete, in order.", ("save_draft", "check_style"), ("gpt-4.1", "claude-haiku-4-5"), 6),
    AgentProfile("translator", "You carry meaning into another language, tone included.", ("glossary",), ("gemini-2.5-flash",)),
    AgentProfile("support", "You answer customers: kind, exact, never guessing.", ("read_ticket", "send_reply"), ("claude-haiku-4-5",)),
    AgentProfile("auditor", "You check what was done against what was allowed.", ("read_audit_log",), ("gpt-4.1-mini",)),
)  # fmt: skip
FLEET: Final = MappingProxyType({profile.name: profile for profile in _FLEET})
