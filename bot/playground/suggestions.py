"""The choices of a menu whose options the app is asked for while a person types (external_select)."""

from bot.playground.blocks import blocks_wrong, inputs_in
from bot.playground.forms import options_of
from bot.playground.values import Json, Refused

EXTERNAL = frozenset({"external_select", "multi_external_select"})
LETTERS = 3  # docs:reference/block-kit/block-elements: fewer are not sent, unless the element says otherwise


def too_short(element: Json, typed: str) -> bool:
    return len(typed) < int(element.get("min_query_length", LETTERS))


class Suggestions:
    """What the app has offered each person, for only that can be chosen."""

    def __init__(self) -> None:
        self._offered: dict[tuple[str, str, str, str], dict[str, Json]] = {}

    def take(self, place: tuple[str, str], block_id: str, action_id: str, answer: Json) -> Json:
        """The app's answer, as the page gets it. Raises Refused when Slack would not show it."""
        told: Json = {key: answer[key] for key in ("options", "option_groups") if key in answer}
        menu = {"type": "static_select", "action_id": action_id, **told}
        problems = blocks_wrong([{"type": "actions", "elements": [menu]}], "M")
        if problems and told not in ({"options": []}, {"option_groups": []}):
            raise Refused("invalid_options", message=problems[0].line())
        known = self._offered.setdefault((*place, block_id, action_id), {})
        known.update({str(one["value"]): one for one in options_of(told)})
        return told

    def known(self, place: tuple[str, str], block_id: str, element: Json) -> Json:
        """The element, with all that was offered as its options."""
        if element["type"] not in EXTERNAL:
            return element
        first = [element["initial_option"]] if "initial_option" in element else []
        offered = self._offered.get((*place, block_id, element["action_id"]), {})
        return {**element, "options": [*first, *element.get("initial_options", ()), *offered.values()]}

    def inputs(self, place: tuple[str, str], blocks: object) -> list[Json]:
        """A form's inputs, each with what was offered."""
        return [
            {**one, "element": self.known(place, one["block_id"], one["element"])}
            for one in inputs_in(blocks)
        ]
