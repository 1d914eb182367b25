/** Rows and messages of the feed (`docs/reference/console-api.md`, "Feed"); the rows come from `schema.ts`. */

import type { Shape } from "./types";

/** Another agent's row in an agent's feed holds only what a colleague may see. */
export type AgentRow = Shape<"ColleagueRow"> & Partial<Shape<"AgentRow">>;
export type AgentState = AgentRow["state"];
export type ContactRow = Shape<"ContactRow">;
export type ContactState = ContactRow["state"];
export type QueueRow = Shape<"QueueRow">;
export type TotalRow = Shape<"TotalRow">;
/** What a queue and the total have in common. */
export type Figures = Omit<TotalRow, "id">;
export type Decision = Shape<"DecisionRow">;
export type Pop = Shape<"Pop">;
export type OfferPart = Shape<"OfferPart">;
export type CallPart = Shape<"CallPart">;
export type Party = Shape<"PartyRow">;
export type WrapUpPart = Shape<"WrapUpPart">;
export type CallFailed = Shape<"CallFailedRow">;
export type DeskRow = Shape<"DeskRow">;
export type CallbackRow = Shape<"CallbackRow">;

export interface Collections {
  agents: AgentRow;
  contacts: ContactRow;
  queues: QueueRow;
  totals: TotalRow;
  desks: DeskRow;
  callbacks: CallbackRow;
  formulas: Shape<"FeedText">;
  notices: Shape<"NoticeRow">;
}

export type CollectionName = keyof Collections;
export type Rows = { [C in CollectionName]: Record<string, Collections[C]> };
export type RowChanges = { [C in CollectionName]?: Record<string, Collections[C] | null> };

interface Stamp {
  epoch: string | number;
  seq: number;
  now: number;
}

export type FeedMessage =
  | ({ type: "snapshot"; rows: Partial<Rows> } & Stamp)
  | ({ type: "changes"; rows: RowChanges } & Stamp)
  | ({ type: "heartbeat" } & Stamp);
