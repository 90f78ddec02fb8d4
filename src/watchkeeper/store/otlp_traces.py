"""How the engine decodes OTLP traces: the trimmed schema, the landing table, the view that flattens them.

Python never touches a span. The bytes of a request, in their envelope (`watchkeeper.model.envelope`), go into a
table of engine ``Null``; a materialized view flattens them, normalises attributes (`normalise`), prices calls
and writes `spans`. Fields of OTLP that the schema leaves out are skipped by the decoder.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from watchkeeper.model import otlp_wire
from watchkeeper.store import normalise
from watchkeeper.store.client import quoted

MESSAGE: Final = "Env"

SCHEMA: Final = """syntax = "proto3";
message Scalar { oneof value { string string_value = 1; bool bool_value = 2; int64 int_value = 3;
  double double_value = 4; bytes array_value = 5; bytes kvlist_value = 6; bytes bytes_value = 7; } }
message Array { repeated Scalar values = 1; }
message Any { oneof value { string string_value = 1; bool bool_value = 2; int64 int_value = 3;
  double double_value = 4; Array array_value = 5; bytes kvlist_value = 6; bytes bytes_value = 7; } }
message KeyValue { string key = 1; Any value = 2; }
message Resource { repeated KeyValue attributes = 1; }
message Scope { string name = 1; string version = 2; }
message Event { fixed64 time_unix_nano = 1; string name = 2; repeated KeyValue attributes = 3; }
message Link { bytes trace_id = 1; bytes span_id = 2; string trace_state = 3; repeated KeyValue attributes = 4; }
message Status { string message = 2; int32 code = 3; }
message Span { bytes trace_id = 1; bytes span_id = 2; string trace_state = 3; bytes parent_span_id = 4;
  string name = 5; int32 kind = 6; fixed64 start_time_unix_nano = 7; fixed64 end_time_unix_nano = 8;
  repeated KeyValue attributes = 9; repeated Event events = 11; repeated Link links = 13; Status status = 15; }
message ScopeSpans { Scope scope = 1; repeated Span spans = 2; }
message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; }
message Req { repeated ResourceSpans resource_spans = 1; }
message Env { Req req = 1; fixed64 req_id = 2; string project = 3; fixed64 received_unix_nano = 4; }
"""

# The landing table has a column for each leaf, named by its path; a level of repetition is a level of Array. The
# decoder takes such columns as well as one tree of tuples, and the analyser is done with them in a tenth of the
# time: every access to a member of a tuple handles the name of the whole type.
#
# An arm of a oneof is Nullable: the arm that was sent is not null, also when its value is 0, '' or false. All arms
# are text: the decoder writes numbers out by itself, cheaper than SQL would. AnyValue is recursive and the format
# is not: arrays are decoded one level deep, what lies deeper and key-value lists stay raw (same wire type) and are
# decoded when read.
_ARMS: Final = ("string_value", "int_value", "double_value", "bool_value", "bytes_value", "kvlist_value")
_ITEM_ARMS: Final = (*_ARMS, "array_value")
_RESOURCE: Final = "req.resource_spans."
_SCOPE: Final = f"{_RESOURCE}scope_spans."
_SPAN: Final = f"{_SCOPE}spans."
_LEAVES: Final = {
    "trace_id": "String", "span_id": "String", "trace_state": "String", "parent_span_id": "String",
    "name": "String", "kind": "Int32", "start_time_unix_nano": "UInt64", "end_time_unix_nano": "UInt64",
    "status.message": "String", "status.code": "Int32",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Leaf:
    """A column of the landing table.

    Attributes:
        alias: what the view calls it once it is flattened.
        path: its path in the protobuf message, which is the column's name.
        depth: how often it is repeated, from the request down.
        level: levels of ARRAY JOIN until there is one row a span: 1 resource, 2 scope, 3 span.
        type: the type of one value.
    """

    alias: str
    path: str
    depth: int
    level: int
    type: str

    @property
    def column(self) -> str:
        """Its declaration in the landing table."""
        return f"`{self.path}` {'Array(' * self.depth}{self.type}{')' * self.depth}"


def _attributes(alias: str, path: str, depth: int, level: int, *, arrays: bool = False) -> list[Leaf]:
    """Leaves of a repeated KeyValue at `path`."""
    leaves = [Leaf(f"{alias}_key", f"{path}attributes.key", depth, level, "String")]
    leaves += [
        Leaf(f"{alias}_{arm}", f"{path}attributes.value.{arm}", depth, level, "Nullable(String)")
        for arm in _ARMS
    ]
    values = f"{path}attributes.value.array_value"
    if arrays:
        leaves += [
            Leaf(f"{alias}_item_{arm}", f"{values}.values.{arm}", depth + 1, level, "Nullable(String)")
            for arm in _ITEM_ARMS
        ]
    return leaves


LEAVES: Final = (
    *_attributes("resource", f"{_RESOURCE}resource.", 2, 1),
    Leaf("scope_name", f"{_SCOPE}scope.name", 2, 2, "String"),
    Leaf("scope_version", f"{_SCOPE}scope.version", 2, 2, "String"),
    *(Leaf(path.replace(".", "_"), _SPAN + path, 3, 3, kind) for path, kind in _LEAVES.items()),
    *_attributes("span", _SPAN, 4, 3, arrays=True),
    Leaf("event_time", f"{_SPAN}events.time_unix_nano", 4, 3, "UInt64"),
    Leaf("event_name", f"{_SPAN}events.name", 4, 3, "String"),
    *_attributes("event", f"{_SPAN}events.", 5, 3),
    Leaf("link_trace_id", f"{_SPAN}links.trace_id", 4, 3, "String"),
    Leaf("link_span_id", f"{_SPAN}links.span_id", 4, 3, "String"),
    Leaf("link_trace_state", f"{_SPAN}links.trace_state", 4, 3, "String"),
    *_attributes("link", f"{_SPAN}links.", 5, 3),
)
COLUMNS: Final = ", ".join((
    *(leaf.column for leaf in LEAVES),
    "`req_id` UInt64", "`project` String", "`received_unix_nano` UInt64",
))  # fmt: skip

# 2000-01-01 and an hour ahead of arrival: a span outside has a broken clock, and is filed under its arrival.
_EARLIEST_NS: Final = 946_684_800_000_000_000
_AHEAD_NS: Final = 3_600_000_000_000
# More is no measurement, and would make sums over other spans overflow: cost counts with its weight.
_MOST_TOKENS: Final = 10**9
_MOST_WEIGHT: Final = "1048576."
MOST_NANO_USD: Final = "1e15"


class TracesLanding:
    """The landing table of traces, for the applier."""

    columns = COLUMNS
    schema = SCHEMA

    def __init__(self, database: str) -> None:
        """Name the tables."""
        self.table = f"{database}.otlp_traces"
        self.stored = f"{database}.spans"

    def rows_of(self, request: memoryview) -> int:
        """Spans in a request.

        Raises:
            watchkeeper.model.otlp_wire.Broken: it is no export request.
        """
        return otlp_wire.spans_of(request)


def _slots() -> dict[str, tuple[int, ...]]:
    """A number for each attribute that means something, in the order of its field; payload behind all others.

    Attributes that say the same thing share a number.
    """
    numbers: dict[str, tuple[int, ...]] = {}
    at = 1
    for group in (normalise.ATTRIBUTES, normalise.PAYLOAD):
        for field, keys in group.items():
            same = field in normalise.SYNONYMS
            numbers[field] = (at,) * len(keys) if same else tuple(range(at, at + len(keys)))
            at = numbers[field][-1] + 1
    return numbers


_SLOTS: Final = _slots()
_FIRST_PAYLOAD: Final = min(_SLOTS[field][0] for field in normalise.PAYLOAD)
_FLAT_SLOTS: Final = {"input_messages": 250, "output_messages": 251}


def _list(texts: list[str] | tuple[str, ...]) -> str:
    return "[" + ", ".join(quoted(text) for text in texts) + "]"


def _translate(value: str, table: dict[str, str], otherwise: str) -> str:
    return f"transform({value}, {_list(tuple(table))}, {_list(tuple(table.values()))}, {otherwise})"


def _raw(kind: str, value: str) -> str:
    """A raw sub-message as JSON that says what it is; NULL when there is none."""
    return f"concat('{{\"otlp_{kind}\":\"', base64Encode({value}), '\"}}')"


def _texts(alias: str, otherwise: str = "") -> str:
    """Attribute values as the text that the Collector's exporter would store: an array beside the keys.

    Args:
        alias: prefix of the attributes' columns.
        otherwise: array of texts for values that no arm holds, or ''.
    """
    columns = [f"{alias}_{arm}" for arm in _ARMS]
    last = "''"
    if otherwise:
        columns.append(otherwise)
        last = "o"
    names = "s, i, d, b, y, k" + (", o" if otherwise else "")
    value = f"coalesce(s, i, d, b, base64Encode(y), {_raw('kvlist', 'k')}, {last})"
    return f"arrayMap(({names}) -> {value}, {', '.join(columns)})"


def _lists(alias: str) -> str:
    """Attribute values that are arrays, as JSON; '' for those that are not."""
    item = (
        "coalesce(toJSONString(s), i, d, b, toJSONString(base64Encode(y)), "
        f"{_raw('kvlist', 'k')}, {_raw('array', 'a')}, 'null')"
    )
    columns = ", ".join(f"{alias}_item_{arm}" for arm in _ITEM_ARMS)
    inner = f"arrayMap((s, i, d, b, y, k, a) -> {item}, s, i, d, b, y, k, a)"
    return (
        f"arrayMap((s, i, d, b, y, k, a) -> if(empty(s), '', concat('[', arrayStringConcat({inner}, ','), ']')), "
        f"{columns})"
    )


def _maps(alias: str) -> str:
    """Attributes of each event or link as a map."""
    arms = ", ".join(f"{alias}_{arm}" for arm in _ARMS)
    value = f"coalesce(s, i, d, b, base64Encode(y), {_raw('kvlist', 'k')}, '')"
    inner = f"arrayMap((s, i, d, b, y, k) -> {value}, s, i, d, b, y, k)"
    return f"arrayMap((n, s, i, d, b, y, k) -> mapFromArrays(n, {inner}), {alias}_key, {arms})"


def _place(field: str) -> str:
    """Where the field's first attribute stands among the span's, or 0."""
    places = [f"indexOf(slots, {slot})" for slot in dict.fromkeys(_SLOTS[field])]
    return places[0] if len(places) == 1 else f"firstNonDefault({', '.join(places)})"


def _slot_of_key() -> str:
    """Attribute name -> slot. One hash look-up an attribute; afterwards fields are found by comparing bytes."""
    keys = [
        key
        for group in (normalise.ATTRIBUTES, normalise.PAYLOAD)
        for names in group.values()
        for key in names
    ]
    numbers = ", ".join(str(slot) for slots in _SLOTS.values() for slot in slots)
    flat = ", ".join(
        f"startsWith(x, {quoted(prefix)}), {_FLAT_SLOTS[field]}"
        for field, shapes in normalise.FLATTENED.items()
        for prefix, _middle in shapes
    )
    return f"multiIf({flat}, transform(x, {_list(keys)}, [{numbers}], 0))"


def _weight() -> str:
    # th:<hex> is the rejection threshold T of 56 bits, trailing zeros removed; the adjusted count is
    # 2^56 / (2^56 - T). https://opentelemetry.io/docs/specs/otel/trace/tracestate-probability-sampling/
    threshold = "extract(trace_state, '(?:^|,)\\\\s*ot=(?:[^,]*;)?th:([0-9a-f]{1,14})(?:[;,]|$)')"
    return (
        f"if(trace_state = '', 1., least({_MOST_WEIGHT}, pow(2., 56) / (pow(2., 56) - "
        f"least(reinterpretAsUInt64(reverse(unhex(rightPad({threshold}, 14, '0')))), toUInt64(72057594037927935)))))"
    )


def _clock(field: str) -> str:
    return f"fromUnixTimestamp64Nano(toInt64({field}), 'UTC')"


def _sane(nanos: str) -> str:
    return f"if({nanos} between {_EARLIEST_NS} and received_unix_nano + {_AHEAD_NS}, {nanos}, received_unix_nano)"


# The view is a tower of SELECTs. A floor may use the columns of the floor below as often as it likes: an alias
# within one SELECT would be written out, and analysed and computed, at each of its uses.


_WORD: Final = re.compile(r"`[^`]+`|[A-Za-z_][A-Za-z0-9_]*")


def _tower(ground: dict[str, str], source: str, *floors: dict[str, str]) -> str:
    """SELECT of the last floor from the one below it, and so on down to `ground` from `source`.

    A column is carried only as far up as it is used: carrying all of them would cost more than computing.
    """
    built: list[dict[str, str]] = []
    wanted = list(floors[-1])
    for number in range(len(floors) - 1, -2, -1):
        own = floors[number] if number >= 0 else ground
        columns = {name: own.get(name, name) for name in wanted}
        built.append(columns)
        below = {**ground, **{name: "" for floor in floors[: max(number, 0)] for name in floor}}
        used = {word for expression in columns.values() for word in _WORD.findall(expression)}
        wanted = [name for name in below if name in used]
    sql = source
    for columns in reversed(built):
        new = ",\n  ".join(
            name if name == expression else f"{expression} AS {name}" for name, expression in columns.items()
        )
        sql = f"SELECT {new}\nFROM {sql}" if sql is source else f"SELECT {new}\nFROM ({sql})"
    return sql


def _ground() -> dict[str, str]:
    """Ground floor: one row a span, a plain column for each leaf."""
    arrival = {name: name for name in ("project", "req_id", "received_unix_nano")}
    return {**arrival, **{leaf.alias: f"{leaf.alias}_{leaf.level}" for leaf in LEAVES}}


def _source(database: str) -> str:
    """The landing table, unrolled: resources, then their scopes, then their spans."""
    levels = (
        ", ".join(
            f"{f'`{leaf.path}`' if level == 1 else f'{leaf.alias}_{level - 1}'} AS {leaf.alias}_{level}"
            for leaf in LEAVES
            if leaf.level >= level
        )
        for level in (1, 2, 3)
    )
    return f"{database}.otlp_traces " + " ".join(f"ARRAY JOIN {level}" for level in levels)


def _attributes_floor() -> dict[str, str]:
    """First floor: attributes as arrays side by side, and what each name means."""
    return {
        "texts": _texts("span", _lists("span")),
        "slots": f"arrayMap(x -> {_slot_of_key()}, span_key)",
        "resource": f"mapFromArrays(resource_key, {_texts('resource')})",
        "`Events.Attributes`": _maps("event"),
    }


def _fields() -> dict[str, str]:
    """Second floor: the value of each field, the place of each payload, and flattened messages as maps.

    Payload is large: it is taken out of the attributes once, on the roof.
    """
    columns = {f"f_{field}": f"texts[{_place(field)}]" for field in normalise.ATTRIBUTES}
    columns |= {f"p_{field}": _place(field) for field in normalise.PAYLOAD}
    for field, slot in _FLAT_SLOTS.items():
        columns[f"flat_{field}"] = (
            f"mapFromArrays(arrayFilter((k, n) -> n = {slot}, span_key, slots), "
            f"arrayFilter((t, n) -> n = {slot}, texts, slots))"
        )
    return columns


def _meaning() -> dict[str, str]:
    """Third floor: what the fields say together."""
    openinference = _translate("f_openinference_kind", normalise.OPENINFERENCE_KINDS, "''")
    provider = "lower(f_provider)"
    return {
        "Operation": (
            "multiIf(f_watchkeeper_kind not in ('', 'llm_call'), "
            f"{_translate('f_watchkeeper_kind', normalise.WATCHKEEPER_KINDS, 'f_watchkeeper_kind')}, "
            "f_operation != '', f_operation, "
            "f_openinference_kind = 'TOOL' and startsWith(name, 'handoff to '), 'handoff', "
            f"f_openinference_kind != '', {openinference}, "
            f"f_request_type != '', {_translate('f_request_type', normalise.REQUEST_TYPES, quoted(''))}, "
            f"{_translate('f_traceloop_kind', normalise.TRACELOOP_KINDS, quoted(''))})"
        ),
        "Timestamp": _clock(_sane("start_time_unix_nano")),
        "Provider": _translate(provider, normalise.PROVIDERS, provider),
        "reported_usd": "toFloat64OrNull(if(upper(f_currency) in ('', 'USD'), f_cost, ''))",
        "Model": "if(f_response_model != '', f_response_model, f_request_model)",
        "SampleWeight": _weight(),
    }


def _counts(database: str) -> dict[str, str]:
    """Fourth floor: tokens, the cost that was reported, the row of the price list.

    Tokens and cost stand on inference and embedding spans only: agents repeat the sums of what they called.
    """
    inference = f"Operation in {tuple(normalise.INFERENCE)}"
    price = (
        f"dictGet('{database}.prices_by_model', "
        "('valid_from', 'from_tokens', 'input', 'output', 'cache_read', 'cache_write'), (Provider, Model))"
    )
    return {
        "inference": inference,
        **{
            name: f"if({inference}, least(toUInt64OrZero({field}), {_MOST_TOKENS}), 0)"
            for name, field in {
                "InputTokens": "f_input_tokens",
                "OutputTokens": "f_output_tokens",
                "CacheReadTokens": "f_cache_read_tokens",
                "CacheWriteTokens": "f_cache_write_tokens",
                "ReasoningTokens": "f_reasoning_tokens",
            }.items()
        },
        # What is no amount (NaN, infinite, negative, beyond all money) is as good as none.
        "most": f"toInt64({MOST_NANO_USD} / SampleWeight)",
        "reported": (
            f"accurateCastOrNull(if(reported_usd >= 0 and reported_usd * 1e9 <= {MOST_NANO_USD} / SampleWeight, "
            "round(reported_usd * 1e9), NULL), 'Int64')"
        ),
        "price": price,
    }


def _price_row() -> dict[str, str]:
    """Fifth floor: which of the model's prices holds; tiers start at a number of input tokens."""
    seconds = "toUInt32(toDateTime(Timestamp, 'UTC'))"
    return {
        "price_row": f"arrayLastIndex((f, t) -> f <= {seconds} and t <= InputTokens, price.1, price.2)",
        "cached": "least(InputTokens, CacheReadTokens + CacheWriteTokens)",
    }


def _exporter_columns() -> dict[str, str]:
    """The columns of the OpenTelemetry Collector's ClickHouse exporter, and arrival."""
    kept = f"n < {_FIRST_PAYLOAD}"
    return {
        "Project": "project",
        "ReceivedAt": "fromUnixTimestamp64Milli(toInt64(intDiv(received_unix_nano, 1000000)), 'UTC')",
        "RequestId": "req_id",
        "Timestamp": "Timestamp",
        "TraceId": "lower(hex(trace_id))",
        "SpanId": "lower(hex(span_id))",
        "ParentSpanId": "lower(hex(parent_span_id))",
        "TraceState": "trace_state",
        "SpanName": "name",
        "SpanKind": (
            "['Unspecified', 'Internal', 'Server', 'Client', 'Producer', 'Consumer']"
            "[if(kind between 1 and 5, kind, 0) + 1]"
        ),
        "ServiceName": "resource['service.name']",
        "ResourceAttributes": "resource",
        "ScopeName": "scope_name",
        "ScopeVersion": "scope_version",
        "SpanAttributes": f"mapFromArrays(arrayFilter((k, n) -> {kept}, span_key, slots), arrayFilter((t, n) -> {kept}, texts, slots))",
        "Duration": (
            "if(end_time_unix_nano > start_time_unix_nano, end_time_unix_nano - start_time_unix_nano, 0)"
        ),
        "StatusCode": "['Unset', 'Ok', 'Error'][if(status_code in (1, 2), status_code, 0) + 1]",
        "StatusMessage": "status_message",
        "`Events.Timestamp`": f"arrayMap(x -> {_clock(_sane('x'))}, event_time)",
        "`Events.Name`": "event_name",
        "`Events.Attributes`": "`Events.Attributes`",
        "`Links.TraceId`": "arrayMap(x -> lower(hex(x)), link_trace_id)",
        "`Links.SpanId`": "arrayMap(x -> lower(hex(x)), link_span_id)",
        "`Links.TraceState`": "link_trace_state",
        "`Links.Attributes`": _maps("link"),
    }


def _agent_columns() -> dict[str, str]:
    """What people ask about agents, typed."""
    exceptions = "arrayMap(a -> a['exception.type'], `Events.Attributes`)"
    openinference = "f_openinference_kind != ''"
    # Rates are pico-USD a token, so that every step is an integer; half a nano-USD is rounded up.
    priced = (
        "if(price_row = 0, NULL, least(most, toInt64(intDiv((InputTokens - cached) * price.3[price_row] "
        "+ OutputTokens * price.4[price_row] + CacheReadTokens * price.5[price_row] "
        "+ CacheWriteTokens * price.6[price_row] + 500, 1000))))"
    )
    return {
        "ServiceNamespace": "resource['service.namespace']",
        "InstanceId": "resource['service.instance.id']",
        "Agent": "if(f_agent = '' and f_traceloop_kind = 'agent', f_entity, f_agent)",
        "TargetAgent": f"if(f_target_agent = '' and Operation = 'handoff' and {openinference}, substring(name, 12), f_target_agent)",
        "Operation": "Operation",
        "Workflow": f"if(f_workflow = '' and parent_span_id = '' and {openinference}, name, f_workflow)",
        "TaskType": "f_task_type",
        "Provider": "Provider",
        "Model": "Model",
        "ToolName": "if(f_tool = '' and f_traceloop_kind = 'tool', f_entity, f_tool)",
        "InputTokens": "InputTokens",
        "OutputTokens": "OutputTokens",
        "CacheReadTokens": "CacheReadTokens",
        "CacheWriteTokens": "CacheWriteTokens",
        "ReasoningTokens": "ReasoningTokens",
        "CostNanoUSD": f"multiIf(not inference, 0, isNotNull(reported), reported, {priced})",
        "CostSource": "multiIf(not inference, '', isNotNull(reported), 'reported', price_row = 0, '', 'priced')",
        "ErrorType": (
            f"multiIf(f_error_type != '', f_error_type, status_code != 2, '', "
            f"arrayFirst(x -> x != '', arrayPushBack({exceptions}, '_OTHER')))"
        ),
        "ConversationId": "f_conversation",
        "UserId": "f_user",
        "SampleWeight": "SampleWeight",
    }


def _payload_columns() -> dict[str, str]:
    def message(field: str, value: str) -> str:
        place = f"multiIf(p_{field} != 0, p_{field}, Operation = 'execute_tool', 0, p_{value})"
        return f"if(empty(flat_{field}), texts[{place}], {_unflatten(field)})"

    def tool(field: str, value: str) -> str:
        return f"texts[multiIf(p_{field} != 0, p_{field}, Operation = 'execute_tool', p_{value}, 0)]"

    return {
        "InputMessages": message("input_messages", "input_value"),
        "OutputMessages": message("output_messages", "output_value"),
        "SystemInstructions": "texts[p_system_instructions]",
        "ToolArguments": tool("tool_arguments", "input_value"),
        "ToolResult": tool("tool_result", "output_value"),
    }


def _unflatten(field: str) -> str:
    """Flattened messages as GenAI JSON. In the lambdas ``at`` is a message's prefix, ``call`` a tool call's."""
    flat = f"flat_{field}"
    names = f"mapKeys({flat})"

    def value(name: str, *, of: str = "at") -> str:
        return f"{flat}[concat({of}, {quoted(name)})]"

    def json(text: str) -> str:
        return f"toJSONString({text})"

    def numbered(prefix: str, ending: str) -> str:
        """Prefixes ``<prefix>0.``, ``<prefix>1.`` … of the message's parts whose names end so."""
        count = f"arrayCount(k -> startsWith(k, concat(at, {quoted(prefix)})) and endsWith(k, {quoted(ending)}), {names})"
        return f"arrayMap(n -> concat(at, {quoted(prefix)}, toString(n), '.'), range({count}))"

    text = f'concat(\'{{"type":"text","content":\', {json(value("content"))}, \'}}\')'
    answer = (
        f'concat(\'{{"type":"tool_call_response","id":\', {json(value("tool_call_id"))}, '
        f"',\"response\":', {json(value('content'))}, '}}')"
    )
    content = f"multiIf({value('content')} = '', [], {value('role')} = 'tool', [{answer}], [{text}])"
    part = value("message_content.text", of="call")
    contents = (
        f'arrayMap(call -> concat(\'{{"type":"text","content":\', {json(part)}, \'}}\'), '
        f"{numbered('contents.', '.message_content.text')})"
    )

    def call(prefix: str, identifier: str, name: str, arguments: str, ending: str) -> str:
        return (
            f'arrayMap(call -> concat(\'{{"type":"tool_call","id":\', {json(value(identifier, of="call"))}, '
            f"',\"name\":', {json(value(name, of='call'))}, "
            f"',\"arguments\":', {json(value(arguments, of='call'))}, '}}'), {numbered(prefix, ending)})"
        )

    (inference, middle), (traceloop, short) = normalise.FLATTENED[field]
    openinference = f"startsWith({names}[1], {quoted(inference)})"
    calls = (
        f"if({openinference}, "
        f"{call('tool_calls.', 'tool_call.id', 'tool_call.function.name', 'tool_call.function.arguments', '.function.name')}, "
        f"{call('tool_calls.', 'id', 'name', 'arguments', '.name')})"
    )
    reason = f"if({value('finish_reason')} = '', '', concat(',\"finish_reason\":', {json(value('finish_reason'))}))"
    message = (
        f"concat('{{\"role\":', {json(value('role'))}, ',\"parts\":[', "
        f"arrayStringConcat(arrayConcat({content}, {contents}, {calls}), ','), ']', {reason}, '}}')"
    )
    prefixes = (
        f"arrayMap(n -> if({openinference}, concat({quoted(inference)}, toString(n), {quoted(middle)}), "
        f"concat({quoted(traceloop)}, toString(n), {quoted(short)})), "
        f"range(arrayCount(k -> endsWith(k, '.role'), {names})))"
    )
    return f"concat('[', arrayStringConcat(arrayMap(at -> {message}, {prefixes}), ','), ']')"


def view_sql(database: str) -> str:
    """The SELECT of the materialized view from ``otlp_traces`` to ``spans``."""
    return _tower(
        _ground(),
        _source(database),
        _attributes_floor(),
        _fields(),
        _meaning(),
        _counts(database),
        _price_row(),
        {**_exporter_columns(), **_agent_columns(), **_payload_columns()},
    )
