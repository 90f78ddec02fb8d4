import json
import re

import pytest
from genai_prices import Usage, calc_price

from watchkeeper.demo.fleet import FLEET, MODELS, TOOLS
from watchkeeper.demo.work import WORKFLOWS, slug


def test_twelve_agents_all_have_work():
    assert len(FLEET) == 12
    assert {step.agent for plan in WORKFLOWS.values() for step in plan.steps} == set(FLEET)


def test_what_agents_use_exists():
    for profile in FLEET.values():
        assert set(profile.tools) <= set(TOOLS)
        assert set(profile.models) <= set(MODELS)
    assert {tool for profile in FLEET.values() for tool in profile.tools} == set(TOOLS)
    assert len({model.provider for model in MODELS.values()}) == 3


@pytest.mark.parametrize("model", MODELS.values(), ids=lambda model: model.name)
def test_prices_are_those_of_the_price_list(model):
    for answered in (model.name, model.answers_as):
        price = calc_price(
            Usage(input_tokens=100_000, output_tokens=10_000), answered, provider_id=model.provider
        )
        assert float(price.total_price) == pytest.approx(0.1 * model.input_usd + 0.01 * model.output_usd)


def test_words_can_be_filled_in():
    for plan in WORKFLOWS.values():
        for topic in plan.topics:
            assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug(topic))
            for step in plan.steps:
                assert "{" not in step.ask.format(topic=topic) + step.answer.format(topic=topic)
    for tool in TOOLS.values():
        assert "{" not in tool.query.format(topic="t", slug="s")
        if tool.result.startswith("{"):
            json.loads(tool.result.replace("{slug}", "s"))
