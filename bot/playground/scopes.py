"""Which scope lets an app see what: by the kind of conversation, and by event (docs:reference/scopes)."""

_KINDS = {"public_channel": "channels", "private_channel": "groups", "im": "im", "mpim": "mpim"}
READ = tuple(f"{one}:read" for one in _KINDS.values())
HISTORY = tuple(f"{one}:history" for one in _KINDS.values())
WRITE = ("channels:manage", "groups:write", "im:write", "mpim:write")
TOPIC = (*WRITE, *(f"{one}:write.topic" for one in _KINDS.values()))
INVITE = (*WRITE, "channels:write.invites", "groups:write.invites")

#: Event -> the scope it takes. What is not here takes none.
EVENTS: dict[str, str] = {
    "message.channels": "channels:history",
    "message.groups": "groups:history",
    "message.im": "im:history",
    "message.mpim": "mpim:history",
    "app_mention": "app_mentions:read",
    "reaction_added": "reactions:read",
    "reaction_removed": "reactions:read",
    "pin_added": "pins:read",
    "pin_removed": "pins:read",
    "member_joined_channel": "channels:read",
    "member_left_channel": "channels:read",
    "channel_created": "channels:read",
    "channel_rename": "channels:read",
    "channel_archive": "channels:read",
    "channel_unarchive": "channels:read",
    "subteam_created": "usergroups:read",
    "subteam_updated": "usergroups:read",
    "subteam_members_changed": "usergroups:read",
    "user_change": "users:read",
    "team_join": "users:read",
    "file_created": "files:read",
    "file_shared": "files:read",
    "file_deleted": "files:read",
}


def for_kind(scopes: tuple[str, ...], kind: str) -> tuple[str, ...]:
    """Of scopes for several kinds of conversation, those for this kind."""
    start = f"{_KINDS[kind]}:"
    return tuple(one for one in scopes if one.startswith(start)) or scopes


def lacking(scopes: frozenset[str], events: frozenset[str], commands: bool) -> list[str]:
    """What an app's manifest asks to do without asking for the scope: one sentence each."""
    found = [f"{one} needs the scope {EVENTS[one]}" for one in sorted(events) if not _granted(one, scopes)]
    if commands and "commands" not in scopes:
        found.append("slash commands need the scope commands")
    return found


def _granted(event: str, scopes: frozenset[str]) -> bool:
    return event not in EVENTS or EVENTS[event] in scopes


def heard(name: str, scopes: frozenset[str] | None, events: frozenset[str] | None) -> bool:
    """Whether an app with these scopes and subscriptions hears of an event."""
    if events is not None and name not in events:
        return False
    return scopes is None or _granted(name, scopes)
