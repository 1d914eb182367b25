/**
 * Timers that go on in a hidden tab: a browser slows those of a hidden page to one a second and later to one a minute,
 * those of a worker it leaves alone.
 */

import { beats, type Order } from "./beats";

/** The part of a Worker that is used. */
export type Beating = Pick<Worker, "postMessage" | "onmessage" | "onerror">;

export class Clock {
  private readonly acts = new Map<number, { act: () => void; order: Order }>();
  private made = 0;
  private take: (order: Order) => void;

  /** A worker that cannot run is replaced by the page's own timers. */
  constructor(worker: Beating) {
    this.take = (order) => worker.postMessage(order);
    worker.onmessage = ({ data }: MessageEvent<number>) => this.due(data);
    worker.onerror = () => {
      this.take = beats((id) => this.due(id));
      for (const { order } of this.acts.values()) this.take(order);
    };
  }

  /** Once, in `ms`; the number cancels it. */
  after = (ms: number, act: () => void): number => this.begin(act, ms, false);

  every = (ms: number, act: () => void): number => this.begin(act, ms, true);

  cancel = (id: number | undefined): void => {
    if (id !== undefined && this.acts.delete(id)) this.take({ id, ms: null, again: false });
  };

  private begin(act: () => void, ms: number, again: boolean): number {
    const order = { id: (this.made += 1), ms, again };
    this.acts.set(order.id, { act, order });
    this.take(order);
    return order.id;
  }

  /** One that was cancelled while its beat was under way is heard no more. */
  private due(id: number): void {
    const found = this.acts.get(id);
    if (!found) return;
    if (!found.order.again) this.acts.delete(id);
    found.act();
  }
}

export function workerClock(): Clock {
  return new Clock(new Worker(new URL("./beats.worker.ts", import.meta.url), { type: "module" }));
}
