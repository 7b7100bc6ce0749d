"""Slack's objects, as its API and its events show them: team, user, channel, user group, bot, file."""

import time
from typing import TYPE_CHECKING

from bot.playground.places import Channel, Group, User
from bot.playground.values import Json

if TYPE_CHECKING:
    from bot.playground.workspace import Workspace


def team_domain(space: "Workspace") -> str:
    return "".join(c for c in space.seed.team.lower() if c.isalnum()) or "playground"


def profile_of(space: "Workspace", user: User) -> Json:
    first, _, last = user.real_name.partition(" ")
    shown: Json = {
        "title": user.title,
        "phone": "",
        "skype": "",
        "real_name": user.real_name,
        "real_name_normalized": user.real_name,
        "display_name": user.name,
        "display_name_normalized": user.name,
        "first_name": first,
        "last_name": last,
        "status_text": "",
        "status_emoji": "",
        "status_expiration": 0,
        "avatar_hash": "",
        "team": space.team_id,
    }
    if user.is_bot:
        return shown | {"api_app_id": space.app_id, "bot_id": space.bot_id, "always_active": True}
    scopes = space.seed.scopes
    if scopes is None or "users:read.email" in scopes:
        shown["email"] = user.email or f"{user.name}@{team_domain(space)}.invalid"
    return shown


def user_of(space: "Workspace", user: User) -> Json:
    return {
        "id": user.id,
        "team_id": space.team_id,
        "name": user.name,
        "deleted": user.deleted,
        "color": user.color,
        "real_name": user.real_name,
        "tz": "Etc/UTC",
        "tz_label": "UTC",
        "tz_offset": 0,
        "profile": profile_of(space, user),
        "is_admin": user.is_admin,
        "is_owner": False,
        "is_primary_owner": False,
        "is_restricted": user.is_restricted,
        "is_ultra_restricted": False,
        "is_bot": user.is_bot,
        "is_app_user": False,
        "is_email_confirmed": not user.is_bot,
        "has_2fa": False,
        "who_can_share_contact_card": "EVERYONE",
        "updated": space.opened,
    }


def channel_of(space: "Workspace", channel: Channel, *, count: bool = False) -> Json:
    """As Slack's lists show it. A direct conversation has a person instead of a name."""
    frame: Json = {
        "id": channel.id,
        "created": channel.created,
        "is_archived": channel.is_archived,
        "is_im": channel.is_im,
        "is_org_shared": False,
        "context_team_id": space.team_id,
        "updated": channel.created * 1000,
    }
    if channel.is_im:
        person = next((one for one in channel.members if one != space.bot_user), space.bot_user)
        return frame | {"user": person, "is_user_deleted": space.user(person).deleted, "priority": 0}
    if count:
        frame["num_members"] = len(channel.members)
    return frame | {
        "name": channel.name,
        "creator": channel.creator,
        "name_normalized": channel.name,
        "is_channel": not channel.is_private and not channel.is_mpim,
        "is_group": channel.is_private or channel.is_mpim,
        "is_mpim": channel.is_mpim,
        "is_private": channel.is_private or channel.is_mpim,
        "is_general": channel.name == "general",
        "is_member": space.bot_user in channel.members,
        "is_shared": False,
        "is_ext_shared": False,
        "is_pending_ext_shared": False,
        "pending_shared": [],
        "pending_connected_team_ids": [],
        "shared_team_ids": [space.team_id],
        "previous_names": [],
        "unlinked": 0,
        "topic": {"value": channel.topic, "creator": "", "last_set": 0},
        "purpose": {"value": channel.purpose, "creator": "", "last_set": 0},
    }


def group_of(space: "Workspace", group: Group, *, users: bool = True) -> Json:
    shown: Json = {
        "id": group.id,
        "team_id": space.team_id,
        "is_usergroup": True,
        "is_subteam": True,
        "name": group.name,
        "description": group.description,
        "handle": group.handle,
        "is_external": False,
        "date_create": group.created,
        "date_update": group.updated,
        "date_delete": group.gone,
        "auto_provision": False,
        "enterprise_subteam_id": "",
        "created_by": space.bot_user,
        "updated_by": space.bot_user,
        "prefs": {"channels": [], "groups": []},
        "user_count": len(group.users),
        "channel_count": 0,
        "is_section": False,
    }
    return {**shown, "users": list(group.users)} if users else shown


def bot_of(space: "Workspace") -> Json:
    """The bot_profile of the app's messages."""
    return {
        "id": space.bot_id,
        "deleted": False,
        "name": space.seed.app_name,
        "updated": space.opened,
        "app_id": space.app_id,
        "icons": {"image_36": "", "image_48": "", "image_72": ""},
        "team_id": space.team_id,
    }


def new_file(space: "Workspace", ident: str, name: str, size: int, mimetype: str) -> Json:
    """A file that was announced; its address is added by who knows the server's."""
    now = int(time.time())
    kind = name.rpartition(".")[2].lower() if "." in name else "text"
    return {
        "id": ident,
        "created": now,
        "timestamp": now,
        "name": name,
        "title": name,
        "mimetype": mimetype,
        "filetype": kind,
        "pretty_type": kind.upper(),
        "user": space.bot_user,
        "user_team": space.team_id,
        "editable": mimetype.startswith("text/"),
        "size": size,
        "mode": "snippet" if mimetype.startswith("text/") else "hosted",
        "is_external": False,
        "external_type": "",
        "is_public": False,
        "public_url_shared": False,
        "display_as_bot": False,
        "username": "",
        "comments_count": 0,
        "is_starred": False,
        "has_more_shares": False,
        "has_rich_preview": False,
        "file_access": "visible",
        "shares": {},
        "channels": [],
        "groups": [],
        "ims": [],
    }
