"""A local Slack on 127.0.0.1: a workspace with people, channels and an app, held to Slack's rules.

page, scripted person ──▶ person ──▶ dialogue ──▶ delivery ──▶ the app (Socket Mode, or signed HTTP)
                                          │
the app ──▶ api ──▶ workspace, views ◀────┘
                          │ news
                          └──▶ live (the page)  and  events (the app)

What Slack allows stands in limits, scopes and methods; what goes wrong on purpose in faults, set by admin.
"""
