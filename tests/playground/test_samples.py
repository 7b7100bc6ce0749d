"""Our payloads' keys against those of the samples that java-slack-sdk recorded from Slack itself.

A sample is one payload in which everything ever seen was put together: so ours may have no key that it lacks.
What Slack always sends is what every sample of the same object has; ours must have that.
"""

from functools import reduce
from typing import Any

import pytest
from slack_sdk import WebClient

from bot.playground.methods import METHODS
from bot.playground.seed import ShortcutSeed
from bot.playground.server import Playground
from tests.playground.ear import Ear
from tests.playground.samples import Tree, at, joined, keys_of, known, objects, unknown
from tests.playground.scenes import Afternoon
from tests.playground.stage import small_seed, wait_until

KNOWN = known()
SHORTCUTS = (ShortcutSeed(callback_id="everywhere"), ShortcutSeed(callback_id="here", type="message"))

_EVENTS = [name for name in KNOWN if name.startswith("event.")]
_MESSAGES = ["message", "thread_broadcast", "file_share", "bot_message", "me_message", "app_mention"]
#: Object -> where it stands: in which payload, at which path.
FAMILIES: dict[str, list[tuple[str, str]]] = {
    "envelope": [(name, "") for name in _EVENTS],
    "message": [
        *(("chat.postMessage", "message"), ("chat.update", "message"), ("reactions.get", "message")),
        *(("conversations.history", "messages"), ("conversations.replies", "messages")),
        *((f"event.message_{name}", "event.previous_message") for name in ("changed", "deleted")),
        ("event.message_changed", "event.message"),
        *(("event.pin_added", "event.item.message"), ("event.pin_removed", "event.item.message")),
        *(("block_actions", "message"), ("message_action", "message"), ("reactions.list", "items.message")),
        *((f"event.{name}", "event") for name in _MESSAGES),
    ],
    "user": [
        *(("users.info", "user"), ("users.list", "members"), ("users.lookupByEmail", "user")),
        *(("event.user_change", "event.user"), ("event.team_join", "event.user")),
    ],
    "channel": [
        (f"conversations.{name}", "channel" if name != "list" else "channels")
        for name in ("info", "list", "join", "create", "invite", "setTopic", "setPurpose")
    ],
    "usergroup": [
        *((f"usergroups.{name}", "usergroup") for name in ("create", "update", "disable", "enable")),
        *(("usergroups.users.update", "usergroup"), ("usergroups.list", "usergroups")),
        *(("event.subteam_created", "event.subteam"), ("event.subteam_updated", "event.subteam")),
    ],
    "bookmark": [
        *(("bookmarks.add", "bookmark"), ("bookmarks.edit", "bookmark"), ("bookmarks.list", "bookmarks")),
    ],
    "file": [("files.info", "file"), ("files.list", "files"), ("files.completeUploadExternal", "files")],
    "view": [
        *((f"views.{name}", "view") for name in ("open", "push", "update", "publish")),
        *(("view_submission", "view"), ("view_closed", "view"), ("event.app_home_opened", "event.view")),
    ],
    "interaction": [
        (name, "") for name in ("block_actions", "view_submission", "view_closed", "message_action")
    ],
}
#: Payloads with no other like them, and where in them: every key of the sample is sent.
ALONE = {
    "slash_command": "",
    "auth.test": "",
    "message_action": "",
    **{name: "event" for name in _EVENTS if name.removeprefix("event.") not in (*_MESSAGES, "team_join")},
}
#: Keys of ours that no sample has.
EXTRA = {
    "view.blocks": "the recorded views were stripped of their blocks",
    "view_submission response_urls": "documented below docs:reference/interaction-payloads",
    "pins.list items.channel": "the recorded pin is of a file; docs:reference/methods/pins.list has it",
    "pins.list items.message": "the same",
    "conversations.open channel.is_user_deleted": "recorded in conversations.list for the same object",
}
#: Keys that every sample has and we leave out.
ABSENT = {
    "envelope enterprise_id": "outside Enterprise Grid there is no enterprise",
    "interaction enterprise": "the same, and ours says null",
    "slash_command enterprise_id": "the same, and form fields that say nothing are left out",
    "slash_command enterprise_name": "the same",
    "auth.test enterprise_id": "the same",
    "event.member_joined_channel enterprise": "the same",
    "auth.test app_id": "for app-level tokens; recorded with the keys of a bot's",
    "auth.test app_name": "the same",
    "auth.test expires_in": "for tokens that rotate",
    **dict.fromkeys(
        (f"auth.test {one}" for one in ("error", "needed", "provided", "warning")), "when it fails"
    ),
    "event.channel_archive is_moved": "for channels that move between workspaces",
    "file edit_link": "nothing can be edited in place here",
    "file preview_highlight": "markup of Slack's own page",
    **dict.fromkeys(
        (f"file {one}" for one in ("alt_txt", "original_w", "original_h", "deanimate", "deanimate_gif")),
        "for pictures; what is sent here is text",
    ),
}


@pytest.fixture(scope="module")
def sent() -> dict[str, list[Any]]:
    """Everything Slack said in an afternoon, by the name its sample has."""
    with Playground(small_seed(shortcuts=SHORTCUTS)) as slack:
        web = WebClient(token=slack.bot_token, base_url=slack.api_url)
        ear = Ear(web, slack.app_token)
        afternoon = Afternoon(slack, web, ear, wait_until)
        afternoon.spend()
        ear.close()
    found: dict[str, list[Any]] = dict(afternoon.answers)
    for envelope in ear.heard:
        found.setdefault(name_of(envelope), []).append(envelope["payload"])
    return found


def name_of(envelope: dict[str, Any]) -> str:
    payload = envelope["payload"]
    if envelope["type"] == "events_api":
        return f"event.{payload['event'].get('subtype') or payload['event']['type']}"
    return "slash_command" if envelope["type"] == "slash_commands" else str(payload["type"])


def allowed(name: str) -> Tree:
    """The sample's keys; an object that stands in several samples may have the keys of any."""
    tree = joined(KNOWN[name], {})
    for places in FAMILIES.values():
        for payload, path in places:
            if payload == name and path:
                union = reduce(joined, (at(KNOWN[other], way) for other, way in places))
                at(tree, path).update(joined(at(tree, path), union))
    if name.startswith("event."):
        envelopes = (KNOWN[one] for one in _EVENTS)
        tree = {key: {} for one in envelopes for key in one} | tree
    return tree


def test_every_method_and_every_event_was_heard_of(sent: dict[str, list[Any]]) -> None:
    assert set(METHODS) - set(sent) == {"apps.connections.open", "blocks.validate"}
    assert set(KNOWN) - set(sent) == {"apps.connections.open", "event.bot_message", "event.team_join"}


@pytest.mark.parametrize("name", KNOWN)
def test_no_payload_has_a_key_that_slack_does_not_know(sent: dict[str, list[Any]], name: str) -> None:
    found = unknown(keys_of(sent.get(name, [])), allowed(name))
    assert [one for one in found if f"{name} {one}" not in EXTRA and not one.endswith("view.blocks")] == []


@pytest.mark.parametrize("family", FAMILIES)
def test_every_object_has_the_keys_that_slack_always_sends(sent: dict[str, list[Any]], family: str) -> None:
    always = set.intersection(*(set(at(KNOWN[name], path)) for name, path in FAMILIES[family]))
    always -= {one.split(" ")[1] for one in ABSENT if one.startswith(f"{family} ")}
    seen = 0
    for name, path in FAMILIES[family]:
        for one in objects(sent.get(name, []), path):
            if family == "channel" and one["is_im"]:
                continue  # a direct conversation has no name, topic or creator
            seen += 1
            assert always - set(one) == set(), f"{name} {path}"
    assert always
    assert seen


@pytest.mark.parametrize("name", ALONE)
def test_every_other_payload_is_as_full_as_its_sample(sent: dict[str, list[Any]], name: str) -> None:
    wanted = set(at(KNOWN[name], ALONE[name])) - {
        one.split(" ")[1] for one in ABSENT if one.startswith(f"{name} ")
    }
    assert wanted - set(at(keys_of(sent[name]), ALONE[name])) == set()
