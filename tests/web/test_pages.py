"""The pages in a real Chromium, on a real server, filled by real OTLP."""

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def fleet(shared_server, otlp):
    """Three agents at work; one of them fails. The failed trace."""
    failed = otlp.run_of("coder", failing=True)
    others = [otlp.run_of("reviewer"), otlp.run_of("planner")]
    otlp.post(shared_server, failed, *others)
    for trace in (failed, *others):
        otlp.wait_for(shared_server, trace)
    return failed


def test_from_the_overview_over_the_trace_list_to_a_failed_trace_and_its_error(shared_server, fleet, page):
    page.goto(shared_server.url)
    expect(page.get_by_test_id("stats")).to_contain_text("Active agents")
    agents = page.get_by_role("region", name="Agents", exact=True)
    for name in ("coder", "reviewer", "planner"):
        expect(agents.get_by_role("link", name=name)).to_be_visible()
    expect(page.locator(".uplot").first).to_be_visible()

    page.get_by_role("navigation", name="Pages").get_by_role("link", name="Traces").click()
    page.get_by_text("Failed", exact=True).click()
    expect(page).to_have_url(re.compile("status=error"))
    row = page.locator(f'[data-trace="{fleet.id}"]')
    expect(row).to_contain_text("ticket-to-patch")
    row.click()

    expect(page).to_have_url(re.compile(fleet.id))
    expect(page.get_by_role("treeitem")).to_have_count(4)
    page.get_by_test_id("next-error").click()
    fault = page.get_by_test_id("fault")
    expect(fault).to_contain_text("ToolTimeout")
    expect(fault).to_contain_text("run_tests gave no answer within 30 s")
    expect(fault).to_contain_text('File "skills.py", line 31')


def test_a_recent_error_leads_to_the_span_that_failed(shared_server, fleet, page):
    page.goto(shared_server.url)
    page.get_by_test_id("recent-errors").get_by_role("link", name=re.compile("run_tests")).first.click()
    expect(page.get_by_test_id("fault")).to_contain_text("ToolTimeout")
    expect(page.get_by_test_id("span-panel")).to_contain_text("tests/unit")


def test_a_model_call_shows_its_conversation_tokens_and_cost(shared_server, fleet, page):
    page.goto(f"{shared_server.url}/traces/{fleet.id}")
    page.get_by_role("treeitem", name=re.compile("chat gpt-5-mini")).click()
    panel = page.get_by_test_id("span-panel")
    expect(panel.get_by_test_id("conversation")).to_contain_text("Why is the nightly build red?")
    expect(panel.get_by_test_id("conversation")).to_contain_text("The last hour is dropped.")
    expect(panel).to_contain_text("1,200")
    expect(panel).to_contain_text("$0.0")
    panel.get_by_role("tab", name="Attributes").click()
    expect(panel).to_contain_text("service.name")


def test_filters_live_in_the_address(shared_server, fleet, page):
    page.goto(f"{shared_server.url}/traces?agent=reviewer&range=6h")
    expect(page.locator("[data-trace]")).to_have_count(1)
    expect(page.get_by_text("agent: reviewer")).to_be_visible()
    page.get_by_role("button", name="Remove filter agent: reviewer").click()
    expect(page.locator("[data-trace]")).not_to_have_count(1)
    expect(page).to_have_url(re.compile("range=6h"))
    page.goto(f"{shared_server.url}/traces?agent=nobody")
    expect(page.get_by_text("No trace matches")).to_be_visible()


def test_agents_and_costs(shared_server, fleet, page):
    page.goto(f"{shared_server.url}/agents")
    page.get_by_role("link", name="coder").click()
    expect(page.get_by_role("heading", name=re.compile("coder"))).to_be_visible()
    expect(page.get_by_role("region", name="Operations")).to_contain_text("run_tests")
    page.goto(f"{shared_server.url}/costs?by=model")
    expect(page.get_by_role("region", name="By model")).to_contain_text("gpt-5-mini")


def test_the_overview_moves_by_itself(shared_server, fleet, page, otlp):
    page.goto(shared_server.url)
    expect(page.get_by_test_id("live")).to_contain_text("Live")
    otlp.post(shared_server, otlp.run_of("newcomer"))
    expect(page.get_by_role("region", name="Agents", exact=True)).to_contain_text("newcomer")


@pytest.mark.parametrize("path", ["/", "/agents", "/agents/coder", "/traces", "/costs"])
@pytest.mark.parametrize("width", [390, 1440])
def test_no_page_is_wider_than_the_screen(shared_server, fleet, page, path, width):
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(shared_server.url + path)
    page.wait_for_timeout(800)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_keyboard_reaches_the_search(shared_server, fleet, page):
    page.goto(shared_server.url)
    expect(page.get_by_test_id("stats")).to_be_visible()
    page.keyboard.press("/")
    page.keyboard.type(fleet.id)
    page.keyboard.press("Enter")
    expect(page.get_by_role("treeitem")).to_have_count(4)


def test_the_page_says_when_the_server_is_away_and_recovers_by_itself(start_server, page, otlp, tmp_path):
    folder = tmp_path / "away"
    server = start_server(folder=folder)
    port = server.url.rsplit(":", 1)[1]
    otlp.post(server, otlp.run_of("coder"))
    page.goto(server.url)
    expect(page.get_by_test_id("live")).to_contain_text("Live")
    expect(page.get_by_role("region", name="Agents", exact=True)).to_contain_text("coder")
    server.stop()
    expect(page.get_by_role("alert")).to_contain_text("Disconnected")
    expect(page.get_by_role("region", name="Agents", exact=True)).to_contain_text("coder")
    start_server("--port", port, folder=folder)
    expect(page.get_by_test_id("live")).to_contain_text("Live", timeout=30_000)
    expect(page.get_by_text("Disconnected")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_an_audit_of_accessibility_finds_nothing(shared_server, fleet, page, axe, scheme):
    page.emulate_media(color_scheme=scheme)
    for path in ("/", "/agents", "/agents/coder", "/traces", "/costs", f"/traces/{fleet.id}"):
        page.goto(shared_server.url + path)
        page.wait_for_timeout(1000)
        page.evaluate(axe)
        found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
        assert [(path, one["id"], one["nodes"][0]["html"]) for one in found] == []
