"""Whatever comes from outside is text: in messages, blocks, names, files, forms and hints."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import expect
from slack_sdk import WebClient

from bot.playground.client import Person
from bot.playground.seed import ChannelSeed, CommandSeed, GroupSeed, UserSeed
from bot.playground.server import Playground
from tests.playground.page import samples

Json = dict[str, Any]
EVIL = "<img src=x onerror=hit()><script>hit()</script>'\"><b>"
SCRIPT = "javascript:hit()"
WORDS = frozenset(
    {"text", "title", "caption", "label", "name", "alt_text", "x_label", "y_label", "fallback", "value"}
)
LINKS = frozenset({"url", "image_url", "title_url", "video_url", "thumbnail_url"})
MADE = """() => {
  const link = (one) => ['href', 'src'].includes(one.name) && /^javascript:/i.test(one.value);
  const bad = (one) => one.name.startsWith('on') || link(one);
  const count = (what) => document.querySelectorAll(what).length;
  const odd = [...document.querySelectorAll('*')].filter((node) => [...node.attributes].some(bad)).length;
  return { odd, scripts: count('script'), bold: count('b'), pictures: count('img'), hit: typeof window.hit };
}"""


def spoiled(value: Any, key: str = "") -> Any:
    """The same shape, and every word of it hostile."""
    if isinstance(value, dict):
        return {name: spoiled(one, name) for name, one in value.items()}
    if isinstance(value, list):
        return [spoiled(one, key) for one in value]
    if isinstance(value, str) and key in WORDS:
        return EVIL
    return SCRIPT if isinstance(value, str) and key in LINKS else value


@pytest.fixture
def slack(seed: Callable[..., Any]) -> Iterator[Playground]:
    people = (UserSeed(name="dba", title=EVIL), UserSeed(name=EVIL, real_name=EVIL, title=EVIL))
    channels = (ChannelSeed(name="changes", topic=EVIL), ChannelSeed(name=EVIL, app=False))
    commands = (
        CommandSeed(command="/evil", usage_hint=EVIL, description=EVIL, words=(EVIL,), hints=(EVIL,)),
    )
    groups = (GroupSeed(handle="all", name=EVIL, users=("dba", EVIL)),)
    made = seed(users=people, channels=channels, commands=commands, usergroups=groups, team=EVIL)
    with Playground(made) as one:
        yield one


def test_hostile_words_stay_words_everywhere(
    slack: Playground, web: WebClient, dba: Person, tab: Callable[..., Any]
) -> None:
    space, where = slack.world.space, dba.channel("changes")
    for blocks in samples.MESSAGES:
        space.post(where, {"user": space.bot_user, "text": EVIL, "blocks": spoiled(blocks)})
    old = {
        "color": EVIL,
        "text": EVIL,
        "title": EVIL,
        "title_link": SCRIPT,
        "fields": [{"title": EVIL, "value": 1}],
    }
    space.post(where, {"user": space.bot_user, "username": EVIL, "text": EVIL, "attachments": [old]})
    ts = space.post(
        where, {"user": list(space.users)[1], "text": f"{EVIL} <{SCRIPT}|press> <!subteam^S000000001>"}
    )
    space.react(dba.id, where, ts["ts"], EVIL)
    web.files_upload_v2(channel=where, filename=f"{EVIL}.sql".replace("/", ""), title=EVIL, content=EVIL)
    space.whisper(dba.id, {"user": space.bot_user, "channel": where, "text": EVIL})
    slack.world.views.stacks[dba.id] = [spoiled({**samples.FORM, "id": "V1"})]
    me = tab("dba")
    expect(me.test("modal").get_by_role("heading")).to_have_text(EVIL)
    assert me.page.evaluate(MADE) == {"odd": 0, "scripts": 1, "bold": 0, "pictures": 0, "hit": "undefined"}
    slack.world.views.clear(dba.id)
    me.page.reload()
    me.test("messages").get_by_role("button", name="@all", exact=True).click()
    expect(me.test("people-card")).to_contain_text(EVIL)
    me.page.keyboard.press("Escape")
    me.test("composer").fill("/evil ")
    expect(me.test("completions")).to_contain_text(EVIL)
    expect(me.message("press").last).to_contain_text(f"{EVIL} <{SCRIPT}|press>")
    expect(me.page.locator("#topic")).to_have_text(EVIL)
    expect(me.test("file")).to_contain_text(EVIL)
    assert me.page.evaluate(MADE) == {"odd": 0, "scripts": 1, "bold": 0, "pictures": 0, "hit": "undefined"}
    seen = me.page.evaluate("document.body.innerText").count("<script>hit()</script>")
    assert seen > 60, "and all of it can be read"
