import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { beats, type Order } from "../src/phone/beats";
import { type Beating, Clock } from "../src/phone/clock";

/** A worker in this very thread. */
class Near implements Beating {
  onmessage: Beating["onmessage"] = null;
  onerror: Beating["onerror"] = null;
  private readonly take = beats(
    (id) => this.onmessage?.call(this as never, { data: id } as MessageEvent<number>) as unknown,
  );
  postMessage(order: Order): void {
    this.take(order);
  }
}

/** One whose script never came. */
class Absent implements Beating {
  onmessage: Beating["onmessage"] = null;
  onerror: Beating["onerror"] = null;
  postMessage(): void {
    // Nobody listens.
  }
}

describe("the clock of a hidden tab", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("tells once, again and again, and no more when cancelled", () => {
    const clock = new Clock(new Near());
    const heard: string[] = [];
    clock.after(300, () => heard.push("once"));
    const every = clock.every(200, () => heard.push("again"));
    const never = clock.after(100, () => heard.push("never"));
    clock.cancel(never);
    vi.advanceTimersByTime(450);
    clock.cancel(every);
    vi.advanceTimersByTime(1000);
    expect(heard).toEqual(["again", "once", "again"]);
    clock.cancel(undefined);
    clock.cancel(every);
  });

  it("goes by the page's own timers where there is no worker", () => {
    const worker = new Absent();
    const clock = new Clock(worker);
    let heard = 0;
    const cancelled = clock.every(100, () => (heard += 100));
    clock.every(100, () => (heard += 1));
    clock.cancel(cancelled);
    worker.onerror?.call(worker as never, {} as ErrorEvent);
    vi.advanceTimersByTime(250);
    expect(heard).toBe(2);
    clock.after(10, () => (heard += 10));
    vi.advanceTimersByTime(60);
    expect(heard).toBe(13);
  });
});
