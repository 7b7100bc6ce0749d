"""Whimbrel carries a database change from plan to production, in a Slack channel.

Slack ──▶ slack/listen   an Ask, on disk before it is acknowledged
              │
          chat           finds the word, turns the words into typed values
              │
          commands/*     reads like the sentence; returns a Reply
              │
          desk           look, refuse, or note a fact
              │  queue   (durable)
          drive, runner  carry_out: facts, each on disk before the next step
              │
          tools, databases    the only code that touches a target
              │
journal ──▶ Change ──▶ slack/render ──▶ slack/tell: one live message, a thread, alerts
"""
