"""files.*: an address to send to, the bytes, and then the message that shows them."""

import mimetypes
from copy import deepcopy
from urllib.parse import quote

from bot.playground.blocks import require_message
from bot.playground.limits import bounds
from bot.playground.messages import composed
from bot.playground.methods_chat import writable
from bot.playground.values import Json, Refused, number, text_of
from bot.playground.world import World

PREVIEW = 2000


def upload_url(world: World, args: Json) -> Json:
    name, size = text_of(args, "filename"), number(args, "length", 0)
    least, most = bounds("upload.bytes")
    if size < least:
        raise Refused("invalid_arguments")
    if size > most:
        raise Refused("file_upload_size_restricted")
    kind = mimetypes.guess_type(name)[0] or "text/plain"
    file = world.space.expect_file(name, size, kind)
    address = f"{world.url}/files/{file['id']}/{quote(name, safe='')}"
    file |= {"url_private": address, "url_private_download": address}
    file["permalink"] = file["permalink_public"] = address
    return {"upload_url": f"{world.url}/upload/{file['id']}", "file_id": file["id"]}


def receive(world: World, ident: str, content: bytes) -> None:
    """The bytes of a file that was announced."""
    file = world.space.files.get(ident)
    if file is None or ident in world.space.contents:
        raise Refused("file_not_found")
    if len(content) != file["size"]:
        raise Refused("file_size_mismatch")
    world.space.contents[ident] = content
    if file["mimetype"].startswith("text/") or file["mimetype"] in ("application/json", "application/sql"):
        file["preview"] = content[:PREVIEW].decode("utf-8", "replace")
        file["preview_is_truncated"] = len(content) > PREVIEW
        file["lines"] = content.count(b"\n") + 1
        file["lines_more"] = content[PREVIEW:].count(b"\n")


def _found(world: World, ident: object) -> Json:
    file = world.space.files.get(str(ident))
    if file is None or file["id"] not in world.space.contents:
        raise Refused("file_not_found")
    return file


def complete(world: World, args: Json) -> Json:
    """Everything is looked at before anything is shown."""
    asked = args.get("files")
    if not isinstance(asked, list) or not asked:
        raise Refused("invalid_arguments")
    files = [_found(world, one.get("id")) for one in asked]
    where = args.get("channel_id") or (str(args.get("channels") or "").split(",")[0])
    channel = writable(world, {"channel": where}) if where else None
    require_message(args.get("blocks"), None, old=world.faults.no_new_blocks)
    for file, one in zip(files, asked, strict=True):
        file["title"] = str(one.get("title") or file["name"])
        world.space.tell("file_created", file=file["id"], user=file["user"])
    if channel is not None:
        _show(world, args, channel.id, files)
    return {"files": deepcopy(files)}


def _show(world: World, args: Json, channel: str, files: list[Json]) -> None:
    message = composed(world.space, {"text": args.get("initial_comment"), "blocks": args.get("blocks")})
    message |= {"subtype": "file_share", "upload": True, "files": files}
    if args.get("thread_ts"):
        message["thread_ts"] = str(args["thread_ts"])
    where = world.space.channels[channel]
    made = world.space.post(channel, message)
    public = where.kind == "public_channel"
    for file in files:
        share = {
            "ts": made["ts"],
            "channel_name": where.name,
            "team_id": world.space.team_id,
            "share_user_id": world.space.bot_user,
            **({"thread_ts": made["thread_ts"]} if "thread_ts" in made else {}),
        }
        file["is_public"] = file["is_public"] or public
        file["shares"].setdefault("public" if public else "private", {}).setdefault(channel, []).append(share)
        file["ims" if where.is_im else "channels" if public else "groups"].append(channel)
        world.space.tell("file_shared", file=file["id"], user=file["user"], channel=channel)


def info(world: World, args: Json) -> Json:
    file = _found(world, text_of(args, "file"))
    paging = {"count": 100, "total": 0, "page": 1, "pages": 0}
    return {"file": deepcopy(file), "comments": [], "paging": paging, "content": file.get("preview", "")}


def listed(world: World, args: Json) -> Json:
    space, where, who = world.space, args.get("channel"), args.get("user")
    found = [
        deepcopy(one)
        for one in space.files.values()
        if one["id"] in space.contents
        and who in (None, one["user"])
        and (not where or where in (*one["channels"], *one["groups"], *one["ims"]))
    ]
    size, page = number(args, "count", 100), number(args, "page", 1)
    pages = -(-len(found) // size)
    paging = {"count": size, "total": len(found), "page": page, "pages": pages}
    return {"files": found[(page - 1) * size : page * size], "paging": paging}


def delete(world: World, args: Json) -> Json:
    file = _found(world, text_of(args, "file"))
    if file["user"] != world.space.bot_user:
        raise Refused("cant_delete_file")
    del world.space.files[file["id"]], world.space.contents[file["id"]]
    places = [*file["channels"], *file["groups"], *file["ims"]]
    world.space.tell("file_deleted", file=file["id"], channels=places)
    return {}
