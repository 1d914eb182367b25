import { describe, expect, it } from "vitest";
import type { AgentRow, AgentState } from "../src/api/feed";
import type { Destination } from "../src/api/types";
import { choicesFor, nextReady } from "../src/state/transfer";

const agent = (id: string, state: AgentState): Destination => ({
  kind: "agent",
  id,
  name: id.toUpperCase(),
  name_zh: id.toUpperCase(),
  state,
  ready: state === "ready",
});
const other = (kind: "queue" | "flow", id: string, name: string, name_zh: string): Destination => ({
  kind,
  id,
  name,
  name_zh,
  state: null,
  ready: true,
});
const FOUND = [
  agent("zoe", "ready"),
  agent("bo", "not_ready"),
  agent("carl", "talking"),
  agent("dan", "ready"),
  other("flow", "main_menu", "Main menu", "Main menu"),
  other("queue", "billing", "Billing", "账单"),
];
const ids = (choices: ReturnType<typeof choicesFor>) => choices.map((each) => each.id);
const row = (state: AgentState) => ({ state }) as AgentRow;

describe("whom a customer may be sent to", () => {
  it("has whoever can be asked now first, then by how soon, queues and flows after", () => {
    expect(ids(choicesFor(FOUND, {}, "", "en"))).toEqual(["dan", "zoe", "carl", "bo", "billing", "main_menu"]);
  });

  it("believes the feed more than the list it got when it was opened", () => {
    const choices = choicesFor(FOUND, { dan: row("talking"), bo: row("ready") }, "", "en");
    expect(ids(choices).slice(0, 2)).toEqual(["bo", "zoe"]);
    expect(choices.find((each) => each.id === "dan")).toMatchObject({ state: "talking", ready: false });
  });

  it("finds by every word, in the reader's language or by the id", () => {
    expect(ids(choicesFor(FOUND, {}, "menu main", "en"))).toEqual(["main_menu"]);
    expect(ids(choicesFor(FOUND, {}, "账", "zh"))).toEqual(["billing"]);
    expect(ids(choicesFor(FOUND, {}, "BILL", "zh"))).toEqual(["billing"]);
    expect(choicesFor(FOUND, {}, "nobody", "en")).toEqual([]);
  });

  it("offers a typed number, and asks everywhere but in a flow", () => {
    expect(ids(choicesFor(FOUND, {}, "+49 30 111-222", "en"))).toEqual(["+4930111222"]);
    const asking = choicesFor(FOUND, {}, "", "en").filter((each) => !each.asks);
    expect(ids(asking)).toEqual(["main_menu"]);
  });

  it("steps over who cannot be asked, round the end, and stays when there is nobody", () => {
    const choices = choicesFor(FOUND, {}, "", "en");
    expect(nextReady(choices, -1, 1)).toBe(0);
    expect(nextReady(choices, 1, 1)).toBe(4);
    expect(nextReady(choices, 4, -1)).toBe(1);
    expect(nextReady(choices, 5, 1)).toBe(0);
    expect(nextReady(choices, 0, -1)).toBe(5);
    expect(nextReady([], -1, 1)).toBe(-1);
    expect(nextReady(choicesFor([agent("bo", "held")], {}, "", "en"), -1, 1)).toBe(-1);
  });
});
