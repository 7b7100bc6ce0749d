"""How the bot lives in Slack.

listen ──▶ chat                what people type, press and react with, made into asks
render, sentences ◀── core     what is said, drawn from plain values (pure)
tell ──▶ wire ──▶ Slack        the journal told by cursor, at Slack's pace, made right again after an outage
"""
