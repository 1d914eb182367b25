/** The letters an agent has chosen for himself, kept in this browser under his login. */

import { type Keys, LETTERS, readKeys } from "./shortcuts";

const PREFIX = "cc.keys.";

export class OwnKeys {
  private keys: Keys = LETTERS;
  private user = "";
  private readonly listeners = new Set<() => void>();

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
  current = (): Keys => this.keys;

  /** Whoever has logged in: his own letters, or the usual ones. */
  of(user: string): void {
    this.user = user;
    this.take(readKeys(kept(PREFIX + user)));
  }

  choose(keys: Keys): void {
    localStorage.setItem(PREFIX + this.user, JSON.stringify(keys));
    this.take(keys);
  }

  reset(): void {
    localStorage.removeItem(PREFIX + this.user);
    this.take(LETTERS);
  }

  private take(keys: Keys): void {
    this.keys = keys;
    for (const listener of this.listeners) listener();
  }
}

function kept(name: string): unknown {
  try {
    return JSON.parse(localStorage.getItem(name) ?? "null");
  } catch {
    return null;
  }
}

/** One per page: there is one keyboard. */
export const ownKeys = new OwnKeys();
