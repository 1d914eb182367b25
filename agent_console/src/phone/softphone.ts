/**
 * The agent's telephone: one microphone and one standing WebRTC connection to the server.
 *
 * The call lives on the server; this leg re-attaches after a refresh, a failure, or when the server lost it.
 * Nothing here keeps anything alive by timers. One looks, during a call, whether sound still comes: another network is
 * noticed by it in under a second, by ICE in five to thirty. It and the next try keep time in a hidden tab too.
 */

import type { Packets } from "../state/quality";
import { type Flow, look, stalled } from "../state/flow";
import { workerClock } from "./clock";
import { pcmuFirst } from "./sdp";

export type PhonePhase =
  "idle" | "asking" | "connecting" | "connected" | "failed" | "denied" | "missing" | "lost" | "elsewhere" | "insecure";

export interface PhoneView {
  phase: PhonePhase;
  muted: boolean;
  /** The microphone is silenced outside the console (headset switch, system). */
  silenced: boolean;
  /** The browser refuses to play sound before a click. */
  soundBlocked: boolean;
}

const LOCK = "contact-center-softphone";
const MICROPHONE = "cc.microphone";
const LOUDSPEAKER = "cc.loudspeaker";
const GATHERING_LIMIT_MS = 3000;
const LOOK_MS = 200;
const MOST_WAIT_MS = 8000;
const MOST_WAIT_IN_CALL_MS = 1000;
/** Network Information, where the browser has it. */
const network = (navigator as Navigator & { connection?: EventTarget }).connection;
const CONSTRAINTS = { echoCancellation: true, noiseSuppression: true, autoGainControl: true } as const;

export class Softphone {
  private view: PhoneView = { phase: "idle", muted: false, silenced: false, soundBlocked: false };
  private readonly listeners = new Set<() => void>();
  private readonly remote = new Audio();
  private stream: MediaStream | null = null;
  private connection: RTCPeerConnection | null = null;
  private started = false;
  private attempt = 0;
  private retry: number | undefined;
  private letGo: (() => void) | null = null;
  private looking: number | undefined;
  private flow: Flow | null = null;
  private looked_ms = 0;
  private readonly clock = workerClock();
  private microphoneId = localStorage.getItem(MICROPHONE) ?? "";
  private loudspeakerId = localStorage.getItem(LOUDSPEAKER) ?? "";

  /** `attach` sends the SDP offer to the server and returns its answer. */
  constructor(private readonly attach: (sdp: string) => Promise<string>) {
    this.remote.autoplay = true;
    if (this.loudspeakerId !== "") void this.useLoudspeaker();
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
  current = (): PhoneView => this.view;
  microphone = (): MediaStream | null => this.stream;
  chosenMicrophone = (): string => this.microphoneId;
  chosenLoudspeaker = (): string => this.loudspeakerId;

  /** Which microphone is open, for a memory of those that work: the browser's id and its name. */
  openedMicrophone(): string | null {
    const [track] = this.stream?.getAudioTracks() ?? [];
    return track?.readyState === "live" ? `${track.getSettings().deviceId ?? ""} ${track.label}` : null;
  }

  /** Seconds to the server and back on the standing connection; null while unknown, `untold` if never told. */
  async roundTrip_s(): Promise<number | "untold" | null> {
    if (this.connection?.connectionState !== "connected") return null;
    const report = (await this.connection.getStats()) as unknown as Map<string, RTCIceCandidatePairStats>;
    const pairs = [...report.values()].filter((each) => each.type === "candidate-pair" && each.state === "succeeded");
    const pair = pairs.find((each) => each.nominated) ?? pairs[0];
    if (!pair) return null;
    return pair.currentRoundTripTime ?? "untold";
  }

  /** Packets that came in so far on the standing connection, and the round trip; null while there is none. */
  async heard(): Promise<(Packets & { roundTrip_ms: number | null }) | null> {
    if (this.connection?.connectionState !== "connected") return null;
    const report = (await this.connection.getStats()) as unknown as Map<string, RTCInboundRtpStreamStats>;
    const inbound = [...report.values()].find((each) => each.type === "inbound-rtp");
    if (!inbound) return null;
    const trip_s = await this.roundTrip_s();
    return {
      received: inbound.packetsReceived ?? 0,
      lost: inbound.packetsLost ?? 0,
      roundTrip_ms: typeof trip_s === "number" ? trip_s * 1000 : null,
    };
  }

  /** Takes the phone into this tab and connects it; waits while another tab of the browser holds it. */
  start(): void {
    if (this.started) return;
    this.started = true;
    // Browsers hide `mediaDevices` and `locks` on insecure pages, whatever the types say.
    if (!window.isSecureContext) {
      this.show({ phase: "insecure" });
      return;
    }
    navigator.mediaDevices.addEventListener("devicechange", this.devicesChanged);
    window.addEventListener("pagehide", this.leave);
    window.addEventListener("pageshow", this.comeBack);
    window.addEventListener("online", this.networkChanged);
    network?.addEventListener("change", this.networkChanged);
    void this.hold(false);
  }

  stop(): void {
    this.started = false;
    window.removeEventListener("pagehide", this.leave);
    window.removeEventListener("pageshow", this.comeBack);
    window.removeEventListener("online", this.networkChanged);
    network?.removeEventListener("change", this.networkChanged);
    this.setInCall(false);
    if (window.isSecureContext) navigator.mediaDevices.removeEventListener("devicechange", this.devicesChanged);
    this.release();
    this.letGo?.();
    this.letGo = null;
    this.show({ phase: "idle", muted: false, silenced: false });
  }

  /** During a call sound comes all the time; when it stops, the path is gone and a new one is made. */
  setInCall(inCall: boolean): void {
    this.clock.cancel(this.looking);
    this.looking = inCall ? this.clock.every(LOOK_MS, () => void this.look()) : undefined;
    this.flow = null;
  }

  private async look(): Promise<void> {
    const connection = this.connection;
    if (connection?.connectionState !== "connected") return;
    const report = (await connection.getStats()) as unknown as Map<string, RTCInboundRtpStreamStats>;
    if (connection !== this.connection || this.looking === undefined) return;
    const now_ms = performance.now();
    const inbound = [...report.values()].find((each) => each.type === "inbound-rtp");
    this.flow = look(this.flow, inbound?.packetsReceived ?? 0, now_ms);
    const gone = stalled(this.flow, this.looked_ms, now_ms);
    this.looked_ms = now_ms;
    if (gone) {
      this.flow = null;
      void this.reconnect();
    }
  }

  /** Without a call nobody would notice the dead path before the next one rings; in a call `look` knows better. */
  private readonly networkChanged = (): void => {
    const { phase } = this.view;
    const idle = this.looking === undefined && phase === "connected";
    if (idle || phase === "failed" || phase === "connecting") void this.reconnect();
  };

  takeOver(): void {
    void this.hold(true);
  }

  setMuted(muted: boolean): void {
    for (const track of this.stream?.getAudioTracks() ?? []) track.enabled = !muted;
    this.show({ muted });
  }

  /** Asks for the microphone if there is none, then connects anew. */
  async reconnect(): Promise<void> {
    this.attempt = 0;
    await this.connect();
  }

  async chooseMicrophone(id: string): Promise<void> {
    this.microphoneId = id;
    localStorage.setItem(MICROPHONE, id);
    this.dropMicrophone();
    if (!(await this.openMicrophone())) return;
    const track = this.stream?.getAudioTracks()[0] ?? null;
    await this.connection?.getSenders()[0]?.replaceTrack(track);
  }

  async chooseLoudspeaker(id: string): Promise<void> {
    this.loudspeakerId = id;
    localStorage.setItem(LOUDSPEAKER, id);
    await this.useLoudspeaker();
  }

  private async useLoudspeaker(): Promise<void> {
    try {
      await this.remote.setSinkId(this.loudspeakerId);
    } catch {
      // Unplugged since it was chosen: the system's own then, as at first.
      this.loudspeakerId = "";
    }
  }

  /** The server says it lost a device this page believes connected. */
  lostByServer(): void {
    if (this.view.phase === "connected") void this.reconnect();
  }

  async enableSound(): Promise<void> {
    await this.play();
  }

  private async hold(steal: boolean): Promise<void> {
    const waiting = window.setTimeout(() => this.show({ phase: "elsewhere" }), 400);
    try {
      await navigator.locks.request(LOCK, { steal }, async () => {
        window.clearTimeout(waiting);
        if (!this.started) return;
        await this.connect();
        await new Promise<void>((resolve) => (this.letGo = resolve));
      });
    } catch {
      // Another tab took the phone over; stand in line for when it closes.
      window.clearTimeout(waiting);
      this.release();
      if (!this.started) return;
      this.show({ phase: "elsewhere" });
      void this.hold(false);
    }
  }

  private async openMicrophone(): Promise<boolean> {
    if (this.stream?.getAudioTracks().some((track) => track.readyState === "live")) return true;
    this.show({ phase: "asking" });
    try {
      this.stream = await this.askForMicrophone();
    } catch (error) {
      const name = error instanceof DOMException ? error.name : "";
      this.closeConnection();
      this.show({ phase: name === "NotAllowedError" || name === "SecurityError" ? "denied" : "missing" });
      return false;
    }
    for (const track of this.stream.getAudioTracks()) {
      track.enabled = !this.view.muted;
      this.watch(track);
    }
    this.show({ silenced: this.stream.getAudioTracks().some((track) => track.muted) });
    return true;
  }

  /** The chosen one; the system's own when that is no longer there. */
  private async askForMicrophone(): Promise<MediaStream> {
    const any = { audio: CONSTRAINTS };
    if (this.microphoneId === "") return navigator.mediaDevices.getUserMedia(any);
    try {
      const audio = { ...CONSTRAINTS, deviceId: { exact: this.microphoneId } };
      return await navigator.mediaDevices.getUserMedia({ audio });
    } catch (error) {
      const gone = error instanceof DOMException && ["OverconstrainedError", "NotFoundError"].includes(error.name);
      if (!gone) throw error;
      this.microphoneId = "";
      return navigator.mediaDevices.getUserMedia(any);
    }
  }

  private watch(track: MediaStreamTrack): void {
    track.onmute = () => this.show({ silenced: true });
    track.onunmute = () => this.show({ silenced: false });
    track.onended = () => {
      // Closing the connection is how the server learns that this agent cannot be heard.
      this.dropMicrophone();
      this.closeConnection();
      this.show({ phase: "lost" });
    };
  }

  private async connect(): Promise<void> {
    this.clock.cancel(this.retry);
    if (!(await this.openMicrophone()) || !this.stream) return;
    this.closeConnection();
    this.show({ phase: "connecting" });
    const connection = new RTCPeerConnection();
    this.connection = connection;
    try {
      await this.negotiate(connection, this.stream);
    } catch {
      if (connection === this.connection) this.failed();
    }
  }

  private async negotiate(connection: RTCPeerConnection, stream: MediaStream): Promise<void> {
    connection.ontrack = (event) => {
      this.remote.srcObject = event.streams[0] ?? new MediaStream([event.track]);
      void this.play();
    };
    connection.onconnectionstatechange = () => {
      if (connection !== this.connection) return;
      if (connection.connectionState === "connected") {
        this.attempt = 0;
        this.show({ phase: "connected" });
      } else if (["disconnected", "failed", "closed"].includes(connection.connectionState)) {
        this.failed();
      }
    };
    const [track] = stream.getAudioTracks();
    if (!track) throw new Error("microphone without a track");
    const transceiver = connection.addTransceiver(track, { direction: "sendrecv", streams: [stream] });
    const codecs = RTCRtpReceiver.getCapabilities("audio")?.codecs;
    if (codecs) transceiver.setCodecPreferences(pcmuFirst(codecs));
    const gone = () => connection === this.connection && this.failed();
    await connection.setLocalDescription();
    // The server's own good-bye (DTLS close_notify) comes long before ICE gives up.
    transceiver.sender.transport?.addEventListener("statechange", (event) => {
      if ((event.target as RTCDtlsTransport).state === "closed") gone();
    });
    await gathered(connection);
    const answer = await this.attach(connection.localDescription?.sdp ?? "");
    if (connection === this.connection) await connection.setRemoteDescription({ type: "answer", sdp: answer });
  }

  private failed(): void {
    this.closeConnection();
    this.show({ phase: "failed" });
    if (!this.started) return;
    const most_ms = this.looking === undefined ? MOST_WAIT_MS : MOST_WAIT_IN_CALL_MS;
    const delay_ms = Math.min(most_ms, 500 * 2 ** this.attempt);
    this.attempt += 1;
    this.clock.cancel(this.retry);
    this.retry = this.clock.after(delay_ms, () => void this.connect());
  }

  private readonly devicesChanged = (): void => {
    if (this.view.phase === "lost" || this.view.phase === "missing") void this.reconnect();
  };

  /** A closed tab says good-bye at once; otherwise the server would ring it until ICE gives up. */
  private readonly leave = (): void => this.closeConnection();

  private readonly comeBack = (event: PageTransitionEvent): void => {
    if (event.persisted) void this.reconnect();
  };

  private async play(): Promise<void> {
    try {
      await this.remote.play();
      this.show({ soundBlocked: false });
    } catch (error) {
      if (error instanceof DOMException && error.name === "NotAllowedError") this.show({ soundBlocked: true });
    }
  }

  private dropMicrophone(): void {
    for (const track of this.stream?.getTracks() ?? []) {
      track.onended = null;
      track.stop();
    }
    this.stream = null;
  }

  private closeConnection(): void {
    const old = this.connection;
    this.connection = null;
    old?.close();
  }

  private release(): void {
    this.clock.cancel(this.retry);
    this.closeConnection();
    this.dropMicrophone();
  }

  private show(part: Partial<PhoneView>): void {
    this.view = { ...this.view, ...part };
    for (const listener of this.listeners) listener();
  }
}

/** Resolves when every candidate is in the offer; a network that never finishes must not block the phone. */
function gathered(connection: RTCPeerConnection): Promise<void> {
  return new Promise((resolve) => {
    if (connection.iceGatheringState === "complete") {
      resolve();
      return;
    }
    const limit = window.setTimeout(resolve, GATHERING_LIMIT_MS);
    connection.addEventListener("icegatheringstatechange", () => {
      if (connection.iceGatheringState !== "complete") return;
      window.clearTimeout(limit);
      resolve();
    });
  });
}
