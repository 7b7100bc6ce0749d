"""Slack's own markup, rule by rule (docs.slack.dev, "Formatting message text")."""

from collections.abc import Callable
from typing import Any

#: What is written, and what becomes of it: tags without their attributes.
CASES = {
    "*b* _i_ ~s~ `c`": "<strong>b</strong> <em>i</em> <s>s</s> <code>c</code>",
    "*a _b_ c*": "<strong>a <em>b</em> c</strong>",
    "snake_case_name and 2*3*4": "snake_case_name and 2*3*4",
    "* no* and *no *": "* no* and *no *",
    "(*b*), *b*.": "(<strong>b</strong>), <strong>b</strong>.",
    "*one\ntwo*": "*one<br>two*",
    "`*a* <b> :tada:`": "<code>*a* <b> :tada:</code>",
    "a ```x\n *y*``` b": "a <pre><code>x\n *y*</code></pre> b",
    "&gt; q\nafter": "<blockquote>q</blockquote>after",
    "&gt; one\n&gt; two": "<blockquote>one<br>two</blockquote>",
    "&gt;&gt;&gt; one\ntwo": "<blockquote>one<br>two</blockquote>",
    "&lt;!channel&gt; &amp;lt;": "<!channel> &lt;",
    "<!here> <!channel>": "<span>@here</span> <span>@channel</span>",
    "<@U0NOBODY|ann> <#C0NONE|old>": "<button>@ann</button> <span>#old</span>",
    "<http://127.0.0.1/a|the *run*>": "<a>the *run*</a>",
    "<http://127.0.0.1/?a=1&amp;b=2>": "<a>http://127.0.0.1/?a=1&b=2</a>",
    "see http://127.0.0.1/a_b_c.": "see <a>http://127.0.0.1/a_b_c</a>.",
    "(https://127.0.0.1/x)": "(<a>https://127.0.0.1/x</a>)",
    "<mailto:a@b.c|write>": "<a>write</a>",
    "<javascript:x|press>": "<javascript:x|press>",
    "<!date^0^{nothing}|then>": "<time>{nothing}</time>",
    "<!date^x^{date}|then>": "<span>then</span>",
    ":tada: :+1::skin-tone-3: :no_such:": "<span>🎉</span> <span>👍🏼</span> <span>:no_such:</span>",
    "10:30:45": "10:30:45",
    "• one\n• two": "• one<br>• two",
}
DRAW = """async (texts) => {
  const { mrkdwn } = await import('/page/mrkdwn.js');
  const tag = (name, inside) => name === 'br' ? '<br>' : `<${name}>${inside}</${name}>`;
  const written = (node) => typeof node === 'string' ? node : node.nodeType === 3 ? node.data
    : tag(node.localName, [...node.childNodes].map(written).join(''));
  return texts.map((text) => mrkdwn(text).map(written).join(''));
}"""


def test_each_rule_of_slacks_markup_holds(tab: Callable[..., Any]) -> None:
    drawn = tab("dba").page.evaluate(DRAW, list(CASES))
    assert dict(zip(CASES, drawn, strict=True)) == CASES
