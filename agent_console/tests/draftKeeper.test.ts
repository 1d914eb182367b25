import { beforeEach, describe, expect, it, vi } from "vitest";
import { Problem } from "../src/api/client";
import type { Draft } from "../src/api/flows";
import { DraftKeeper } from "../src/flows/draftKeeper";

class Server {
  draft: Draft | null = null;
  count = 0;
  down = false;
  save = async (flow: string, source: string, after: string): Promise<Draft> => {
    await Promise.resolve();
    if (this.down) throw new Problem(0, "unreachable", "");
    if ((this.draft?.revision ?? "") !== after) throw new Problem(409, "draft", "bo has changed it");
    this.count += 1;
    this.draft = { flow, source, revision: `r${this.count}`, author: "ada", saved_at: 1 };
    return this.draft;
  };
  drop = async (): Promise<void> => {
    await Promise.resolve();
    this.draft = null;
  };
  theirs = (): Promise<Draft | null> => Promise.resolve(this.draft);
}

class Tab {
  readonly kept = new Map<string, string>();
  getItem = (key: string): string | null => this.kept.get(key) ?? null;
  setItem = (key: string, value: string): void => void this.kept.set(key, value);
  removeItem = (key: string): void => void this.kept.delete(key);
}

let server: Server;
let tab: Tab;
const keeper = () => new DraftKeeper("main", "in force", server.draft, server, tab);

beforeEach(() => {
  vi.useFakeTimers();
  server = new Server();
  tab = new Tab();
});

describe("a draft", () => {
  it("is saved once the author pauses, in one go", async () => {
    const kept = keeper();
    expect(kept.current()).toMatchObject({ text: "in force", state: "same" });
    kept.write("a");
    kept.write("ab");
    expect(kept.current().state).toBe("waiting");
    await vi.advanceTimersByTimeAsync(500);
    expect(server.draft?.source).toBe("ab");
    expect(server.count).toBe(1);
    expect(kept.current().state).toBe("saved");
    expect(tab.kept.size).toBe(0);
  });

  it("survives a refresh before it was saved", async () => {
    keeper().write("half a wo");
    vi.clearAllTimers();
    const after = keeper();
    expect(after.current()).toMatchObject({ text: "half a wo", state: "waiting" });
    await vi.advanceTimersByTimeAsync(500);
    expect(server.draft?.source).toBe("half a wo");
  });

  it("is saved again when the author went on meanwhile", async () => {
    const kept = keeper();
    kept.write("a");
    const saving = kept.flush();
    kept.write("ab");
    expect((await saving)?.source).toBe("ab");
    expect(server.draft?.source).toBe("ab");
  });

  it("waits for a server that is away", async () => {
    server.down = true;
    const kept = keeper();
    kept.write("a");
    await vi.advanceTimersByTimeAsync(500);
    expect(kept.current().state).toBe("failed");
    server.down = false;
    await vi.advanceTimersByTimeAsync(3100);
    expect(kept.current().state).toBe("saved");
  });

  it("never writes over another author's", async () => {
    const kept = keeper();
    await server.save("main", "theirs", "");
    kept.write("mine");
    await vi.advanceTimersByTimeAsync(500);
    expect(kept.current().state).toBe("taken");
    kept.write("mine too");
    await vi.advanceTimersByTimeAsync(5000);
    expect(server.draft?.source).toBe("theirs");
    await kept.keepMine();
    expect(server.draft?.source).toBe("mine too");
    const other = keeper();
    await server.save("main", "again theirs", server.draft?.revision ?? "");
    other.write("x");
    await vi.advanceTimersByTimeAsync(500);
    await other.takeTheirs();
    expect(other.current()).toMatchObject({ text: "again theirs", state: "saved", generation: 1 });
  });

  it("can be thrown away", async () => {
    const kept = keeper();
    let told = 0;
    kept.subscribe(() => (told += 1));
    kept.write("bad idea");
    await kept.drop();
    expect(server.draft).toBeNull();
    expect(kept.current()).toMatchObject({ text: "in force", state: "same", generation: 1 });
    expect(told).toBeGreaterThan(2);
  });
});
