"""What there is to do: workflows with their steps, and the words that go with them."""

import re
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class StepPlan:
    """One step of a workflow: who does it, what kind of task it is, how it is asked for and answered."""

    agent: str
    task_type: str
    ask: str
    answer: str


@dataclass(frozen=True, slots=True)
class WorkflowPlan:
    """A workflow: its topics, and its steps in order. ``share`` weighs how often it comes up."""

    name: str
    share: int
    topics: tuple[str, ...]
    steps: tuple[StepPlan, ...]


_TRIAGE: Final = StepPlan(
    "dispatcher",
    "triage",
    "New work came in: {topic}. Who should take it first, and how urgent is it?",
    "It is routine work with a clear owner. Start today, normal priority; hand it to the specialist with this note: {topic}.",
)

_WORKFLOWS: Final = (
    WorkflowPlan(
        "market-brief",
        3,
        (
            "heat pump sales in northern Europe",
            "prices of recycled aluminium",
            "demand for night trains",
            "grid batteries after the new tariff",
            "organic oat growers and their margins",
            "harbour traffic in the Baltic",
        ),
        (
            _TRIAGE,
            StepPlan("planner", "plan", "Plan a two-page brief on {topic}.", "Three steps: collect this quarter's figures, compare them with last year's, write two pages with one chart. The open question is how far the figures of {topic} can be trusted."),
            StepPlan("researcher", "research", "Find the newest reliable figures on {topic}, with sources.", "Twelve sources found, four of them primary. Volume rose by 6 % in the quarter; one outlier stems from a changed definition and is marked as such."),
            StepPlan("analyst", "analysis", "What do the figures on {topic} really say?", "The rise holds after correcting for the season, though two thirds of it come from a single region. Without that region growth is 2 %, within the usual range."),
            StepPlan("writer", "writing", "Write the brief on {topic} from these notes.", "In short: {topic} grew by 6 %, most of it in one place. What follows names the cause, the risk, and what to watch until spring."),
            StepPlan("reviewer", "review", "Review this brief on {topic}.", "The argument holds. Name the source of the second table, and say earlier that one region carries the result. Then it can go out."),
        ),
    ),
    WorkflowPlan(
        "bug-fix",
        3,
        (
            "invoice totals rounded twice",
            "session lost after the password change",
            "export stops at row 65536",
            "calendar shows the wrong week in January",
            "search ignores accents",
            "upload retried without end",
        ),
        (
            _TRIAGE,
            StepPlan("planner", "plan", "A defect was reported: {topic}. Outline how to fix it safely.", "Reproduce it in a test first, then change the one function that decides, then look for the same pattern elsewhere. No data has to be migrated."),
            StepPlan("coder", "coding", "Fix the defect: {topic}.", "The value was converted in two places. I removed the second conversion, gave the function a single unit, and added a test that fails without the change."),
            StepPlan("tester", "testing", "Try to break the fix for: {topic}.", "All 42 tests pass. I also tried empty input, a very long one, and two at the same time: the result stays right in each."),
            StepPlan("reviewer", "review", "Review the change for: {topic}.", "Small and to the point. The new test names the rule that it protects. Approved, with one remark on a comment."),
        ),
    ),
    WorkflowPlan(
        "support-ticket",
        4,
        (
            "a parcel that was delivered next door",
            "an invoice with the old address",
            "a subscription that renewed too early",
            "a device that won't pair with the hub",
            "a refund that has not arrived",
            "an account locked after the holiday",
        ),
        (
            _TRIAGE,
            StepPlan("support", "reply", "A customer asks about {topic}. What do we know, and what is missing?", "The order is found and the customer is right. I need our policy for this case before I promise a date."),
            StepPlan("librarian", "lookup", "Which policy covers {topic}?", "Section 4 of the service policy: we correct it at our cost within three working days and tell the customer the day."),
            StepPlan("translator", "translation", "Translate the reply on {topic} into the customer's language.", "Translated. I kept the apology short and the date exact, and used the word for delivery that customers there use."),
        ),
    ),
    WorkflowPlan(
        "compliance-check",
        2,
        (
            "access to the payroll records",
            "retention of call recordings",
            "supplier onboarding in September",
            "changes made during the freeze",
        ),
        (
            _TRIAGE,
            StepPlan("auditor", "audit", "Check {topic} against our rules for the last 30 days.", "218 entries read. Two are unusual: both happened outside working hours, by a person who has the right to do so. Nothing else stands out."),
            StepPlan("analyst", "analysis", "Are the unusual entries on {topic} part of a pattern?", "No. Both follow a planned maintenance that was announced the day before; the rate is that of the previous months."),
            StepPlan("writer", "writing", "Write the finding on {topic} for the file.", "Finding: in order. Two entries were examined and explained; the evidence is attached. Next check in 30 days."),
        ),
    ),
    WorkflowPlan(
        "release-notes",
        2,
        ("version 4.2 of the mobile app", "the October firmware", "the new import wizard", "the reworked permissions page"),
        (
            _TRIAGE,
            StepPlan("librarian", "lookup", "Collect what was merged for {topic}.", "31 changes, of which nine are visible to users; three need a note on what to do after the update."),
            StepPlan("writer", "writing", "Write the release notes for {topic}.", "New, better, fixed: nine lines, the three that need action first. The tone is that of the last notes."),
            StepPlan("translator", "translation", "Translate the release notes for {topic}.", "Done in both languages; the names of the menu entries are those that the product shows."),
            StepPlan("reviewer", "review", "Read the release notes for {topic} as a customer would.", "Clear. Line five promises more than the change does; I would say 'faster' and leave the number out."),
        ),
    ),
)  # fmt: skip
WORKFLOWS: Final = MappingProxyType({plan.name: plan for plan in _WORKFLOWS})


def slug(topic: str) -> str:
    """The topic as file names and tickets spell it."""
    return "-".join(re.findall(r"[a-z0-9]+", topic.lower())[:4])
