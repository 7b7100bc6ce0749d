"""Who holds a role: asked of Slack at that moment, and only people who are at home here count."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from slack_sdk import WebClient

from bot.core.errors import Conflict
from bot.core.policy import RoleSource
from bot.playground.client import Person
from bot.playground.seed import GroupSeed, UserSeed
from bot.playground.server import Playground
from bot.slack.roles import SlackPeople
from tests.slack.stage import Roster, Scene, seed, until

People = Callable[..., SlackPeople]


@pytest.fixture
def slack() -> Iterator[Playground]:
    with Playground(seed()) as one:
        yield one


@pytest.fixture
def people(slack: Playground) -> Iterator[People]:
    """Makes what asks a playground about a project's roles."""
    made: list[SlackPeople] = []

    def make(where: Playground | None = None, moment: float = 0, **roles: RoleSource) -> SlackPeople:
        at = where or slack
        client = WebClient(token=at.bot_token, base_url=at.api_url, timeout=5, retry_handlers=[])
        made.append(SlackPeople(Roster(**roles), client, moment, patience=3))
        return made[-1]

    yield make
    for one in made:
        one.close()


def named(slack: Playground, *names: str) -> set[str]:
    return {Person(slack.url, name).id for name in names}


def test_a_group_goes_by_handle_or_id_and_guests_robots_and_those_who_left_do_not_count(
    slack: Playground,
    people: People,
) -> None:
    group = next(iter(slack.world.space.groups))
    asked = people(dba=RoleSource(group="@dbas"), owner=RoleSource(group=group))

    found = asked.holders("shop")

    assert found == dict.fromkeys(("dba", "owner"), named(slack, "dba", "second-dba"))


def test_listed_people_count_with_those_of_the_group_and_strangers_do_not(
    slack: Playground, people: People
) -> None:
    listed = (*named(slack, "qa", "guest", "left", "robot"), "U0NOBODY", "USLACKBOT")
    asked = people(sre=RoleSource(people=listed), both=RoleSource(group="dbas", people=listed))

    found = asked.holders("shop")

    assert found["sre"] == named(slack, "qa")
    assert found["both"] == named(slack, "qa", "dba", "second-dba")


def test_a_group_that_is_not_there_or_is_empty_is_held_by_nobody(slack: Playground, people: People) -> None:
    asked = people(gone=RoleSource(group="gone"), empty=RoleSource(group="nobody"), none=RoleSource())

    assert asked.holders("shop") == {"gone": set(), "empty": set(), "none": set()}


def test_a_decision_sees_a_change_of_the_group_at_once_and_a_drawing_within_a_minute(
    slack: Playground,
    people: People,
) -> None:
    asked = people(dba=RoleSource(group="dbas"))
    asked.holders("shop")
    slack.set_group("dbas", ["qa"])

    assert asked.drawn("shop")["dba"] == named(slack, "dba", "second-dba")
    assert asked.holders("shop")["dba"] == named(slack, "qa")
    slack.set_user("qa", deleted=True)
    assert asked.holders("shop")["dba"] == set()


def test_a_decision_is_never_made_by_an_old_answer(slack: Playground, people: People) -> None:
    asked = people(dba=RoleSource(group="dbas"))
    asked.holders("shop")
    slack.faults.set(server_errors=-1, methods=("usergroups.list",))

    with pytest.raises(Conflict, match="did not say who holds"):
        asked.holders("shop")


@pytest.mark.parametrize("method", ["usergroups.list", "users.info"])
def test_no_answer_of_slack_denies_with_a_sentence(slack: Playground, people: People, method: str) -> None:
    asked = people(dba=RoleSource(group="dbas"))
    slack.faults.set(storms=-1, retry_after=60, methods=(method,))

    with pytest.raises(Conflict, match="did not say who holds the roles of shop") as refused:
        asked.holders("shop")

    assert refused.value.hint


def test_a_short_wait_that_slack_asks_for_is_waited(slack: Playground, people: People) -> None:
    asked = people(dba=RoleSource(group="dbas"))
    slack.faults.set(storms=1, retry_after=1, methods=("usergroups.list",))

    assert asked.holders("shop")["dba"] == named(slack, "dba", "second-dba")


def test_nobody_at_all_can_be_reached(slack: Playground, people: People) -> None:
    asked = people(dba=RoleSource(group="dbas"))
    slack.stop()

    with pytest.raises(Conflict):
        asked.holders("shop")
    assert asked.name("U1") == "U1"
    assert asked.mention("shop", "dba") == "dba"


def test_without_a_paid_plan_a_group_is_held_by_nobody_but_listed_people_count(people: People) -> None:
    with Playground(replace(seed(), plan_is_free=True)) as slack:
        listed = tuple(named(slack, "qa"))
        asked = people(slack, dba=RoleSource(group="dbas"), qa=RoleSource(people=listed))

        assert asked.holders("shop") == {"dba": set(), "qa": set(listed)}


def test_many_people_cost_one_call(people: People) -> None:
    crowd = tuple(UserSeed(name=f"dev-{n}") for n in range(40))
    everyone = (*seed().users, *crowd)
    groups = (GroupSeed(handle="devs", users=tuple(u.name for u in everyone)),)
    with Playground(replace(seed(), users=everyone, usergroups=groups)) as big:
        asked = people(big, dev=RoleSource(group="devs"))

        assert len(asked.holders("shop")["dev"]) == len(everyone) - 3
        assert sum(call.method == "users.info" for call in big.calls) == 0


def test_those_who_ask_together_share_one_answer_that_began_after_they_asked(
    slack: Playground, people: People
) -> None:
    asked = people(dba=RoleSource(group="dbas"))
    slack.faults.set(latency=0.2)
    found: list[object] = []
    threads = [threading.Thread(target=lambda: found.append(asked.holders("shop"))) for _ in range(8)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(found) == 8
    assert sum(call.method == "usergroups.list" for call in slack.calls) <= 2


def test_a_mention_pings_the_group_and_the_listed_people(slack: Playground, people: People) -> None:
    group = next(g.id for g in slack.world.space.groups.values() if g.handle == "dbas")
    (qa,) = named(slack, "qa")
    asked = people(dba=RoleSource(group="dbas", people=(qa,)), qa=RoleSource(people=(qa,)))

    assert asked.mention("shop", "dba") == f"<!subteam^{group}> <@{qa}>"
    assert asked.mention("shop", "qa") == f"<@{qa}>"
    assert asked.mention("shop", "<!channel>") == "&lt;!channel&gt;"


def test_people_are_called_by_the_name_they_go_by(slack: Playground, people: People) -> None:
    (qa,) = named(slack, "qa")

    assert people().name(qa) == "qa"
    assert people().name("U0NOBODY") == "U0NOBODY"


def test_news_of_a_group_makes_the_next_drawing_new(slack: Playground) -> None:
    with Scene(slack) as scene:
        assert scene.people.drawn("shop")["qa"] == named(slack, "qa")

        slack.set_group("testers", ["dba"])

        until(lambda: scene.people.drawn("shop")["qa"] == named(slack, "dba"))


def test_decisions_of_one_moment_share_an_answer_until_slack_tells_of_a_change(
    slack: Playground, people: People
) -> None:
    asked = people(moment=60, dba=RoleSource(group="dbas"))
    for _ in range(5):
        asked.holders("shop")
    assert sum(call.method == "usergroups.list" for call in slack.calls) == 1

    slack.set_group("dbas", ["qa"])
    asked.forget()

    assert asked.holders("shop")["dba"] == named(slack, "qa")


def test_an_answer_that_was_on_its_way_when_slack_told_of_a_change_is_not_kept(
    slack: Playground, people: People
) -> None:
    asked = people(moment=60, dba=RoleSource(group="dbas"))
    slack.faults.set(latency=0.3)
    early = threading.Thread(target=asked.holders, args=("shop",))
    early.start()
    until(lambda: any(call.method == "usergroups.list" for call in slack.calls))

    slack.set_group("dbas", ["qa"])
    asked.forget()
    early.join()

    assert asked.holders("shop")["dba"] == named(slack, "qa")
