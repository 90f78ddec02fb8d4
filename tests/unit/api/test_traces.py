"""Searching traces, reading one whole and in pages, and one span with everything."""

import json

import pytest

from watchkeeper.api.wire import common
from watchkeeper.kernel.times import format_ns
from watchkeeper.store.errors import QueryTimeout


async def traces(api, **params):
    answer = await api.get("/api/v1/traces", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def found(api, **params):
    return [int(item["trace_id"], 16) for item in (await traces(api, **params))["items"]]


async def all_pages(api, **params):
    items, cursor, pages = [], None, 0
    while True:
        page = await traces(api, **params, **({"cursor": cursor} if cursor else {}))
        items += [int(item["trace_id"], 16) for item in page["items"]]
        cursor, pages = page["next_cursor"], pages + 1
        assert pages < 100
        if cursor is None:
            return items, pages


async def test_a_trace_is_told_whole(api, spans):
    spans.add(
        trace=1, span=1, at=-100, seconds=9, operation="invoke_workflow", name="plan trip", Workflow="trip"
    )
    spans.add(trace=1, span=2, parent=1, at=-99, operation="task", agent="b", error="Boom", Workflow="trip")
    spans.llm(trace=1, span=3, parent=2, at=-95, seconds=8, agent="a", cost=1_500_000, ConversationId="c1")
    (item,) = (await traces(api))["items"]
    assert item == {
        "trace_id": spans.trace_id(1),
        "root_name": "plan trip",
        "root_service": "orchestrator",
        "root_operation": "invoke_workflow",
        "root_known": True,
        "workflow": "trip",
        "agents": ["a", "b"],
        "models": ["gpt-5"],
        "services": ["orchestrator"],
        "start_time": "2026-03-02T09:58:20Z",
        "duration_seconds": 13.0,
        "span_count": 3,
        "error_count": 1,
        "status": "error",
        "input_tokens": 100,
        "output_tokens": 10,
        "cost_usd": 0.0015,
        "conversation_id": "c1",
    }


async def test_without_a_root_the_earliest_span_stands_in(api, spans):
    spans.add(trace=1, span=2, parent=99, at=-50, name="second")
    spans.add(trace=1, span=3, parent=99, at=-60, name="first")
    (item,) = (await traces(api))["items"]
    assert (item["root_name"], item["root_known"]) == ("first", False)


async def test_a_trace_of_calls_without_any_price_has_no_cost(api, spans):
    spans.llm(trace=1, cost=None)
    spans.llm(trace=2, cost=None, at=-50)
    spans.llm(trace=2, cost=1_000_000_000, at=-49)
    spans.add(trace=3, at=-40, operation="task")
    costs = [item["cost_usd"] for item in (await traces(api))["items"]]
    assert costs == [0.0, 1.0, None]


@pytest.mark.parametrize(
    ("condition", "matching"),
    [
        ({"agent": "planner"}, [1]),
        ({"workflow": "night"}, [2]),
        ({"model": "gpt-5"}, [3]),
        ({"status": "error"}, [2]),
        ({"status": "ok"}, [3, 1]),
        ({"min_duration_seconds": 5}, [2]),
        ({"max_duration_seconds": 0.5}, [1]),
        ({"min_duration_seconds": 0.6, "max_duration_seconds": 5}, [3]),
        ({"attribute": "customer.id=42"}, [1]),
        ({"attribute": ["customer.id=42", "tier=gold"]}, [1]),
        ({"attribute": ["customer.id=42", "tier=tin"]}, []),
        ({"attribute": "note=a=b"}, [3]),
        ({"attribute": "host.name=h2"}, [2]),
        ({"attribute": "resource.host.name=h2"}, [2]),
        ({"attribute": "resource.customer.id=42"}, []),
        ({"q": "BOOM"}, [2]),
        ({"q": "find the lighthouse"}, [3]),
        ({"q": "42"}, [1]),
        ({"q": "größe"}, [3]),
        ({"q": "nowhere"}, []),
        ({"agent": "planner", "status": "error"}, []),
    ],
)
async def test_filters(api, spans, condition, matching):
    spans.add(trace=1, at=-90, seconds=0.5, agent="planner", attributes={"customer.id": "42", "tier": "gold"})
    spans.add(trace=2, at=-80, seconds=6, error="Boom", Workflow="night", resource={"host.name": "h2"})
    spans.llm(
        trace=3,
        at=-70,
        attributes={"note": "a=b"},
        InputMessages='[{"role":"user","parts":[{"type":"text","content":"Find the Lighthouse"}]}]',
        ToolResult="Die GRÖßE",
    )
    assert await found(api, **condition) == matching


async def test_a_filter_is_met_by_one_span_not_by_several_together(api, spans):
    spans.add(trace=1, agent="a", Workflow="x")
    spans.add(trace=1, agent="b", Workflow="y")
    assert await found(api, agent="a", workflow="x") == [1]
    assert await found(api, agent="a", workflow="y") == []


async def test_pages_hold_every_trace_once_newest_first(api, spans):
    # Several in the same nanosecond, over windows of very different sizes.
    rows = [spans.row(trace=n, at=-((n // 5) ** 3) - 1) for n in range(1, 121)]
    spans.add_all(rows)
    items, pages = await all_pages(api, limit=7)
    assert sorted(items) == list(range(1, 121))
    assert pages >= 18
    times = {row["TraceId"]: row["Timestamp"] for row in rows}
    starts = [times[spans.trace_id(number)] for number in items]
    assert starts == sorted(starts, reverse=True)


async def test_new_traces_shift_nothing_while_paging(api, spans):
    spans.add_all([spans.row(trace=n, at=-n) for n in range(10, 20)])
    first = await traces(api, limit=5)
    spans.add_all([spans.row(trace=n, at=-1) for n in range(100, 110)])
    second = await traces(api, limit=5, cursor=first["next_cursor"])
    seen = [int(item["trace_id"], 16) for item in (*first["items"], *second["items"])]
    assert seen == list(range(10, 20))


async def test_a_trace_across_windows_is_listed_once_at_its_start(api, spans):
    # Its spans lie in the first, the second and a far window of the search.
    spans.add(trace=1, span=1, at=-4_000, seconds=4_000, agent="slow")
    for at in (-5, -100):
        spans.add(trace=1, parent=1, at=at, agent="slow")
    spans.add(trace=2, at=-50, agent="slow")
    spans.add(trace=3, at=-3_000, agent="slow")
    assert await found(api) == [2, 3, 1]
    assert await found(api, agent="slow") == [2, 3, 1]
    assert (await all_pages(api, limit=1))[0] == [2, 3, 1]


async def test_a_trace_of_hours_is_summarised_whole(api, spans):
    spans.add(trace=1, span=1, at=-6 * 3_600, seconds=6 * 3_600, operation="invoke_workflow")
    for hour in range(6):
        spans.add(trace=1, parent=1, at=-hour * 3_600 - 30, agent=f"a{hour}")
    (item,) = (await traces(api, agent="a0"))["items"]
    assert item["span_count"] == 7
    assert len(item["agents"]) == 6
    assert item["root_operation"] == "invoke_workflow"


async def test_a_time_range_bounds_the_search(api, spans):
    for number, at in ((1, -300), (2, -200), (3, -100)):
        spans.add(trace=number, at=at)
    assert await found(api, start="2026-03-02T09:56:00Z", end="2026-03-02T09:58:00Z") == [2]
    assert await found(api, start="2026-03-02T10:56:00+01:00") == [3, 2]


async def test_a_slow_search_stops_early_and_goes_on_by_its_cursor(make_deps, client_of, spans, store, clock):
    spans.add(trace=1, at=-5_000, agent="rare")
    spans.add_all([spans.row(trace=2 + at, at=-20 * at, agent="frequent") for at in range(250)])

    async def slow(*question, **options):
        clock.advance(0.5)
        return await store.select(*question, **options)

    async with client_of(make_deps(select=slow)) as api:
        first = await traces(api, agent="rare")
        assert first["items"] == []
        assert first["next_cursor"] is not None
        assert first["searched_from"] > "2026-03-02T09:50:00Z"
        items, pages = await all_pages(api, agent="rare", start="2026-03-02T08:00:00Z")
    assert items == [1]
    assert pages > 10


async def test_a_search_begins_where_something_was_sent_last(api, store, spans):
    spans.add(trace=1, at=-5_000, agent="rare")
    spans.add(trace=2, at=-5_001, agent="frequent")
    store.asked.clear()
    assert await found(api, agent="rare", limit=1) == [1]
    # The first window was empty, and the second began at the newest span: windows need not grow over the gap.
    assert sum("GROUP BY TraceId HAVING" in sql for sql in store.asked) == 2


async def test_a_search_of_an_empty_range_ends_at_once(api, store):
    assert (await traces(api, agent="rare", start="2026-01-01T00:00:00Z"))["next_cursor"] is None
    assert len(store.asked) == 2


async def test_one_trace_in_pages(api, spans):
    spans.add_all(
        [spans.row(trace=1, span=n, parent=None if n == 1 else 1, at=-100 + n // 3) for n in range(1, 26)]
    )
    path = f"/api/v1/traces/{spans.trace_id(1)}"
    whole = (await api.get(path)).json()
    assert (whole["span_count"], len(whole["spans"]["items"]), whole["spans"]["next_cursor"]) == (
        25,
        25,
        None,
    )
    pages, cursor = [], None
    while True:
        params = {"limit": 10, **({"cursor": cursor} if cursor else {})}
        page = (await api.get(path + "/spans", params=params)).json()
        pages.append(page["items"])
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert [len(page) for page in pages] == [10, 10, 5]
    assert [span for page in pages for span in page] == whole["spans"]["items"]
    offsets = [span["offset_seconds"] for span in whole["spans"]["items"]]
    assert offsets[0] == 0
    assert offsets == sorted(offsets)
    assert whole["spans"]["items"][0]["parent_span_id"] is None
    assert whole["spans"]["items"][1]["parent_span_id"] == spans.span_id(1)


async def test_a_trace_of_fifty_thousand_spans_comes_whole(api, spans):
    spans.add_all([spans.row(trace=1, span=n, at=-100 + n / 1_000) for n in range(50_000)])
    answer = await api.get(f"/api/v1/traces/{spans.trace_id(1)}", params={"limit": 50_000})
    assert answer.status_code == 200
    body = json.loads(answer.content)
    assert len(body["spans"]["items"]) == body["span_count"] == 50_000
    assert body["spans"]["next_cursor"] is None


async def test_a_span_with_everything(api, spans):
    messages = [{"role": "user", "parts": [{"type": "text", "content": "hi"}]}]
    spans.add(
        trace=1, span=1, at=-10, operation="execute_tool", agent="a", ToolName="search", SpanKind="Client",
        attributes={"k": "v"}, resource={"service.name": "s"}, ScopeName="lib", ScopeVersion="2",
        InputMessages=json.dumps(messages), ToolArguments='{"q": 1}', ToolResult="plain text", SampleWeight=2.5,
        CacheReadTokens=5, CostSource="priced",
        **{
            "Events.Timestamp": ["1772445595.500000001"], "Events.Name": ["exception"],
            "Events.Attributes": [{"exception.type": "X"}],
            "Links.TraceId": [spans.trace_id(9)], "Links.SpanId": [spans.span_id(9)], "Links.TraceState": [""],
            "Links.Attributes": [{"why": "retry"}],
        },
    )  # fmt: skip
    path = f"/api/v1/traces/{spans.trace_id(1)}/spans/{spans.span_id(1)}"
    detail = (await api.get(path)).json()
    assert detail["kind"] == "client"
    assert detail["tool"] == "search"
    assert detail["has_messages"] is True
    assert detail["attributes"] == {"k": "v"}
    assert detail["resource_attributes"] == {"service.name": "s"}
    assert detail["scope"] == {"name": "lib", "version": "2"}
    assert detail["events"] == [
        {"time": "2026-03-02T09:59:55.500000001Z", "name": "exception", "attributes": {"exception.type": "X"}}
    ]
    assert detail["links"] == [
        {"trace_id": spans.trace_id(9), "span_id": spans.span_id(9), "attributes": {"why": "retry"}}
    ]
    assert detail["input_messages"] == messages
    assert detail["output_messages"] is None
    assert detail["tool_arguments"] == {"q": 1}
    assert detail["tool_result"] == "plain text"
    assert (detail["sample_weight"], detail["cache_read_tokens"], detail["cost_source"]) == (2.5, 5, "priced")


async def test_upper_case_ids_are_found_too(api, spans):
    spans.add(trace=0xABC, span=0xDEF)
    path = f"/api/v1/traces/{spans.trace_id(0xABC).upper()}/spans/{spans.span_id(0xDEF).upper()}"
    assert (await api.get(path)).status_code == 200


async def test_lists_never_read_payload(api, spans, store):
    spans.llm(trace=1, InputMessages="secret")
    await traces(api, agent="a")
    await api.get(f"/api/v1/traces/{spans.trace_id(1)}")
    payload = ("InputMessages", "OutputMessages", "SystemInstructions", "ToolArguments", "ToolResult")
    for sql in store.asked:
        bare = sql
        for column in payload:
            bare = bare.replace(f"notEmpty({column})", "")
        assert not any(column in bare for column in payload), sql


@pytest.mark.parametrize(
    "path", ["/api/v1/traces/{0}", "/api/v1/traces/{0}/spans", "/api/v1/traces/{0}/spans/00000000000000aa"]
)
async def test_what_is_not_there_is_a_problem(api, spans, path):
    answer = await api.get(path.format(spans.trace_id(404)))
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "not_found"


async def test_another_projects_trace_is_not_there(api, spans):
    spans.add(trace=1, span=1, project="other")
    assert (await api.get(f"/api/v1/traces/{spans.trace_id(1)}")).status_code == 404
    assert await found(api) == []


@pytest.mark.parametrize(
    ("params", "parameter", "says"),
    [
        ({"limit": 0}, "limit", "greater than or equal to 1"),
        ({"limit": "many"}, "limit", "valid integer"),
        ({"status": "broken"}, "status", "'ok' or 'error'"),
        ({"start": "yesterday"}, "start", "RFC 3339"),
        ({"start": "2026-03-02T11:00:00Z", "end": "2026-03-02T10:00:00Z"}, "start", "before end"),
        ({"start": "1999-03-02T11:00:00Z"}, "start", "400 days"),
        ({"attribute": "novalue"}, "attribute", "key=value"),
        ({"attribute": ["a=1"] * 9}, "attribute", "at most 8"),
        ({"cursor": "nonsense!"}, "cursor", "gave out"),
        ({"min_duration_seconds": -1}, "min_duration_seconds", "greater than or equal to 0"),
        ({"min_duration_seconds": "nan"}, "min_duration_seconds", "finite"),
        ({"q": "x" * 201}, "q", "at most 200"),
    ],
)
async def test_a_wrong_parameter_is_named(api, params, parameter, says):
    answer = await api.get("/api/v1/traces", params=params)
    body = answer.json()
    assert answer.status_code == 400, body
    assert body["status"] == 400
    assert body["retryable"] is False
    assert body["detail"].startswith(f"{parameter}: ")
    assert says in body["detail"]


async def test_a_cursor_of_another_list_is_refused(api, spans):
    spans.add_all([spans.row(trace=1, span=n, at=-n) for n in range(1, 4)])
    page = (await api.get(f"/api/v1/traces/{spans.trace_id(1)}/spans", params={"limit": 1})).json()
    answer = await api.get("/api/v1/traces", params={"cursor": page["next_cursor"]})
    assert (answer.status_code, answer.json()["code"]) == (400, "unknown_cursor")


async def test_values_are_parameters_never_sql(api, spans):
    spans.add(trace=1, agent="o'brien\\", attributes={"k'": "v\\'\t"})
    assert await found(api, agent="o'brien\\") == [1]
    assert await found(api, attribute="k'=v\\'\t") == [1]
    assert await found(api, q="' OR 1=1 --") == []


async def test_a_query_that_takes_too_long_says_so(api, store):
    store.failing = QueryTimeout("the query took too long", engine_code=159)
    answer = await api.get("/api/v1/traces")
    assert (answer.status_code, answer.json()["code"]) == (504, "query_timeout")
    assert answer.json()["retryable"] is True


@pytest.mark.parametrize(
    "time_ns", [0, 1, 999_999_999, 1_772_445_600_000_000_000, 1_772_445_600_250_000_000, 2**62]
)
def test_times_are_written_as_everywhere_else(time_ns):
    assert common.time(time_ns) == format_ns(time_ns)
