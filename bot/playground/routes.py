"""Which address does what."""

import json
from pathlib import Path
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler

from bot.playground.api import Api, drop
from bot.playground.live import Live
from bot.playground.methods_files import receive
from bot.playground.person import Person
from bot.playground.values import Json, Refused
from bot.playground.world import World

PAGE = Path(__file__).parent / "page"
LARGEST = 64 * 1024 * 1024
_TYPES = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".html": "text/html",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}


@web.middleware
async def at_home(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Only for this machine: another site's page in a browser here must not get in."""
    host = (urlsplit(f"//{request.host}").hostname or "").lower()
    origin = request.headers.get("Origin")
    if host not in ("127.0.0.1", "localhost") or (origin and urlsplit(origin).netloc != request.host):
        return web.Response(status=403, text="this is for 127.0.0.1 only")
    return await handler(request)


def application(world: World, live: Live) -> web.Application:
    app = web.Application(middlewares=[at_home], client_max_size=LARGEST)
    person, rest = Person(world, live), Rest(world)
    app.router.add_route("*", "/api/{method}", Api(world).answer)
    app.router.add_get("/link", rest.link)
    app.router.add_post("/response/{ident}", rest.response)
    app.router.add_post("/upload/{ident}", rest.upload)
    app.router.add_get("/files/{ident}/{name}", rest.file)
    app.router.add_get("/person/state", person.state)
    app.router.add_get("/person/wait", person.wait)
    app.router.add_get("/person/live", live.connect)
    app.router.add_post("/person/{verb}", person.post)
    app.router.add_get("/admin/faults", rest.faults)
    app.router.add_post("/admin/faults", rest.set_faults)
    app.router.add_post("/admin/cut", rest.cut)
    app.router.add_get("/", rest.page)
    app.router.add_get("/page/{file:.+}", rest.page)
    return app


class Rest:
    def __init__(self, world: World) -> None:
        self._world = world

    async def link(self, request: web.Request) -> web.StreamResponse:
        if self._world.faults.silent:
            return drop(request)
        return await self._world.sockets.connect(request)

    async def response(self, request: web.Request) -> web.StreamResponse:
        """A response_url."""
        if self._world.faults.silent:
            return drop(request)
        try:
            body = json.loads(await request.text())
            self._world.dialogue.answer(request.match_info["ident"], body)
        except Refused as refused:
            status = 404 if refused.error.endswith("_url") else 400
            return web.json_response(refused.body(), status=status)
        except (ValueError, AttributeError):
            return web.json_response({"ok": False, "error": "invalid_payload"}, status=400)
        return web.Response(text="ok")

    async def upload(self, request: web.Request) -> web.StreamResponse:
        if self._world.faults.silent:
            return drop(request)
        content = await request.read()
        if request.content_type == "multipart/form-data":
            return web.Response(status=400, text="send the bytes themselves")
        try:
            receive(self._world, request.match_info["ident"], content)
        except Refused as refused:
            return web.Response(status=400, text=refused.error)
        return web.Response(text=f"OK - {len(content)}")

    async def file(self, request: web.Request) -> web.StreamResponse:
        ident = request.match_info["ident"]
        file, content = self._world.space.files.get(ident), self._world.space.contents.get(ident)
        if file is None or content is None:
            raise web.HTTPNotFound
        kind = file["mimetype"]
        safe = kind if kind.startswith("image/") and kind != "image/svg+xml" else "text/plain"
        charset = None if safe.startswith("image/") else "utf-8"
        headers = {"X-Content-Type-Options": "nosniff"}
        return web.Response(body=content, content_type=safe, charset=charset, headers=headers)

    async def page(self, request: web.Request) -> web.StreamResponse:
        path = (PAGE / request.match_info.get("file", "index.html")).resolve()
        if not path.is_relative_to(PAGE.resolve()) or not path.is_file():
            raise web.HTTPNotFound
        kind = _TYPES.get(path.suffix, "text/plain")
        charset = None if kind == "image/png" else "utf-8"
        headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
        return web.Response(body=path.read_bytes(), content_type=kind, charset=charset, headers=headers)

    # -- what goes wrong on purpose -----------------------------------------------------------

    async def faults(self, request: web.Request) -> web.Response:
        del request
        return web.json_response(self._world.faults.shown())

    async def set_faults(self, request: web.Request) -> web.Response:
        try:
            wanted: Json = await request.json()
            self._world.faults.set(**wanted)
        except Refused as refused:
            return web.json_response(refused.body(), status=400)
        if self._world.faults.silent:
            await self._world.sockets.cut("abort")
        return web.json_response(self._world.faults.shown())

    async def cut(self, request: web.Request) -> web.Response:
        how = request.query.get("how", "abort")
        match how:
            case "abort" | "close" | "refresh":
                await self._world.sockets.cut(how)
                return web.json_response({"ok": True})
            case _:
                return web.json_response({"ok": False, "error": "abort, close or refresh"}, status=400)
