"""files.*: an address to send to, the bytes, and then the message that shows them."""

import mimetypes
from copy import deepcopy
from urllib.parse import quote

from bot.playground.messages import composed
from bot.playground.methods_chat import writable
from bot.playground.values import Json, Refused, number, text_of
from bot.playground.world import World

PREVIEW = 2000


def upload_url(world: World, args: Json) -> Json:
    name, size = text_of(args, "filename"), number(args, "length", 0)
    if size <= 0:
        raise Refused("invalid_arguments")
    kind = mimetypes.guess_type(name)[0] or "text/plain"
    file = world.space.expect_file(name, size, kind)
    file["url_private"] = f"{world.url}/files/{file['id']}/{quote(name, safe='')}"
    file["url_private_download"] = file["url_private"]
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


def complete(world: World, args: Json) -> Json:
    asked = args.get("files")
    if not isinstance(asked, list) or not asked:
        raise Refused("invalid_arguments")
    files = []
    for one in asked:
        file = world.space.files.get(str(one.get("id")))
        if file is None or file["id"] not in world.space.contents:
            raise Refused("file_not_found")
        file["title"] = str(one.get("title") or file["name"])
        files.append(file)
    where = args.get("channel_id") or (str(args.get("channels") or "").split(",")[0])
    if where:
        _show(world, args, str(where), files)
    return {"files": deepcopy(files)}


def _show(world: World, args: Json, where: str, files: list[Json]) -> None:
    channel = writable(world, {"channel": where})
    message = composed(world.space, {"text": args.get("initial_comment"), "blocks": args.get("blocks")})
    message |= {"subtype": "file_share", "upload": True, "files": files}
    if args.get("thread_ts"):
        message["thread_ts"] = str(args["thread_ts"])
    made = world.space.post(channel.id, message)
    for file in files:
        share = {"ts": made["ts"], **({"thread_ts": made["thread_ts"]} if "thread_ts" in made else {})}
        file["shares"]["public"].setdefault(channel.id, []).append(share)


def info(world: World, args: Json) -> Json:
    file = world.space.files.get(text_of(args, "file"))
    if file is None or file["id"] not in world.space.contents:
        raise Refused("file_not_found")
    return {"file": deepcopy(file), "content": file.get("preview", "")}
