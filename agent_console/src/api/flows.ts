/** REST calls of the flow page. */

import { BASE, client } from "./client";
import type { Language, Shape } from "./types";

export type FlowLine = Shape<"FlowLine">;
export type FlowDetail = Shape<"FlowDetail">;
export type Drawing = Shape<"Drawing">;
export type Box = Drawing["boxes"][number];
export type Way = Drawing["lines"][number];
export type Draft = Shape<"Draft">;
export type Deployment = Shape<"Deployment">;
export type Finding = Shape<"FindingBody">;
export type Checked = Shape<"CheckBody">;
export type TestResult = Shape<"TestBody">;
export type LiveFlow = Shape<"LiveFlow">;
export type Traffic = Shape<"Traffic">;
export type TrafficDay = Shape<"TrafficBody">;
export type Trial = Shape<"TrialBody">;
export type TrialLine = Trial["lines"][number];
export type TrialOrder = Shape<"TrialOrder">;
export type DeployOrder = Shape<"DeployOrder">;
export type TrialAct = "press" | "listen" | "hang_up" | "agent_leaves";

/** The part of JSON Schema that the published schema of flows uses. */
export interface Schema {
  $ref?: string;
  $defs?: Record<string, Schema>;
  type?: string | string[];
  description?: string;
  enum?: string[];
  const?: string;
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
  items?: Schema;
  oneOf?: Schema[];
  required?: string[];
}

const at = (name: string, rest = ""): string => `/flows/${encodeURIComponent(name)}${rest}`;

export const flowApi = {
  list: async (): Promise<FlowLine[]> => (await client.call<{ flows: FlowLine[] }>("GET", "/flows")).flows,
  live: async (): Promise<LiveFlow[]> => (await client.call<{ flows: LiveFlow[] }>("GET", "/flow-callers")).flows,
  schema: (reader: Language): Promise<Schema> => client.call("GET", `/flow-schema?reader=${reader}`),
  flow: (name: string, reader: Language = "en"): Promise<FlowDetail> =>
    client.call("GET", at(name, `?reader=${reader}`)),
  source: async (name: string, version: string): Promise<string> =>
    (await client.call<{ source: string }>("GET", at(name, `/versions/${encodeURIComponent(version)}`))).source,
  traffic: (name: string, day: "today" | "yesterday"): Promise<TrafficDay> =>
    client.call("GET", at(name, `/traffic?day=${day}`)),
  check: (name: string, source: string, reader: Language): Promise<Checked> =>
    client.call("POST", at(name, `/check?reader=${reader}`), { source }),
  test: async (name: string, source: string, reader: Language): Promise<TestResult[]> =>
    (await client.call<{ tests: TestResult[] }>("POST", at(name, `/test?reader=${reader}`), { source })).tests,
  save: (name: string, source: string, after: string): Promise<Draft> =>
    client.call("PUT", at(name, "/draft"), { source, after }),
  drop: (name: string, revision: string): Promise<void> =>
    client.call("DELETE", at(name, `/draft?revision=${encodeURIComponent(revision)}`)),
  deploy: (name: string, order: DeployOrder, reader: Language): Promise<Deployment> =>
    client.call("POST", at(name, `/deploy?reader=${reader}`), order),
  rollBack: (name: string, to: string, note: string, reader: Language): Promise<Deployment> =>
    client.call("POST", at(name, `/rollback?reader=${reader}`), { to, note }),
  call: (name: string, order: Partial<TrialOrder>, reader: Language): Promise<Trial> =>
    client.call("POST", at(name, `/trials?reader=${reader}`), order),
  act: (trial: string, act: TrialAct, keys: string, reader: Language): Promise<Trial> =>
    client.call("POST", `/flow-trials/${encodeURIComponent(trial)}/acts?reader=${reader}`, { act, keys }),
  /** Where the sound of a line is, for an audio element. */
  sound: (trial: string, line: number): string => `${BASE}/flow-trials/${encodeURIComponent(trial)}/sounds/${line}`,
};
