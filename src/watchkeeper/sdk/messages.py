"""Messages as users have them → the JSON of the GenAI conventions, within bounds.

Accepted: a string, a list of strings, OpenAI-style ``{"role", "content", "tool_calls"}``
and the conventions' own ``{"role", "parts"}``. A part that is too long is cut, and
when there are too many messages the oldest give way, each time with a note that says so.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

# One part, and all messages of one span together, in characters.
PART_LIMIT: Final = 20_000
TOTAL_LIMIT: Final = 200_000

Messages = str | Sequence[Any]


def messages_json(messages: Messages, role: str) -> str:
    """JSON of the messages; ``role`` is what plain strings are said by."""
    items = [messages] if isinstance(messages, str | Mapping) else list(messages)
    return _joined([dump(_message(item, role)) for item in items])


def instructions_json(system: Messages) -> str:
    """JSON of the system instructions: a list of parts."""
    items = [system] if isinstance(system, str | Mapping) else list(system)
    return _joined([dump(part) for item in items for part in _parts(item)])


def value_json(value: Any) -> str:
    """A tool's arguments or result: text as it is, anything else as JSON."""
    return cut(value if isinstance(value, str) else _beginning(value))


def dump(value: Any) -> str:
    """JSON; what JSON can't say is given as its text."""
    return json.dumps(value, default=_as_text, ensure_ascii=False, separators=(",", ":"))


def _beginning(value: Any) -> str:
    """The JSON of a value, written no further than anybody will read: a result may have a million rows."""
    text = ""
    for chunk in _ENCODER.iterencode(value):
        text += chunk
        if len(text) > PART_LIMIT:
            return text[:PART_LIMIT] + "… [more left out]"
    return text


def cut(text: str) -> str:
    """At most ``PART_LIMIT`` characters, saying how many are missing."""
    if len(text) <= PART_LIMIT + 20:  # a note is no shorter than what it would replace
        return text
    return f"{text[:PART_LIMIT]}… [{len(text) - PART_LIMIT} more characters left out]"


def _joined(texts: list[str]) -> str:
    """A JSON list of the newest texts that fit together."""
    size, kept = 0, 0
    for text in reversed(texts):
        size += len(text)
        if size > TOTAL_LIMIT and kept:
            break
        kept += 1
    left_out = len(texts) - kept
    if left_out:
        note = {"type": "text", "content": f"[{left_out} earlier messages left out]"}
        texts = [dump({"role": "system", "parts": [note]}), *texts[left_out:]]
    return "[" + ",".join(texts) + "]"


def _message(item: Any, role: str) -> dict[str, Any]:
    if not isinstance(item, Mapping):
        return {"role": role, "parts": _parts(item)}
    message: dict[str, Any] = {"role": str(item.get("role", role))}
    if "parts" in item:
        message["parts"] = [_bounded(part) for part in item["parts"]]
    elif message["role"] == "tool":
        message["parts"] = [_tool_response(item)]
    else:
        message["parts"] = _parts(item.get("content")) + [
            _tool_call(call) for call in item.get("tool_calls") or ()
        ]
    if item.get("finish_reason"):
        message["finish_reason"] = str(item["finish_reason"])
    return message


def _parts(content: Any) -> list[dict[str, Any]]:
    """Parts of a content: text, or a list of text and typed items."""
    if content is None or content == "":
        return []
    if isinstance(content, str):
        return [{"type": "text", "content": cut(content)}]
    if isinstance(content, Mapping):
        return [_part(content)]
    if isinstance(content, Sequence):
        return [part for item in content for part in _parts(item)]
    return [{"type": "text", "content": cut(str(content))}]


def _part(item: Mapping[str, Any]) -> dict[str, Any]:
    if item.get("type") == "text" and "text" in item:
        return {"type": "text", "content": cut(str(item["text"]))}
    return _bounded(item)


def _bounded(part: Any) -> dict[str, Any]:
    if not isinstance(part, Mapping):
        return {"type": "text", "content": cut(str(part))}
    return {str(key): cut(value) if isinstance(value, str) else _small(value) for key, value in part.items()}


def _small(value: Any) -> Any:
    text = _beginning(value)
    return value if len(text) <= PART_LIMIT else text


def _tool_call(call: Any) -> dict[str, Any]:
    """OpenAI's ``{"id", "function": {"name", "arguments"}}`` → a tool_call part."""
    function = call.get("function", call) if isinstance(call, Mapping) else {}
    arguments = function.get("arguments")
    if isinstance(arguments, str):
        try:
            arguments = json.loads(arguments)
        except ValueError:
            arguments = cut(arguments)
    name = str(function.get("name", ""))
    return {"type": "tool_call", "id": str(call.get("id", "")), "name": name, "arguments": _small(arguments)}


def _tool_response(item: Mapping[str, Any]) -> dict[str, Any]:
    response = item.get("content")
    bounded = cut(response) if isinstance(response, str) else _small(response)
    return {"type": "tool_call_response", "id": str(item.get("tool_call_id", "")), "response": bounded}


def _as_text(value: Any) -> Any:
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    if isinstance(value, set | frozenset):
        return list(value)
    return cut(str(value))


_ENCODER: Final = json.JSONEncoder(default=_as_text, ensure_ascii=False, separators=(",", ":"))
