import json

from watchkeeper.sdk import messages as wire


def parsed(*args):
    return json.loads(wire.messages_json(*args))


def text(role, content):
    return {"role": role, "parts": [{"type": "text", "content": content}]}


def test_plain_strings_are_said_by_the_given_role():
    assert parsed("hi", "user") == [text("user", "hi")]
    assert parsed(["a", "b"], "assistant") == [text("assistant", "a"), text("assistant", "b")]


def test_openai_style_messages_with_tool_calls():
    call = {"id": "c1", "type": "function", "function": {"name": "add", "arguments": '{"x": 1}'}}
    messages = [
        {
            "role": "user",
            "content": [{"type": "text", "text": "1 + 1?"}, {"type": "image_url", "image_url": {"url": "u"}}],
        },
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c1", "content": "2"},
        {"role": "assistant", "content": "2", "finish_reason": "stop"},
    ]
    assert parsed(messages, "user") == [
        {
            "role": "user",
            "parts": [
                {"type": "text", "content": "1 + 1?"},
                {"type": "image_url", "image_url": {"url": "u"}},
            ],
        },
        {
            "role": "assistant",
            "parts": [{"type": "tool_call", "id": "c1", "name": "add", "arguments": {"x": 1}}],
        },
        {"role": "tool", "parts": [{"type": "tool_call_response", "id": "c1", "response": "2"}]},
        {**text("assistant", "2"), "finish_reason": "stop"},
    ]


def test_messages_of_the_conventions_pass_as_they_are():
    message = {
        "role": "assistant",
        "parts": [{"type": "tool_call", "id": "1", "name": "f", "arguments": {"a": [1]}}],
    }
    assert parsed([message], "user") == [message]
    assert parsed(message, "user") == [message]


def test_arguments_that_are_no_json_stay_text():
    [message] = parsed(
        [
            {
                "role": "assistant",
                "tool_calls": [{"id": "1", "function": {"name": "f", "arguments": "{broken"}}],
            }
        ],
        "user",
    )
    assert message["parts"][0]["arguments"] == "{broken"


def test_system_instructions_are_parts():
    assert json.loads(wire.instructions_json("be kind")) == [{"type": "text", "content": "be kind"}]


def test_long_parts_are_cut_and_say_so():
    [message] = parsed("x" * 50_000, "user")
    content = message["parts"][0]["content"]
    assert len(content) < 21_000
    assert content.endswith("… [30000 more characters left out]")


def test_many_messages_give_way_oldest_first():
    found = parsed([f"{n} " + "y" * 9_000 for n in range(100)], "user")
    assert found[0] == text("system", "[78 earlier messages left out]")
    assert found[-1]["parts"][0]["content"].startswith("99 ")
    assert len(json.dumps(found)) < wire.TOTAL_LIMIT + 10_000


def test_what_json_cannot_say_becomes_text():
    class Thing:
        def __str__(self):
            return "a thing"

    class Model:
        def model_dump(self, mode):
            return {"mode": mode}

    assert json.loads(wire.value_json({"t": Thing(), "s": {3}, "m": Model()})) == {
        "t": "a thing",
        "s": [3],
        "m": {"mode": "json"},
    }
    assert wire.value_json("plain") == "plain"


def test_results_without_end_are_written_only_as_far_as_they_are_kept():
    read = []

    class Row:
        def __str__(self):
            read.append(1)
            return "row"

    text = wire.value_json([Row() for _ in range(1_000_000)])
    assert text.endswith("… [more left out]")
    assert len(text) < 21_000
    assert len(read) < 5_000
