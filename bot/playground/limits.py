"""Every number Slack holds an app to: one table, each number under the source that gives it.

A row is (least, most). Lengths are characters, sizes are items, the rest says so in its name. Where two
sources differ the smaller `most` stands here, so that what passes the playground passes Slack.
`docs:` is a page below docs.slack.dev; `seen:` is an issue below github.com.
"""

from collections.abc import Mapping

Range = tuple[float, float]
_ANY = (-1e308, 1e308)

SOURCES: Mapping[str, Mapping[str, Range]] = {
    "docs:reference/block-kit/blocks": {
        "message.blocks": (0, 50),
        "view.blocks": (0, 100),
        "block_id": (1, 255),
    },
    "docs:reference/block-kit/blocks/actions-block": {"actions.elements": (1, 25)},
    "docs:reference/block-kit/blocks/alert-block": {"alert.text": (1, 200)},
    "docs:reference/block-kit/blocks/card-block": {
        "card.title": (1, 150),
        "card.subtitle": (1, 150),
        "card.body": (1, 200),
        "card.subtext": (1, 200),
        "card.actions": (1, 3),
    },
    "docs:reference/block-kit/blocks/carousel-block": {"carousel.elements": (1, 10)},
    "docs:reference/block-kit/blocks/container-block": {
        "container.title": (1, 150),
        "container.subtitle": (1, 150),
        "container.child_blocks": (1, 10),
    },
    "docs:reference/block-kit/blocks/context-block": {"context.elements": (1, 10)},
    "docs:reference/block-kit/blocks/context-actions-block": {"context_actions.elements": (1, 5)},
    # A copy of this page has 101 rows, slackblocks 201.
    "docs:reference/block-kit/blocks/data-table-block": {
        "data_table.rows": (2, 101),
        "data_table.columns": (1, 20),
        "data_table.page_size": (1, 100),
        "data_table.total_content": (0, 20_000),
    },
    # This page has 6 series and 6 segments, slackblocks 12 of both.
    "docs:reference/block-kit/blocks/data-visualization-block": {
        "message.data_visualizations": (0, 2),
        "data_visualization.title": (1, 50),
        "data_visualization.series": (1, 6),
        "data_visualization.series_name": (1, 20),
        "data_visualization.segments": (1, 6),
        "data_visualization.segment.label": (1, 20),
        "data_visualization.data": (1, 20),
        "data_visualization.point_label": (1, 20),
        "data_visualization.categories": (1, 20),
        "data_visualization.category_label": (1, 20),
        "data_visualization.axis_label": (1, 50),
    },
    "docs:reference/block-kit/blocks/file-block": {"file.external_id": (1, 255)},
    "docs:reference/block-kit/blocks/header-block": {"header.text": (1, 150), "header.level": (1, 4)},
    "docs:reference/block-kit/blocks/image-block": {
        "image.image_url": (1, 3000),
        "image.alt_text": (1, 2000),
        "image.title": (1, 2000),
    },
    "docs:reference/block-kit/blocks/input-block": {"input.label": (1, 2000), "input.hint": (1, 2000)},
    "docs:reference/block-kit/blocks/markdown-block": {
        "markdown.text": (1, 12_000),
        "markdown.total_text": (0, 12_000),
    },
    "docs:reference/block-kit/blocks/plan-block": {"plan.tasks": (0, 50)},
    "docs:reference/block-kit/blocks/rich-text-block": {
        "rich_text_list.indent": (0, 8),
        "rich_text_list.offset": (0, 1e9),
        "rich_text_list.border": (0, 1),
        "rich_text_quote.border": (0, 1),
        "rich_text_preformatted.border": (0, 1),
    },
    "docs:reference/block-kit/blocks/section-block": {
        "section.text": (1, 3000),
        "section.fields": (1, 10),
        "section.fields.item": (1, 2000),
    },
    "docs:reference/block-kit/blocks/table-block": {
        "message.tables": (0, 1),
        "table.rows": (1, 100),
        "table.columns": (1, 20),
        "table.column_settings": (0, 20),
    },
    "docs:reference/block-kit/blocks/video-block": {  # "must be less than" 200 and 50: so 199 and 49
        "video.alt_text": (1, 2000),
        "video.title": (1, 199),
        "video.author_name": (1, 49),
        "video.description": (1, 200),
        "video.provider_name": (1, 50),
        "video.video_url": (1, 3000),
        "video.thumbnail_url": (1, 3000),
        "video.title_url": (1, 2000),
        "video.provider_icon_url": (1, 2000),
    },
    "docs:reference/block-kit/block-elements": {
        "action_id": (1, 255),
        "button.text": (1, 75),
        "button.url": (1, 3000),
        "button.value": (0, 2000),
        "button.accessibility_label": (1, 75),
        "feedback_button.text": (1, 75),
        "feedback_button.value": (1, 2000),
        "feedback_button.accessibility_label": (1, 75),
        "icon_button.text": (1, 75),
        "icon_button.value": (1, 2000),
        "icon_button.accessibility_label": (1, 75),
        "icon_button.visible_to_user_ids": (1, 10),
        "workflow_button.text": (1, 75),
        "workflow_button.accessibility_label": (1, 75),
        "image_element.image_url": (1, 3000),
        "image_element.alt_text": (1, 2000),
        "overflow.options": (1, 5),
        "checkboxes.options": (1, 10),
        "radio_buttons.options": (1, 10),
        "select.placeholder": (1, 150),
        "select.options": (1, 100),
        "select.option_groups": (1, 100),
        "select.min_query_length": (0, 3000),
        "multi_select.max_selected_items": (1, 1e9),
        "date_picker.initial_date": (10, 10),
        "time_picker.initial_time": (5, 5),
        "time_picker.timezone": (1, 64),
        "date_time_picker.initial_date_time": (1e9, 9_999_999_999),
        "plain_text_input.initial_value": (0, 3000),
        "plain_text_input.min_length": (0, 3000),
        "plain_text_input.max_length": (1, 3000),
        "rich_text_input.min_lines": (1, 100),
        "rich_text_input.max_lines": (1, 100),
        "file_input.max_files": (1, 10),
    },
    "docs:reference/block-kit/composition-objects": {
        "text": (1, 3000),
        "confirmation.title": (1, 100),
        "confirmation.text": (1, 300),
        "confirmation.confirm": (1, 30),
        "confirmation.deny": (1, 30),
        "option.text": (1, 75),
        "option.value": (1, 150),
        "option.description": (1, 75),
        "option.url": (1, 3000),
        "option_group.label": (1, 75),
        "option_group.options": (1, 100),
        "dispatch_action_configuration.trigger_actions_on": (1, 2),
        "conversation_filter.include": (1, 4),
    },
    "docs:surfaces/modals, reference/views": {
        "view.title": (1, 24),
        "view.submit": (1, 24),
        "view.close": (1, 24),
        "view.private_metadata": (0, 3000),
        "view.callback_id": (0, 255),
        "view.external_id": (0, 255),
        "view.stack": (0, 3),
        "view.bytes": (0, 250_000),
    },
    "docs:interactivity/handling-user-interaction": {
        "trigger_id.seconds": (0, 3),
        "acknowledgement.seconds": (0, 3),
        "response_url.uses": (0, 5),
        "response_url.seconds": (0, 1800),
    },
    "docs:reference/methods/chat.postMessage": {
        "message.text": (0, 40_000),  # what is longer is cut off, not refused
        "message.attachments": (0, 100),
        "message.markdown_text": (1, 12_000),
        "posts.per_second_per_channel": (0, 1),
    },
    "docs:reference/methods/chat.update": {"update.text": (0, 4000)},
    "docs:reference/methods/chat.scheduleMessage": {
        "schedule.seconds": (0, 120 * 86_400),
        "schedule.window_seconds": (0, 300),
        "schedule.per_window": (0, 30),
    },
    "docs:reference/methods/reactions.add": {"message.emoji": (0, 23)},
    "docs:reference/methods/conversations.create": {"channel.name": (1, 80)},
    "docs:reference/methods/conversations.setTopic": {"channel.topic": (0, 250)},
    "docs:reference/methods/conversations.list": {"page": (1, 1000)},
    "docs:reference/methods/conversations.open": {"conversation.users": (1, 8)},
    "docs:reference/methods/bookmarks.add": {"channel.bookmarks": (0, 100)},
    "docs:reference/methods/pins.add": {"channel.pins": (0, 100)},
    "docs:apis/web-api/rate-limits": {
        "calls.tier1_per_minute": (0, 1),
        "calls.tier2_per_minute": (0, 20),
        "calls.tier3_per_minute": (0, 50),
        "calls.tier4_per_minute": (0, 100),
        "events.per_hour": (0, 30_000),
    },
    # SpecialTier_auth_test and _chat_getPermalink there.
    "java-slack-sdk:metadata/web-api/rate_limit_tiers.json": {"calls.tier5_per_minute": (0, 600)},
    "docs:apis/events-api/using-socket-mode": {
        "sockets": (0, 10),
        "socket.warning_seconds": (0, 10),  # "a warning about 10 seconds before"
    },
    "docs:apis/events-api": {
        "events.first_retry_seconds": (0, 0),
        "events.second_retry_seconds": (0, 60),
        "events.third_retry_seconds": (0, 300),
    },
    # Refusals were seen from 13,172 characters on; where exactly depends on the blocks.
    "seen:slackapi/bolt-js/issues/2509": {"message.characters": (0, 13_000)},
    # Slack names no number for these; what stands here is what a careful app does not pass.
    "ours": {
        "posts.burst": (0, 4),  # "short bursts allowed": how many posts may follow at once
        "posts.per_minute": (0, 300),  # "a workspace-wide limit"
        "plan.title": (1, 255),
        "task.task_id": (1, 255),
        "task.title": (1, 255),
        "task.sources": (0, 100),
        "source.url": (1, 3000),
        "source.text": (1, 255),
        "data_table.caption": (1, 2000),
        "data_table.row_header_column_index": (0, 19),
        "data_table.cell_text": (1, 3000),
        "table.cell_text": (0, 3000),
        "card.icon": (1, 100),
        "rich_text.elements": (0, 1000),
        "rich_text.text": (0, 40_000),
        "rich_text.name": (1, 255),
        "rich_text_preformatted.language": (1, 50),
        "any_number": _ANY,
        "data_visualization.segment.value": (1e-308, 1e308),
        "id": (1, 255),
        "people": (1, 100),
        "metadata.characters": (0, 16_000),
        "socket.ticket_seconds": (0, 30),
        "socket.seconds": (0, 3600),  # debug_info.approximate_connection_time
        "socket.closing_seconds": (0, 0.5),
        "upload.bytes": (1, 64 * 1024 * 1024),
    },
}
LIMITS: Mapping[str, Range] = {name: row for rows in SOURCES.values() for name, row in rows.items()}


def bounds(name: str) -> Range:
    """(least, most) of one row."""
    return LIMITS[name]


def most(name: str) -> int:
    """The whole number that may not be passed."""
    return int(LIMITS[name][1])
