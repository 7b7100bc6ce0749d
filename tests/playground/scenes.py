"""One afternoon in a workspace, in which every method is called and every event happens."""

import time
import urllib.request
from collections.abc import Callable
from typing import Any

from slack_sdk import WebClient

from bot.playground.client import Person
from bot.playground.server import Playground
from tests.playground.ear import Ear

Json = dict[str, Any]
PLAIN = {"type": "plain_text", "text": "x"}
BUTTON = {"type": "button", "action_id": "go", "text": PLAIN}
ROW = {"type": "actions", "block_id": "row", "elements": [BUTTON]}
FIELD = {
    "type": "input",
    "block_id": "why",
    "label": PLAIN,
    "element": {"type": "plain_text_input", "action_id": "words"},
}
MODAL = {
    "type": "modal",
    "title": PLAIN,
    "submit": PLAIN,
    "close": PLAIN,
    "notify_on_close": True,
    "blocks": [FIELD],
}
HOME = {"type": "home", "blocks": [{"type": "divider"}]}


class Afternoon:
    """`answers`: method -> everything the Web API said to it."""

    def __init__(self, slack: Playground, web: WebClient, ear: Ear, until: Callable[..., Any]) -> None:
        self.slack, self.web, self.ear, self.until = slack, web, ear, until
        self.dba, self.qa = Person(slack.url, "dba"), Person(slack.url, "qa")
        self.answers: dict[str, list[Json]] = {}

    def call(self, method: str, **args: Any) -> Json:
        answer = self.web.api_call(method, json=args).data
        assert isinstance(answer, dict)
        self.answers.setdefault(method, []).append(answer)
        return answer

    def spend(self) -> None:
        self.places()
        self.words()
        self.marks()
        self.papers()
        self.people()
        self.dialogue()
        self.until(lambda: self.slack.quiet)

    def places(self) -> None:
        self.call("api.test")
        self.call("auth.test")
        made = self.call("conversations.create", name="release")["channel"]["id"]
        self.call("conversations.invite", channel=made, users=self.dba.id)
        self.call("conversations.setTopic", channel=made, topic="x")
        self.call("conversations.setPurpose", channel=made, purpose="x")
        self.call("conversations.kick", channel=made, user=self.dba.id)
        self.call("conversations.archive", channel=made)
        self.call("conversations.unarchive", channel=made)
        self.call("conversations.join", channel="lounge")
        self.call("conversations.leave", channel=made)
        self.call("conversations.open", users=self.dba.id, return_im=True)
        self.call("conversations.open", users=[self.dba.id, self.qa.id])
        self.call("conversations.list", types="public_channel,private_channel,im,mpim")
        self.call("conversations.info", channel="changes", include_num_members=True)
        self.call("conversations.members", channel="changes")

    def words(self) -> None:
        metadata = {"event_type": "change", "event_payload": {"id": 42}}
        root = self.call("chat.postMessage", channel="changes", text="plan", blocks=[ROW], metadata=metadata)
        where, ts = root["channel"], root["ts"]
        reply = {"thread_ts": ts, "reply_broadcast": True}
        self.call("chat.postMessage", channel=where, text="log", **reply)
        self.call("chat.update", channel=where, ts=ts, text="plan 2", blocks=[ROW])
        self.call("chat.postEphemeral", channel=where, user=self.dba.id, text="psst")
        self.call("chat.meMessage", channel=where, text="waves")
        self.call("chat.getPermalink", channel=where, message_ts=ts)
        self.dba.say("changes", "on it", thread_ts=ts)
        said = self.dba.say("changes", "@app, well done")["ts"]
        self.dba.edit("changes", said, "@app, very well done")
        later = self.call("chat.scheduleMessage", channel=where, text="soon", post_at=int(time.time()) + 60)
        self.call("chat.scheduledMessages.list")
        ident = later["scheduled_message_id"]
        self.call("chat.deleteScheduledMessage", channel=where, scheduled_message_id=ident)
        gone = self.call("chat.postMessage", channel=where, text="oops")["ts"]
        self.call("chat.delete", channel=where, ts=gone)
        self.call("conversations.history", channel=where)
        self.call("conversations.replies", channel=where, ts=ts)

    def marks(self) -> None:
        ts = self.dba.say("changes", "hello")["ts"]
        place = {"channel": self.dba.channel("changes"), "timestamp": ts}
        self.call("reactions.add", **place, name="eyes")
        self.call("reactions.get", **place)
        self.call("reactions.list")
        self.call("reactions.remove", **place, name="eyes")
        self.call("pins.add", **place)
        self.call("pins.list", channel=place["channel"])
        self.call("pins.remove", **place)
        channel = {"channel_id": place["channel"]}
        link = {"title": "x", "type": "link", "link": "https://example.org/"}
        bookmark = self.call("bookmarks.add", **channel, **link)["bookmark"]["id"]
        self.call("bookmarks.edit", **channel, bookmark_id=bookmark, title="y")
        self.call("bookmarks.list", **channel)
        self.call("bookmarks.remove", **channel, bookmark_id=bookmark)

    def papers(self) -> None:
        where = self.dba.channel("changes")
        target = self.call("files.getUploadURLExternal", filename="plan.sql", length=9)
        with urllib.request.urlopen(target["upload_url"], b"select 1;", timeout=5) as taken:
            assert taken.read() == b"OK - 9"
        file = {"id": target["file_id"], "title": "SQL"}
        self.call("files.completeUploadExternal", files=[file], channel_id=where)
        self.call("files.info", file=file["id"])
        self.call("files.list")
        self.call("files.delete", file=file["id"])
        text = {"type": "markdown", "markdown": "# Runbook\n\nfirst"}
        made = {"canvas_id": self.call("canvases.create", title="x", document_content=text)["canvas_id"]}
        self.call("conversations.canvases.create", channel_id=where)
        found = self.call("canvases.sections.lookup", **made, criteria={"section_types": ["h1"]})["sections"]
        change = {"operation": "insert_after", "section_id": found[0]["id"], "document_content": text}
        self.call("canvases.edit", **made, changes=[change])
        self.call("canvases.access.set", **made, access_level="read", user_ids=[self.dba.id])
        self.call("canvases.access.delete", **made, user_ids=[self.dba.id])
        self.call("canvases.delete", **made)

    def people(self) -> None:
        user = self.call("users.info", user=self.dba.id)["user"]
        self.call("users.list")
        self.call("users.lookupByEmail", email=user["profile"]["email"])
        self.call("users.getPresence", user=self.dba.id)
        self.call("users.profile.get", user=self.dba.id)
        self.call("users.conversations", user=self.dba.id)
        self.call("bots.info")
        self.call("team.info")
        self.call("emoji.list")
        group = {"usergroup": self.call("usergroups.create", name="Readers")["usergroup"]["id"]}
        self.call("usergroups.users.update", **group, users=[self.qa.id])
        self.call("usergroups.users.list", **group)
        self.call("usergroups.update", **group, description="read")
        self.call("usergroups.list", include_users=True, include_count=True)
        self.call("usergroups.disable", **group)
        self.call("usergroups.enable", **group)
        self.slack.set_user("qa", is_restricted=True)
        self.slack.revoke()
        self.slack.faults.clear()

    def dialogue(self) -> None:
        self.dba.say("changes", "/migrate status")
        ts = self.call("chat.postMessage", channel="changes", text="plan", blocks=[ROW])["ts"]
        self.dba.click("changes", ts, "go")
        self.call("views.open", trigger_id=self._trigger("block_actions"), view=MODAL)
        self.dba.shortcut("everywhere")
        pushed = self.call("views.push", trigger_id=self._trigger("shortcut"), view=MODAL)["view"]
        self.call("views.update", view_id=pushed["id"], hash=pushed["hash"], view=MODAL)
        self.dba.close(pushed["id"])
        self.dba.submit(self.dba.modals()[-1]["id"], {"words": "because"})
        self.dba.shortcut("here", "changes", ts)
        self.dba.home()
        self.call("views.publish", user_id=self.dba.id, view=HOME)
        self.dba.home()

    def _trigger(self, kind: str) -> str:
        return str(self.ear.events(kind)[-1]["trigger_id"])
