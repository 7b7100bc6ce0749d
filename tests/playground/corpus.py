"""Blocks of every type, built by another's library: slackblocks. Each comes as (surface, JSON)."""

from typing import Any

from slackblocks import blocks as b
from slackblocks import elements as e
from slackblocks import objects as o
from slackblocks import rich_text as r
from slackblocks._core import resolve

Json = dict[str, Any]

OPTION = o.Option(o.PlainText("one"), "1")
ANSWER = o.Option(o.PlainText("two"), "2")
CONFIRM = o.ConfirmationDialogue("Sure?", "Really?", "Yes", "No")
BUTTON = e.Button("Go", action_id="go", value="run 1", style="primary", confirm=CONFIRM)
PICTURE = e.Image("a chart", image_url="https://example.org/a.png")
LINE = r.RichTextSection(
    [r.RichText("12 s", bold=True), r.RichTextLink("https://example.org/", "log"), r.RichTextUser("U1")]
)
#: An offset is documented, and not in @slack/types.
LIST = r.RichTextList("bullet", [LINE], indent=1, offset=None)
RICH = b.RichTextBlock([LINE, LIST, r.RichTextCodeBlock(r.RichText("select 1"))])
CARD = b.CardBlock(
    title=o.Markdown("dba"), subtitle=o.Markdown("0 of 1"), body=o.Markdown("waits"), actions=[BUTTON]
)
TASK = b.TaskCardBlock(
    "t1", "Backfill", output=RICH, sources=[e.URLSource("https://example.org/", "runbook")], status="complete"
)
NEXT = b.TaskCardBlock("t2", "Contract", status="pending")
POINTS = [o.DataPoint("q1", 12), o.DataPoint("q2", 3)]
BARS = o.BarChart([o.DataSeries("before", POINTS)], o.AxisConfig(["q1", "q2"], "query", "ms"))
MENUS = [
    e.StaticSelectMenu("s1", [OPTION, ANSWER], initial_option=OPTION, placeholder="which"),
    e.OverflowMenu("s2", [OPTION, ANSWER]),
    e.CheckboxGroup("s3", [OPTION]),
    e.RadioButtonGroup("s4", [OPTION]),
    e.UserSelectMenu("s5"),
    e.ChannelSelectMenu("s6"),
    e.ConversationSelectMenu("s7"),
    e.ExternalSelectMenu("s8"),
    e.DatePicker("s9"),
    e.TimePicker("s10"),
    e.DateTimePicker("s11"),
]
INPUTS = [
    e.PlainTextInput("i1", multiline=True, min_length=1, max_length=10),
    e.EmailInput("i2"),
    e.URLInput("i3"),
    e.NumberInput(action_id="i4", is_decimal_allowed=False),
    e.RichTextInput("i5"),
    e.FileInput("i6", filetypes=["sql"], max_files=2),
    e.StaticMultiSelectMenu("i7", [OPTION]),
    e.UserMultiSelectMenu("i8"),
    e.ChannelMultiSelectMenu("i9"),
    e.ConversationMultiSelectMenu("i10"),
    e.ExternalMultiSelectMenu("i11"),
]
TEXT, NUMBER = o.RawText("users"), o.RawNumber(42, "42")
BUILT: list[tuple[str, b.Block]] = [
    ("M", b.SectionBlock("plan", accessory=BUTTON)),
    ("M", b.SectionBlock(fields=[o.Markdown("*target*"), o.PlainText("shop")])),
    ("M", b.HeaderBlock("Change 42")),
    ("M", b.ContextBlock([o.Markdown("seen"), PICTURE])),
    ("M", b.DividerBlock()),
    ("M", b.ImageBlock("https://example.org/a.png", "a chart", title="p95")),
    ("M", b.VideoBlock("a film", "https://example.org/t.png", "film", "https://example.org/v")),
    ("M", b.FileBlock("f-1")),
    ("M", b.ActionsBlock([BUTTON, *MENUS])),
    ("M", RICH),
    ("M", b.MarkdownBlock("# plan")),
    ("M", b.TableBlock([[TEXT, TEXT], [TEXT, TEXT]], [o.ColumnSettings("right", True)])),
    ("M", b.ContextActionsBlock([e.FeedbackButtons(e.FeedbackButton("y", "1"), e.FeedbackButton("n", "0"))])),
    ("M", b.ContextActionsBlock([e.IconButton("drop", action_id="drop", value="1")])),
    ("M", TASK),
    ("M", b.PlanBlock("Change 42", [TASK, NEXT])),
    ("M", CARD),
    ("M", b.CarouselBlock([CARD])),
    ("M", b.DataTableBlock([[TEXT, TEXT], [TEXT, NUMBER]], "Locks", page_size=5)),
    ("M", b.DataVisualizationBlock("p95", BARS)),
    ("M", b.DataVisualizationBlock("share", o.PieChart([o.ChartSegment("users", 45)]))),
    ("M", b.ContainerBlock([RICH], title="SQL", is_collapsible=True, default_collapsed=True)),
    ("V", b.AlertBlock("careful", "error")),
    *(("V", b.InputBlock("why", one, hint="say more", optional=True)) for one in INPUTS),
    *(("V", b.InputBlock("which", one)) for one in MENUS if one.type.value != "overflow"),
]


def corpus() -> list[tuple[str, Json]]:
    return [(surface, resolve(block)) for surface, block in BUILT]
