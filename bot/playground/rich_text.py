"""Rich text: what may stand inside it, as tables. Fields are those of @slack/types."""

from bot.playground.rules import (
    Shape,
    boolean,
    choice,
    items,
    number,
    shaped,
    string,
    thing,
    typed,
)

NAME, TEXT = string("rich_text.name"), string("rich_text.text")
_MARKS = ("bold", "italic", "strike", "code", "underline", "highlight", "client_highlight", "unlink")
STYLE = thing({}, **dict.fromkeys(_MARKS, boolean))

PIECES: dict[str, Shape] = {
    "text": Shape(need={"text": TEXT}, may={"style": STYLE}),
    "link": Shape(need={"url": string("source.url")}, may={"text": TEXT, "unsafe": boolean, "style": STYLE}),
    "emoji": Shape(
        need={"name": NAME},
        may={"unicode": NAME, "url": NAME, "skin_tone": number("any_number"), "style": STYLE},
    ),
    "user": Shape(need={"user_id": NAME}, may={"style": STYLE}),
    "usergroup": Shape(need={"usergroup_id": NAME}, may={"style": STYLE}),
    "channel": Shape(need={"channel_id": NAME}, may={"style": STYLE}),
    "team": Shape(need={"team_id": NAME}, may={"style": STYLE}),
    "broadcast": Shape(need={"range": choice("here", "channel", "everyone")}, may={"style": STYLE}),
    "color": Shape(need={"value": NAME}, may={"style": STYLE}),
    "date": Shape(
        need={"timestamp": number("any_number"), "format": NAME},
        may={"url": string("source.url"), "fallback": NAME, "style": STYLE},
    ),
}
_LINE = items(typed(PIECES), "rich_text.elements")
_CODE = items(typed(PIECES, "text", "link"), "rich_text.elements")
SECTION = Shape(need={"elements": _LINE})
PARTS: dict[str, Shape] = {
    "rich_text_section": SECTION,
    "rich_text_preformatted": Shape(
        need={"elements": _CODE},
        may={
            "border": number("rich_text_preformatted.border"),
            "language": string("rich_text_preformatted.language"),
        },
    ),
    "rich_text_quote": Shape(need={"elements": _LINE}, may={"border": number("rich_text_quote.border")}),
    "rich_text_list": Shape(
        need={
            "elements": items(typed({"rich_text_section": SECTION}), "rich_text.elements"),
            "style": choice("bullet", "ordered"),
        },
        may={
            "indent": number("rich_text_list.indent"),
            "border": number("rich_text_list.border"),
            "offset": number("rich_text_list.offset"),
        },
    ),
}
BODY = Shape(need={"elements": items(typed(PARTS), "rich_text.elements")})
RICH = typed({"rich_text": BODY}, known=frozenset({"type", "block_id"}))
RAW = shaped(BODY, known=frozenset({"type", "block_id"}))
