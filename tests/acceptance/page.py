"""The playground's page as people use it: each method is something a person does or sees."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from bot.demo.world import CHANNEL

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
)
#: Milliseconds: answers come at once; a phase of a few seconds gets a minute on a busy machine.
SOON, A_PHASE = 15_000, 60_000


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser without a window."""
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=list(FLAGS))
        yield browser
        browser.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tab:
    """One open page, and whoever sits before it."""

    page: Page

    @classmethod
    def open(cls, page: Page, address: str) -> Tab:
        """The page, at the end of the channel."""
        page.set_default_timeout(SOON)
        page.goto(address)
        expect(page.get_by_test_id("composer")).to_be_visible(timeout=SOON)
        return cls(page=page)

    def test(self, name: str) -> Locator:
        """What is marked with this name for tests."""
        return self.page.get_by_test_id(name)

    # -- who and where -----------------------------------------------------------------------------------

    def become(self, person: str) -> Tab:
        """Click another person at the left; the thread beside the channel is shut."""
        entry = self.page.locator(f"[data-person={person}]")
        entry.click()
        expect(entry).to_have_attribute("aria-pressed", "true")
        return self.channel()

    def channel(self) -> Tab:
        """The channel, without a thread beside it."""
        self.page.locator(f"[data-goto={CHANNEL}]").click()
        expect(self.test("thread")).to_be_hidden()
        return self

    def home(self) -> Locator:
        """App Home, freshly asked for."""
        self.page.locator("[data-goto='App Home']").click()
        return self.test("home")

    # -- words -------------------------------------------------------------------------------------------

    def type(self, words: str) -> Tab:
        """Type and send, whatever the box offers meanwhile."""
        box = self.test("composer")
        box.fill(words)
        box.press("Escape")
        box.press("Enter")
        return self

    def ask(self, words: str, *said: str) -> Locator:
        """Type words after /migrate, and read what is answered to this person alone."""
        return self.told(lambda: self.type(f"/migrate {words}"), *said)

    def told(self, deed: Callable[[], object], *said: str) -> Locator:
        """Do something, and read what is answered to this person alone."""
        before = self.answers.count()
        deed()
        answer = self.answers.nth(before)
        expect(answer).to_be_visible(timeout=SOON)
        for part in said:
            expect(answer).to_contain_text(part)
        return answer

    @property
    def answers(self) -> Locator:
        """What only this person sees, in the channel."""
        return self.test("messages").locator("[data-testid=message][data-ephemeral=true]")

    # -- a change ----------------------------------------------------------------------------------------

    def live(self, change: int) -> Locator:
        """The live message of a change."""
        heading = self.page.locator("h3.header", has_text=re.compile(rf"· change {change}$"))
        return self.test("messages").get_by_test_id("message").filter(has=heading)

    def press(self, within: Locator, label: str, *, sure: str = "") -> Tab:
        """Press a button; `sure` is what the question before it has to say."""
        within.get_by_role("button", name=label, exact=True).click()
        if sure:
            expect(self.test("confirm")).to_contain_text(sure)
            self.test("confirm-yes").click()
        return self

    def react(self, change: int, name: str = "white_check_mark") -> Tab:
        """Click the reaction under the plan: adds mine, or takes it away again."""
        self.live(change).locator(f".chip[data-name='{name}']").click()
        return self

    def pick(self, change: int, name: str) -> Tab:
        """Add a reaction by way of the picker."""
        self.live(change).get_by_test_id("react-more").click()
        self.page.locator(f".pick[data-name='{name}']").click()
        return self

    def shows(self, change: int, *words: str, within: int = SOON) -> Tab:
        """The live message comes to say this."""
        for one in words:
            expect(self.live(change)).to_contain_text(one, timeout=within)
        return self

    def thread(self, change: int) -> Locator:
        """The thread of a change, beside the channel."""
        self.live(change).get_by_test_id("open-thread").click()
        expect(self.test("thread")).to_be_visible()
        return self.test("thread-messages")
