/** Keeps what is written of a flow on the server, and in the tab until it is there: a refresh loses nothing. */

import { Problem } from "../api/client";
import type { Draft } from "../api/flows";

export type DraftState = "same" | "saved" | "waiting" | "saving" | "taken" | "failed";

export interface Written {
  text: string;
  /** Changes when the text was replaced from outside the editor. */
  generation: number;
  draft: Draft | null;
  /** `taken`: somebody else saved another draft meanwhile. */
  state: DraftState;
}

interface Api {
  save: (name: string, source: string, after: string) => Promise<Draft>;
  drop: (name: string, revision: string) => Promise<void>;
  /** The draft the server has now. */
  theirs: (name: string) => Promise<Draft | null>;
}

const WAIT_MS = 400;
const AGAIN_MS = 3000;

export class DraftKeeper {
  private readonly listeners = new Set<() => void>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private running: Promise<void> | null = null;
  private written: Written;

  constructor(
    private readonly name: string,
    private readonly inForce: string,
    draft: Draft | null,
    private readonly api: Api,
    private readonly tab: Pick<Storage, "getItem" | "setItem" | "removeItem">,
  ) {
    const unsaved = this.remembered(draft?.revision ?? "");
    this.written = {
      text: unsaved ?? draft?.source ?? inForce,
      generation: 0,
      draft,
      state: unsaved === null ? (draft ? "saved" : "same") : "waiting",
    };
    if (unsaved !== null) this.later(WAIT_MS);
  }

  current = (): Written => this.written;

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  write(text: string): void {
    if (text === this.written.text) return;
    this.tab.setItem(this.key, JSON.stringify({ text, after: this.revision }));
    this.change({ text, state: this.written.state === "taken" ? "taken" : "waiting" });
    if (this.written.state !== "taken") this.later(WAIT_MS);
  }

  /** Everything saved, or the reason why not in `state`; the draft that is there then. */
  async flush(): Promise<Draft | null> {
    clearTimeout(this.timer);
    while (this.running !== null || this.written.state === "waiting") await (this.running ?? this.save());
    return this.written.state === "saved" ? this.written.draft : null;
  }

  /** The other's draft takes the place of what was written here. */
  async takeTheirs(): Promise<void> {
    const draft = await this.api.theirs(this.name);
    this.tab.removeItem(this.key);
    this.replace(draft?.source ?? this.inForce, draft, draft ? "saved" : "same");
  }

  /** What was written here takes the place of the other's draft. */
  async keepMine(): Promise<void> {
    const draft = await this.api.theirs(this.name);
    this.change({ draft, state: "waiting" });
    await this.flush();
  }

  /** Back to what is in force; throws what the server refuses. */
  async drop(): Promise<void> {
    await this.flush();
    if (this.written.draft) await this.api.drop(this.name, this.written.draft.revision);
    this.replace(this.inForce, null, "same");
  }

  private get key(): string {
    return `cc.flow.${this.name}`;
  }

  private get revision(): string {
    return this.written.draft?.revision ?? "";
  }

  private remembered(revision: string): string | null {
    try {
      const kept = JSON.parse(this.tab.getItem(this.key) ?? "null") as { text: string; after: string } | null;
      return kept !== null && kept.after === revision ? kept.text : null;
    } catch {
      return null;
    }
  }

  private later(wait_ms: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.save(), wait_ms);
  }

  private save(): Promise<void> {
    this.running ??= this.saveNow().finally(() => (this.running = null));
    return this.running;
  }

  private async saveNow(): Promise<void> {
    const { text } = this.written;
    this.change({ state: "saving" });
    try {
      const draft = await this.api.save(this.name, text, this.revision);
      const more = this.written.text !== text;
      if (more) this.tab.setItem(this.key, JSON.stringify({ text: this.written.text, after: draft.revision }));
      else this.tab.removeItem(this.key);
      this.change({ draft, state: more ? "waiting" : "saved" });
      if (more) this.later(WAIT_MS);
    } catch (error) {
      const taken = error instanceof Problem && error.status === 409;
      this.change({ state: taken ? "taken" : "failed" });
      if (!taken) this.later(AGAIN_MS);
    }
  }

  private replace(text: string, draft: Draft | null, state: DraftState): void {
    this.change({ text, draft, state, generation: this.written.generation + 1 });
  }

  private change(part: Partial<Written>): void {
    this.written = { ...this.written, ...part };
    for (const listener of this.listeners) listener();
  }
}
