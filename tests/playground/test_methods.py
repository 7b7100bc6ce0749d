"""The rest of the Web API: what each method does, and what it refuses in Slack's own words."""

import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.playground.client import Person
from bot.playground.limits import most
from bot.playground.seed import Seed
from bot.playground.server import Playground

SAID = {"channel": "changes", "text": "x"}
MARK = {"channel_id": "changes", "title": "x"}


def error_of(web: WebClient, method: str, **args: Any) -> str:
    with pytest.raises(SlackApiError) as caught:
        web.api_call(method, json=args)
    return str(caught.value.response["error"])


# -- later ------------------------------------------------------------------------------------


def test_a_message_for_later_is_listed_and_comes_when_its_time_has_come(
    slack: Playground, web: WebClient, dba: Person
) -> None:
    channel, at = dba.channel("changes"), int(time.time()) + 3600
    kept = web.chat_scheduleMessage(channel=channel, text="the window opens", post_at=at)
    gone = web.chat_scheduleMessage(channel=channel, text="never", post_at=at + 60)
    listed = web.chat_scheduledMessages_list()["scheduled_messages"]
    assert [(one["id"], one["post_at"]) for one in listed] == [
        (kept["scheduled_message_id"], at),
        (gone["scheduled_message_id"], at + 60),
    ]
    web.chat_deleteScheduledMessage(channel=channel, scheduled_message_id=gone["scheduled_message_id"])
    assert dba.messages("changes") == []
    slack.skip(7200)
    assert dba.wait_for_message("changes", "the window opens")
    assert [one["text"] for one in dba.messages("changes")] == ["the window opens"]
    assert web.chat_scheduledMessages_list()["scheduled_messages"] == []


def test_a_message_for_later_keeps_slacks_limits(web: WebClient, dba: Person) -> None:
    channel, now = dba.channel("changes"), int(time.time())
    later = {"channel": channel, "text": "x"}
    assert error_of(web, "chat.scheduleMessage", **later, post_at=now - 1) == "time_in_past"
    assert error_of(web, "chat.scheduleMessage", **later, post_at=now + 121 * 86_400) == "time_too_far"
    assert error_of(web, "chat.scheduleMessage", **later) == "invalid_time"
    assert error_of(web, "chat.scheduleMessage", **later, post_at="soon") == "invalid_time"
    for n in range(most("schedule.per_window")):
        web.chat_scheduleMessage(**later, post_at=now + 600 + n)
    assert error_of(web, "chat.scheduleMessage", **later, post_at=now + 700) == "restricted_too_many"
    assert web.chat_scheduleMessage(**later, post_at=now + 1200)["ok"]
    unknown = {"channel": channel, "scheduled_message_id": "Q1"}
    assert error_of(web, "chat.deleteScheduledMessage", **unknown) == "invalid_scheduled_message_id"


# -- conversations ----------------------------------------------------------------------------


def test_a_channel_is_made_filled_left_and_closed(slack: Playground, web: WebClient, dba: Person) -> None:
    made = web.conversations_create(name="release-42")["channel"]
    assert made["is_member"]
    web.conversations_invite(channel=made["id"], users=dba.id)
    assert dba.id in web.conversations_members(channel=made["id"])["members"]
    web.conversations_setTopic(channel=made["id"], topic="tonight")
    assert web.conversations_info(channel=made["id"])["channel"]["topic"]["value"] == "tonight"
    web.conversations_archive(channel=made["id"])
    assert error_of(web, "chat.postMessage", channel=made["id"], text="x") == "is_archived"
    listed = web.conversations_list(exclude_archived=True)["channels"]
    assert made["id"] not in [one["id"] for one in listed]
    web.conversations_unarchive(channel=made["id"])
    web.conversations_kick(channel=made["id"], user=dba.id)
    web.conversations_leave(channel=made["id"])
    assert error_of(web, "chat.postMessage", channel=made["id"], text="x") == "not_in_channel"
    web.conversations_join(channel=made["id"])
    assert web.conversations_join(channel=made["id"])["warning"] == "already_in_channel"


@pytest.mark.parametrize(
    ("method", "args", "error"),
    [
        ("conversations.create", {"name": "Release"}, "invalid_name_specials"),
        ("conversations.create", {"name": "x" * 81}, "invalid_name_maxlength"),
        ("conversations.create", {"name": "changes"}, "name_taken"),
        ("conversations.create", {}, "invalid_name_required"),
        ("conversations.list", {"types": "secret"}, "invalid_types"),
        ("conversations.open", {}, "users_list_not_supplied"),
        ("conversations.open", {"users": [f"U{n}" for n in range(9)]}, "too_many_users"),
        ("conversations.join", {"channel": "vault"}, "channel_not_found"),
        ("conversations.invite", {"channel": "changes", "users": "U000000001"}, "already_in_channel"),
        ("conversations.setTopic", {"channel": "changes", "topic": "x" * 251}, "too_long"),
        ("conversations.history", {"channel": "changes", "oldest": "then"}, "invalid_ts_oldest"),
        ("conversations.history", {"channel": "changes", "cursor": "x"}, "invalid_cursor"),
        ("conversations.replies", {"channel": "changes", "ts": "1.1"}, "thread_not_found"),
        (
            "chat.postMessage",
            {**SAID, "markdown_text": "x"},
            "markdown_text_conflict",
        ),
        ("chat.postMessage", {"channel": "changes", "markdown_text": "x" * 12_001}, "msg_too_long"),
        (
            "chat.postMessage",
            {**SAID, "metadata": {"a": 1}},
            "invalid_metadata_format",
        ),
        (
            "chat.postMessage",
            {**SAID, "attachments": [{}] * 101},
            "too_many_attachments",
        ),
        ("reactions.add", {"channel": "changes", "name": "eyes"}, "no_item_specified"),
        ("reactions.add", {"channel": "changes", "name": "not an emoji", "timestamp": "1.1"}, "invalid_name"),
        ("reactions.add", {"channel": "changes", "name": "eyes", "timestamp": "1.1"}, "message_not_found"),
        ("pins.add", {"channel": "lounge", "timestamp": "1.1"}, "not_in_channel"),
        ("pins.remove", {"channel": "changes"}, "no_item_specified"),
        ("bookmarks.add", {**MARK, "type": "folder"}, "invalid_bookmark_type"),
        (
            "bookmarks.add",
            {**MARK, "type": "link", "link": "x"},
            "invalid_link",
        ),
        ("bookmarks.edit", {"channel_id": "changes", "bookmark_id": "Bk1"}, "not_found"),
        ("files.info", {"file": "F1"}, "file_not_found"),
        ("files.completeUploadExternal", {"files": [{"id": "F1"}]}, "file_not_found"),
        ("files.getUploadURLExternal", {"filename": "x", "length": 1 << 30}, "file_upload_size_restricted"),
        ("canvases.edit", {"canvas_id": "F1", "changes": []}, "canvas_not_found"),
        ("users.lookupByEmail", {"email": "nobody@example.org"}, "users_not_found"),
        ("bots.info", {"bot": "B1"}, "bot_not_found"),
        ("usergroups.users.update", {"usergroup": "S000000001", "users": "U404"}, "invalid_users"),
        ("usergroups.users.list", {"usergroup": "S404"}, "no_such_subteam"),
        ("usergroups.create", {"name": "x", "handle": "dbas"}, "handle_already_exists"),
        ("usergroups.create", {}, "missing_subteam_name"),
        ("views.update", {"view_id": "V1", "view": {"type": "home", "blocks": []}}, "not_found"),
    ],
)
def test_what_cannot_be_is_refused_in_slacks_words(
    web: WebClient, method: str, args: dict[str, Any], error: str
) -> None:
    assert error_of(web, method, **args) == error


def test_several_people_talk_with_the_app_in_one_conversation(web: WebClient, dba: Person) -> None:
    qa = next(one["id"] for one in dba.everyone() if one["name"] == "qa")
    first = web.conversations_open(users=[dba.id, qa])["channel"]["id"]
    assert web.conversations_open(users=[qa, dba.id])["channel"]["id"] == first
    web.chat_postMessage(channel=first, text="to both")
    assert [one["text"] for one in dba.messages(first)] == ["to both"]
    assert web.conversations_list(types="mpim")["channels"][0]["is_mpim"]


def test_markdown_is_said_as_a_block(web: WebClient, dba: Person) -> None:
    web.api_call("chat.postMessage", json={"channel": "changes", "markdown_text": "# plan"})
    block = dba.messages("changes")[0]["blocks"][0]
    assert (block["type"], block["text"]) == ("markdown", "# plan")


# -- groups, pins, canvases, files ------------------------------------------------------------


def test_a_group_is_made_filled_and_put_away(web: WebClient, dba: Person) -> None:
    made = web.usergroups_create(name="On Call", handle="on-call")["usergroup"]
    web.usergroups_users_update(usergroup=made["id"], users=[dba.id])
    assert web.usergroups_users_list(usergroup=made["id"])["users"] == [dba.id]
    web.usergroups_disable(usergroup=made["id"])
    assert error_of(web, "usergroups.users.list", usergroup=made["id"]) == "no_such_subteam"
    assert made["id"] not in [one["id"] for one in web.usergroups_list()["usergroups"]]
    web.usergroups_enable(usergroup=made["id"])
    assert web.usergroups_users_list(usergroup=made["id"])["users"] == [dba.id]


def test_pins_and_bookmarks_come_and_go(web: WebClient, dba: Person) -> None:
    place = {"channel": dba.channel("changes"), "timestamp": dba.say("changes", "hello")["ts"]}
    web.pins_add(**place)
    assert error_of(web, "pins.add", **place) == "already_pinned"
    assert web.pins_list(channel=place["channel"])["items"][0]["message"]["ts"] == place["timestamp"]
    web.pins_remove(**place)
    assert error_of(web, "pins.remove", **place) == "no_pin"
    mark = {"channel_id": place["channel"], "title": "Runbook", "type": "link", "link": "https://x.org/"}
    made = web.bookmarks_add(**mark)["bookmark"]["id"]
    web.bookmarks_edit(channel_id=place["channel"], bookmark_id=made, title="Plan")
    assert [one["title"] for one in web.bookmarks_list(channel_id=place["channel"])["bookmarks"]] == ["Plan"]
    web.bookmarks_remove(channel_id=place["channel"], bookmark_id=made)
    assert web.bookmarks_list(channel_id=place["channel"])["bookmarks"] == []


def test_a_canvas_is_edited_by_its_sections_or_not_at_all(slack: Playground, web: WebClient) -> None:
    def text(words: str) -> dict[str, str]:
        return {"type": "markdown", "markdown": words}

    channel = web.conversations_list()["channels"][0]["id"]
    made = web.conversations_canvases_create(channel_id=channel, document_content=text("# Plan\n\nfirst"))
    again = error_of(web, "conversations.canvases.create", channel_id=channel)
    assert again == "channel_canvas_already_exists"
    canvas = {"canvas_id": str(made["canvas_id"])}
    found = web.canvases_sections_lookup(**canvas, criteria={"contains_text": "first"})["sections"]
    change = {"operation": "insert_before", "section_id": found[0]["id"], "document_content": text("zeroth")}
    lost = {"operation": "delete", "section_id": "temp:C:gone"}
    assert error_of(web, "canvases.edit", **canvas, changes=[change, lost]) == "canvas_editing_failed"
    web.canvases_edit(**canvas, changes=[change])
    sections = slack.world.space.canvases[canvas["canvas_id"]].sections
    assert [words for _, words in sections] == ["# Plan", "zeroth", "first"]
    web.canvases_edit(**canvas, changes=[{"operation": "replace", "document_content": text("done")}])
    assert [words for _, words in slack.world.space.canvases[canvas["canvas_id"]].sections] == ["done"]
    web.canvases_delete(**canvas)
    assert web.conversations_canvases_create(channel_id=channel, document_content=text("again"))["ok"]


def fetched(url: str, **headers: str) -> tuple[int, bytes]:
    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_: Any) -> None:
            return None

    request = urllib.request.Request(url, headers=headers)
    try:
        with urllib.request.build_opener(Stay).open(request, timeout=5) as answer:
            return int(answer.status), answer.read()
    except urllib.error.HTTPError as refused:
        refused.close()
        return refused.code, b""


def test_an_app_reads_a_file_with_its_token_and_without_is_sent_to_the_login(
    slack: Playground, web: WebClient, dba: Person
) -> None:
    channel = dba.channel("changes")
    web.files_upload_v2(channel=channel, content="select 1;", filename="plan.sql")
    file = web.files_list()["files"][0]
    token = {"Authorization": f"Bearer {slack.bot_token}"}
    assert fetched(file["url_private"], **token) == (200, b"select 1;")
    assert fetched(file["url_private"])[0] == 302
    assert fetched(file["url_private"], Authorization="Bearer xoxb-other")[0] == 302
    assert dba.file(file["url_private"]) == b"select 1;"
    web.files_delete(file=file["id"])
    assert web.files_list()["files"] == []
    assert fetched(file["url_private"], **token)[0] == 404


def test_a_free_team_has_no_canvas_of_its_own(seed: Callable[..., Seed]) -> None:
    with Playground(seed(plan_is_free=True)) as slack:
        web = WebClient(slack.bot_token, base_url=slack.api_url)
        assert error_of(web, "canvases.create") == "free_teams_cannot_create_non_tabbed_canvases"
