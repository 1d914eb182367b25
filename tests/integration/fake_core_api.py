"""A core reduced to what one simulated agent sees of it: session, device, offers and feed, over real HTTP.

Follows `docs/reference/console-api.md`. The device is a real `AnsweringPeer`; the caller is a tone.
"""

import asyncio
import contextlib
import itertools
import json
import socket
import time
from typing import Any

import uvicorn
from fastapi import FastAPI, Request, Response, WebSocket, WebSocketDisconnect

from contact_center.demo.voice import Ear, Pacer, Voice, voice_packets
from contact_center.telephony.webrtc.peer import AnsweringPeer

HOST = "127.0.0.1"
AGENT_HZ, CALLER_HZ = 440.0, 1000.0
CSRF = "token"


class FakeCoreApi:
    """One agent `a1` with login `ann`; `log` is what the agent did, in order."""

    def __init__(self) -> None:
        self.log: list[str] = []
        self.state, self.reason, self.device = "logged_off", "", "down"
        self.desk: dict[str, Any] = {"agent": "a1", "offer": None, "call": None, "wrap_up": None}
        self.caller_ear = Ear(AGENT_HZ)
        self.down = False
        self._caller = Voice(voice_packets(CALLER_HZ, -12.0, None))
        self._pacer = Pacer()
        self._seq = itertools.count(1)
        self._feeds: set[WebSocket] = set()
        self.peer: AnsweringPeer | None = None
        self._disposition = ""

    async def start(self) -> None:
        self._socket = socket.create_server((HOST, 0))
        self.url = f"http://{HOST}:{self._socket.getsockname()[1]}"
        config = uvicorn.Config(self._app(), log_level="warning", ws="websockets-sansio", lifespan="off")
        self._server = uvicorn.Server(config)
        self._serving = asyncio.create_task(self._server._serve(sockets=[self._socket]))

    async def stop(self) -> None:
        self._server.should_exit = True
        await self._serving
        await self._pacer.stop()
        if self.peer is not None:
            await self.peer.close()

    async def offer(self, name: str) -> None:
        self.state = "reserved"
        self.desk["offer"] = {"offer": name, "contact": f"contact-{name}", "queue": "sales"}
        await self.publish()

    async def withdraw(self) -> None:
        """RONA: the lease ran out."""
        self.desk["offer"] = None
        self.state, self.reason = "not_ready", "missed_offer"
        await self.publish()

    async def hang_up(self) -> None:
        call = self.desk["call"]
        self._pacer.hush(self._caller)
        self.desk["call"] = None
        self.desk["wrap_up"] = {"contact": call["contact"], "queue": "sales"}
        self.state = "wrap_up"
        await self.publish()

    def _rows(self) -> dict[str, Any]:
        own = {"id": "a1", "state": self.state, "reason": self.reason, "device": self.device}
        return {"agents": {"a1": own}, "desks": {"a1": dict(self.desk)}}

    def _message(self, kind: str) -> dict[str, Any]:
        return {"type": kind, "epoch": "e", "seq": next(self._seq), "now": time.time(), "rows": self._rows()}

    async def publish(self) -> None:
        for feed in list(self._feeds):
            with contextlib.suppress(WebSocketDisconnect, RuntimeError):
                await feed.send_json(self._message("changes"))

    async def _connected(self) -> None:
        self.device = "up"
        self.log.append("device up")
        await self.publish()

    async def _answer(self, offer: str) -> str:
        if self.peer is not None:
            await self.peer.close()
        tasks: set[asyncio.Task[None]] = set()
        self.peer = peer = AnsweringPeer(
            host=HOST,
            connected=lambda: tasks.add(asyncio.ensure_future(self._connected())),
            lost=lambda _why: None,
        )
        peer.on_rtp(self.caller_ear.hear)
        return await peer.answer(offer)

    def _send(self, packet: bytes) -> None:
        if self.peer is not None:
            self.peer.send_rtp(packet)

    async def _accept(self, name: str) -> int:
        offer = self.desk["offer"]
        if offer is None or offer["offer"] != name:
            return 409
        self.caller_ear = Ear(AGENT_HZ)
        if self.peer is not None:
            self.peer.on_rtp(self.caller_ear.hear)
        self._pacer.speak(self._caller, self._send)
        self.desk |= {"offer": None, "call": {"contact": offer["contact"], "queue": "sales"}}
        self.state = "talking"
        await self.publish()
        return 204

    async def _wrap_up_done(self) -> int:
        if not self._disposition:
            return 409
        self._disposition = ""
        self.desk["wrap_up"] = None
        self.state = "ready"
        await self.publish()
        return 204

    async def _command(self, path: str, body: dict[str, Any]) -> int:
        """The status of a changing call, which is noted in `log`."""
        self.log.append(path)
        match path.split("/"):
            case ["agent", "log-on"]:
                self.state, self.reason = "not_ready", "login"
                await self.publish()
                return 204
            case ["agent", "log-off"] | ["agent", "device", "test"]:
                return 204
            case ["agent", "status"]:
                if self.device != "up":
                    return 409
                self.state, self.reason = body["status"], ""
                await self.publish()
                return 204
            case ["offers", name, "accept"]:
                return await self._accept(name)
            case ["contacts", _, "hang-up"]:
                await self.hang_up()
                return 204
            case ["contacts", _, "disposition"]:
                self._disposition = body["disposition"]
                return 204
            case ["agent", "wrap-up", "done"]:
                return await self._wrap_up_done()
            case _:
                return 404

    def _app(self) -> FastAPI:
        app = FastAPI()

        @app.post("/api/v1/session")
        async def session(request: Request, response: Response) -> dict[str, Any]:
            asked = await request.json()
            assert asked == {"login": "ann", "password": "secret"}
            response.set_cookie("cc_session", "s", httponly=True)
            return {"user": {"id": "u1", "login": "ann", "agent": "a1"}, "csrf": CSRF}

        @app.get("/api/v1/catalogue")
        async def catalogue() -> dict[str, Any]:
            return {"queues": [{"id": "sales", "dispositions": [{"code": "sold"}]}]}

        @app.post("/api/v1/{path:path}")
        async def command(path: str, request: Request) -> Response:
            if self.down:
                self.log.append(f"{path} 503")
                return Response(status_code=503)
            guarded = (request.cookies.get("cc_session"), request.headers.get("x-csrf-token"))
            if guarded != ("s", CSRF) or request.headers.get("origin") != self.url:
                return Response(status_code=403)
            body = await request.json()
            if path == "agent/device":
                answer = await self._answer(body["sdp"])
                return Response(json.dumps({"sdp": answer}), media_type="application/json")
            return Response(status_code=await self._command(path, body))

        @app.websocket("/api/v1/feed")
        async def feed(socket: WebSocket) -> None:
            assert socket.cookies.get("cc_session") == "s"
            await socket.accept()
            await socket.send_json(self._message("snapshot"))
            self._feeds.add(socket)
            with contextlib.suppress(WebSocketDisconnect):
                while True:
                    await socket.receive_text()
            self._feeds.discard(socket)

        return app
