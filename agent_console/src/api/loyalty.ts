/** REST calls about relationships with customers: theory, timeline, repair cases, segments, policy. */

import { BASE, client, type Query, queryText } from "./client";
import type {
  Difference,
  FigureReport,
  FlowLine,
  Matrix,
  Members,
  MomentKind,
  PolicyCheck,
  PolicySheet,
  PolicyValue,
  PolicyVersion,
  PreviewState,
  Pyramid,
  Reaction,
  RemedyKind,
  RepairLine,
  RunLine,
  Stage,
  Theory,
  Tier,
  TierReport,
  TimelinePage,
} from "./types";

/** Which customers of the base; the server's names. */
export interface Cut {
  tier?: Tier[];
  stage?: Stage[];
  reaction?: Reaction[];
  at_risk?: boolean | undefined;
  pending?: boolean | undefined;
  current_from?: number | undefined;
  current_to?: number | undefined;
  potential_from?: number | undefined;
  potential_to?: number | undefined;
}
export type Changes = Record<string, PolicyValue>;

const part = encodeURIComponent;
const asked = (cut: Cut, more: Query = {}): string => queryText({ ...cut, ...more });

export const loyalty = {
  theory: (customer: string): Promise<Theory> => client.call("GET", `/customers/${part(customer)}/theory`),
  timeline: (customer: string, kind: readonly MomentKind[], after: string | null): Promise<TimelinePage> =>
    client.call("GET", `/customers/${part(customer)}/timeline${queryText({ kind, after: after ?? undefined })}`),

  async repairs(customer?: string): Promise<RepairLine[]> {
    return (await client.call<{ repairs: RepairLine[] }>("GET", `/repairs${queryText({ customer })}`)).repairs;
  },
  taskDone: (repair: string, task: string): Promise<unknown> =>
    client.call("POST", `/repairs/${part(repair)}/tasks`, { task }),
  assign: (repair: string, owner: string | null): Promise<unknown> =>
    client.call("POST", `/repairs/${part(repair)}/owner`, { owner }),
  give: (repair: string, kind: RemedyKind, amount: number, note: string): Promise<unknown> =>
    client.call("POST", `/repairs/${part(repair)}/remedies`, { kind, amount, note }),
  close: (repair: string, outcome: string): Promise<unknown> =>
    client.call("POST", `/repairs/${part(repair)}/close`, { outcome }),
  reopen: (repair: string): Promise<unknown> => client.call("POST", `/repairs/${part(repair)}/reopen`),

  async matrix(cut: Cut): Promise<Matrix | null> {
    return (await client.call<{ matrix: Matrix | null }>("GET", `/loyalty/matrix${asked(cut)}`)).matrix;
  },
  pyramid: (cut: Cut): Promise<Pyramid> => client.call("GET", `/loyalty/pyramid${asked(cut)}`),
  async flow(from: number, to: number): Promise<FlowLine[]> {
    return (await client.call<{ flows: FlowLine[] }>("GET", `/loyalty/flow${queryText({ from, to })}`)).flows;
  },
  service: (days: number): Promise<TierReport> => client.call("GET", `/loyalty/service${queryText({ days })}`),
  figures: (days: number): Promise<FigureReport> => client.call("GET", `/loyalty/figures${queryText({ days })}`),
  async runs(): Promise<RunLine[]> {
    return (await client.call<{ runs: RunLine[] }>("GET", "/loyalty/runs")).runs;
  },
  members: (cut: Cut, after: string | null): Promise<Members> =>
    client.call("GET", `/loyalty/customers${asked(cut, { after: after ?? undefined })}`),
  /** Where the whole segment is, as a file. */
  exportOf: (cut: Cut): string => `${BASE}/loyalty/customers.csv${asked(cut)}`,

  async versions(): Promise<PolicyVersion[]> {
    return (await client.call<{ versions: PolicyVersion[] }>("GET", "/loyalty/policies")).versions;
  },
  sheet: (version: number): Promise<PolicySheet> => client.call("GET", `/loyalty/policies/${version}`),
  async differences(version: number, to: number): Promise<Difference[]> {
    const path = `/loyalty/policies/${version}/differences${queryText({ to })}`;
    return (await client.call<{ differences: Difference[] }>("GET", path)).differences;
  },
  check: (based_on: number, changes: Changes): Promise<PolicyCheck> =>
    client.call("POST", "/loyalty/policy/check", { based_on, changes }),
  save: (based_on: number, changes: Changes, note: string): Promise<PolicyVersion> =>
    client.call("POST", "/loyalty/policies", { based_on, changes, note }),
  preview: (based_on: number, changes: Changes): Promise<PreviewState> =>
    client.call("POST", "/loyalty/policy/previews", { based_on, changes }),
  previewed: (id: string): Promise<PreviewState> => client.call("GET", `/loyalty/policy/previews/${part(id)}`),
};
