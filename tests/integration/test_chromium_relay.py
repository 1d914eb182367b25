"""A real Chromium against our peer and relay: its microphone's tone reaches the conversation, the
conversation's tone comes out of its loudspeaker, and a reload of the page goes on with the same call."""

import shutil
from pathlib import Path

from playwright.async_api import Page, async_playwright

from contact_center.demo.voice import Ear, Pacer, Voice, voice_packets
from contact_center.telephony.media import audio
from contact_center.telephony.webrtc.peer import AnsweringPeer
from contact_center.telephony.webrtc.relay import Relay
from contact_center.telephony.webrtc.sdp import RtpDescription
from tests.integration.fake_conversation import HOST, Socket
from tests.support import aio, until

CHROMIUM = shutil.which("chromium")
MICROPHONE_HZ, CALLER_HZ = 600, 1000

PAGE = """<!doctype html><title>relay</title><script>
let analyser, context, connection
async function connect() {
  const microphone = await navigator.mediaDevices.getUserMedia(
    {audio: {echoCancellation: false, noiseSuppression: false, autoGainControl: false}})
  connection = new RTCPeerConnection()
  const transceiver = connection.addTransceiver(microphone.getAudioTracks()[0], {direction: 'sendrecv'})
  const {codecs} = RTCRtpReceiver.getCapabilities('audio')
  transceiver.setCodecPreferences(codecs.filter(c => /PCMU|telephone-event/.test(c.mimeType)))
  connection.ontrack = ({streams, track}) => {
    const stream = streams[0] || new MediaStream([track])
    const element = new Audio(); element.srcObject = stream; element.play(); window.element = element
    context = new AudioContext()
    analyser = context.createAnalyser(); analyser.fftSize = 4096
    context.createMediaStreamSource(stream).connect(analyser)
  }
  await connection.setLocalDescription(await connection.createOffer())
  if (connection.iceGatheringState !== 'complete')
    await new Promise(done => connection.onicegatheringstatechange =
      () => connection.iceGatheringState === 'complete' && done())
  const answer = await window.answer(connection.localDescription.sdp)
  await connection.setRemoteDescription({type: 'answer', sdp: answer})
}
function loudest() {  // hertz of the strongest bin, 0 while it is quiet
  if (!analyser) return 0
  const bins = new Float32Array(analyser.frequencyBinCount)
  analyser.getFloatFrequencyData(bins)
  const at = bins.indexOf(Math.max(...bins))
  return bins[at] > -60 ? at * context.sampleRate / analyser.fftSize : 0
}
async function received() {
  for (const row of (await connection.getStats()).values())
    if (row.type === 'inbound-rtp') return {packets: row.packetsReceived, lost: row.packetsLost}
  return {packets: 0, lost: 0}
}
</script>"""


class Server:
    """A relay with a conversation's socket on one side and whichever peer the page last connected."""

    def __init__(self) -> None:
        self.peers: list[AnsweringPeer] = []
        self.up = 0
        self.lost: list[str] = []
        self.answers: list[str] = []

    async def open(self) -> None:
        self.relay = await Relay.open(HOST)
        self.conversation = await Socket.open()
        self.relay.connect(RtpDescription(host=HOST, port=self.conversation.port, telephone_event=120))

    async def answer(self, offer: str) -> str:
        peer = AnsweringPeer(host=HOST, connected=self._connected, lost=self.lost.append)
        self.peers.append(peer)
        peer.on_rtp(self.relay.from_browser)
        answer = await peer.answer(offer)
        self.answers.append(answer)
        return answer

    def speak(self, packet: bytes) -> None:
        self.conversation.transport.sendto(packet, (HOST, self.relay.port))

    def hears(self, tone_hz: float, *, since: int) -> bool:
        ear = Ear(tone_hz)
        for datagram in self.conversation.got[since:]:
            ear.hear(datagram)
        return ear.heard

    async def close(self) -> None:
        for peer in self.peers:
            await peer.close()
        self.relay.close()
        self.conversation.transport.close()

    def _connected(self) -> None:
        self.up += 1
        self.relay.attach(self.peers[-1])


async def heard_both_ways(server: Server, page: Page) -> None:
    since = len(server.conversation.got)
    await until(
        lambda: server.hears(MICROPHONE_HZ, since=since), what="the microphone's tone at the conversation"
    )
    await page.wait_for_function(f"Math.abs(loudest() - {CALLER_HZ}) < 25", timeout=10_000)


@aio
async def test_a_real_browser_is_heard_and_hears_and_may_be_reloaded(tmp_path: Path) -> None:
    assert CHROMIUM is not None, "chromium must be installed (the Makefile does it)"
    microphone = tmp_path / "microphone.wav"
    audio.write_wav(microphone, audio.tone(MICROPHONE_HZ, 4.0, -12.0))
    server, pacer = Server(), Pacer()
    await server.open()
    pacer.speak(Voice(voice_packets(CALLER_HZ, -12.0, None)), server.speak)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=[
                "--use-fake-ui-for-media-stream",
                "--use-fake-device-for-media-stream",
                f"--use-file-for-fake-audio-capture={microphone}",
                "--autoplay-policy=no-user-gesture-required",
                "--disable-features=WebRtcHideLocalIpsWithMdns",
                "--no-sandbox",
                "--disable-background-networking",
            ],
        )
        page = await browser.new_page()
        await page.expose_function("answer", server.answer)
        await page.route(
            f"http://{HOST}/relay",
            lambda route: route.fulfill(body=PAGE, content_type="text/html"),
        )
        await page.goto(f"http://{HOST}/relay")
        await page.evaluate("connect()")
        await until(lambda: server.up == 1, what="Chromium connected")
        assert "PCMU/8000" in server.answers[0]
        assert "opus" not in server.answers[0]
        assert server.peers[0].telephone_event is not None
        await heard_both_ways(server, page)
        received = await page.evaluate("received()")
        assert received["packets"] > 0
        assert received["lost"] == 0

        await page.reload()
        await page.evaluate("connect()")
        await until(lambda: server.up == 2, what="the reloaded page connected")
        await heard_both_ways(server, page)
        await browser.close()
    await pacer.stop()
    await server.close()
