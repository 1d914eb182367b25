/** Keeps one WebSocket to the feed, folds what comes, reconnects; the only place that knows browser clocks. */

import type { FeedMessage } from "../api/feed";
import { EMPTY_FEED, fold, type FeedState, reconnectDelay_s, resumeQuery, STALE_AFTER_S } from "./feed";

export interface FeedView {
  feed: FeedState;
  connected: boolean;
}

export class FeedConnection {
  private view: FeedView = { feed: EMPTY_FEED, connected: false };
  private socket: WebSocket | null = null;
  private attempt = 0;
  private retry: number | undefined;
  private heard_ms = performance.now();
  private running = false;
  private readonly listeners = new Set<() => void>();

  /** `onRefused` is told when the server closes before any message: the session may be over. */
  constructor(private readonly onRefused: () => void) {}

  start(): void {
    if (this.running) return;
    this.running = true;
    window.addEventListener("online", this.wake);
    document.addEventListener("visibilitychange", this.wake);
    this.open();
  }

  stop(): void {
    this.running = false;
    window.removeEventListener("online", this.wake);
    document.removeEventListener("visibilitychange", this.wake);
    window.clearTimeout(this.retry);
    this.socket?.close();
    this.socket = null;
    this.show({ feed: EMPTY_FEED, connected: false });
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
  current = (): FeedView => this.view;

  silence_s(): number {
    return (performance.now() - this.heard_ms) / 1000;
  }
  /** The server's clock now: the last message's stamp plus the time since it came. */
  now_s(): number {
    return this.view.feed.epoch === null ? Date.now() / 1000 : this.view.feed.now_s + this.silence_s();
  }

  /** A socket that has said nothing for too long is dead even if the browser thinks otherwise. */
  dropIfSilent(): void {
    if (this.socket && this.silence_s() > STALE_AFTER_S + 3) this.reopen();
  }

  private readonly wake = (event: Event): void => {
    if ((event.type === "online" || document.visibilityState === "visible") && !this.socket) {
      this.attempt = 0;
      this.open();
    }
  };

  private reopen(): void {
    const old = this.socket;
    this.socket = null;
    old?.close();
    this.heard_ms = performance.now() - STALE_AFTER_S * 1000 - 1;
    this.later();
  }

  private open(): void {
    window.clearTimeout(this.retry);
    if (!this.running || this.socket) return;
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}/api/v1/feed${resumeQuery(this.view.feed)}`);
    let heard = false;
    this.socket = socket;
    socket.onmessage = (message: MessageEvent<string>) => {
      if (socket !== this.socket) return;
      heard = true;
      this.take(JSON.parse(message.data) as FeedMessage);
    };
    socket.onclose = () => {
      if (socket !== this.socket) return;
      this.socket = null;
      this.show({ ...this.view, connected: false });
      if (!heard) this.onRefused();
      this.later();
    };
  }

  private take(message: FeedMessage): void {
    this.attempt = 0;
    this.heard_ms = performance.now();
    const { state, resync } = fold(this.view.feed, message);
    if (resync) {
      this.show({ feed: { ...this.view.feed, epoch: null }, connected: false });
      const old = this.socket;
      this.socket = null;
      old?.close();
      this.later();
      return;
    }
    this.show({ feed: state, connected: true });
  }

  private later(): void {
    if (!this.running) return;
    window.clearTimeout(this.retry);
    this.retry = window.setTimeout(() => this.open(), reconnectDelay_s(this.attempt, Math.random()) * 1000);
    this.attempt += 1;
  }

  private show(view: FeedView): void {
    this.view = view;
    for (const listener of this.listeners) listener();
  }
}
