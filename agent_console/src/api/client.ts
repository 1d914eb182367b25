/** REST calls of the console. Failures are `Problem`s (RFC 9457), never bare responses. */

import type { Figures } from "../state/deviceTest";
import type {
  Callback,
  CallRecording,
  Catalogue,
  ContactRecordings,
  Customer,
  CustomerSummary,
  Destination,
  Interaction,
  InteractionStory,
  QueueRouting,
  RoutingBoard,
  RoutingChange,
  ServiceReport,
  Session,
  SimulationDetail,
  SimulationList,
  SimulationOrder,
  SimulationSummary,
} from "./types";

export const BASE = "/api/v1";

/** A refused or failed call. `status` 0 means the server was not reached. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly kind: string,
    readonly detail: string,
    readonly retryAfter_s: number | null = null,
  ) {
    super(`${status} ${kind} ${detail}`.trim());
  }
}

export interface InteractionFilter {
  from?: number | undefined;
  to?: number | undefined;
  queue?: string | undefined;
  agent?: string | undefined;
  limit?: number;
}

type Asked = string | number | boolean | undefined;
export type Query = Record<string, Asked | readonly Asked[]>;

async function problemOf(response: Response): Promise<Problem> {
  const retryAfter = Number(response.headers.get("Retry-After"));
  const retryAfter_s = Number.isFinite(retryAfter) && retryAfter > 0 ? retryAfter : null;
  let body: { type?: string; title?: string; detail?: string } = {};
  try {
    body = (await response.json()) as typeof body;
  } catch {
    // A proxy in between may answer without a body; the status alone is then what we know.
  }
  return new Problem(response.status, `${body.type ?? ""} ${body.title ?? ""}`, body.detail ?? "", retryAfter_s);
}

export function queryText(query: Query): string {
  const pairs = Object.entries(query).flatMap(([key, value]) =>
    (Array.isArray(value) ? value : [value]).map((each) => [key, each] as const),
  );
  const given = pairs.filter(([, value]) => value !== undefined && value !== "");
  const text = new URLSearchParams(given.map(([key, value]) => [key, String(value)])).toString();
  return text === "" ? "" : `?${text}`;
}

export class Client {
  private csrf = "";
  /** Told when the server no longer knows the session. */
  onEnded: () => void = () => undefined;

  /** One call below `/api/v1`; other modules build theirs on it. */
  async call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const headers: Record<string, string> = { Accept: "application/json" };
    if (body !== undefined) headers["Content-Type"] = "application/json";
    if (method !== "GET" && this.csrf !== "") headers["X-CSRF-Token"] = this.csrf;
    let response: Response;
    try {
      response = await fetch(BASE + path, {
        method,
        headers,
        credentials: "same-origin",
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    } catch {
      throw new Problem(0, "unreachable", "");
    }
    if (response.status === 401 && path !== "/session") this.onEnded();
    if (!response.ok) throw await problemOf(response);
    if (response.status === 204) return undefined as T;
    const text = await response.text();
    return (text === "" ? undefined : JSON.parse(text)) as T;
  }

  private async session(method: string, body?: unknown): Promise<Session> {
    const session = await this.call<Session>(method, "/session", body);
    this.csrf = session.csrf;
    return session;
  }

  logIn(login: string, password: string): Promise<Session> {
    return this.session("POST", { login, password });
  }
  resume(): Promise<Session> {
    return this.session("GET");
  }
  async logOut(): Promise<void> {
    await this.call("DELETE", "/session");
    this.csrf = "";
  }

  logOn = (): Promise<void> => this.call("POST", "/agent/log-on");
  logOff = (): Promise<void> => this.call("POST", "/agent/log-off");
  async attachDevice(sdp: string): Promise<string> {
    return (await this.call<{ sdp: string }>("POST", "/agent/device", { sdp })).sdp;
  }
  reportDeviceTest = (figures: Figures): Promise<void> => this.call("POST", "/agent/device/test", figures);
  chooseStatus = (status: string): Promise<void> => this.call("POST", "/agent/status", { status });
  accept = (offer: string): Promise<void> => this.call("POST", `/offers/${encodeURIComponent(offer)}/accept`);
  reject = (offer: string): Promise<void> => this.call("POST", `/offers/${encodeURIComponent(offer)}/reject`);
  onContact(contact: string, act: "hold" | "retrieve" | "hang-up" | "mute" | "unmute"): Promise<void> {
    return this.call("POST", `/contacts/${encodeURIComponent(contact)}/${act}`);
  }
  press(contact: string, digits: string): Promise<void> {
    return this.call("POST", `/contacts/${encodeURIComponent(contact)}/digits`, { digits });
  }
  sound(contact: string, heard: { lost: number; round_trip_ms: number | null }): Promise<void> {
    return this.call("POST", `/contacts/${encodeURIComponent(contact)}/quality`, heard);
  }
  routing = (): Promise<RoutingBoard> => this.call("GET", "/routing");
  changeRouting(queue: string, change: RoutingChange): Promise<QueueRouting> {
    return this.call("PATCH", `/routing/queues/${encodeURIComponent(queue)}`, change);
  }
  changeSkills(agent: string, skills: Record<string, number>): Promise<unknown> {
    return this.call("PUT", `/routing/agents/${encodeURIComponent(agent)}/skills`, { skills });
  }
  async targets(): Promise<Destination[]> {
    return (await this.call<{ targets: Destination[] }>("GET", "/transfer-targets")).targets;
  }
  transfer(contact: string, to: Pick<Destination, "kind" | "id">, how: "blind" | "attended"): Promise<void> {
    const path = `/contacts/${encodeURIComponent(contact)}/transfer`;
    return this.call("POST", path, { to: { [to.kind]: to.id }, how });
  }
  onConsult(contact: string, act: "complete" | "swap" | "cancel" | "conference"): Promise<void> {
    return this.call("POST", `/contacts/${encodeURIComponent(contact)}/consult/${act}`);
  }
  async dial(to: string, queue: string): Promise<string> {
    return (await this.call<{ contact: string }>("POST", "/calls", { to, queue })).contact;
  }
  onRecording(contact: string, act: "pause" | "resume"): Promise<void> {
    return this.call("POST", `/contacts/${encodeURIComponent(contact)}/recording/${act}`);
  }
  setDisposition(contact: string, disposition: string, note: string): Promise<void> {
    return this.call("POST", `/contacts/${encodeURIComponent(contact)}/disposition`, { disposition, note });
  }
  takeNote(contact: string, note: string): Promise<void> {
    return this.call("POST", `/contacts/${encodeURIComponent(contact)}/note`, { note });
  }
  chooseCustomer(contact: string, customer: string): Promise<void> {
    return this.call("POST", `/contacts/${encodeURIComponent(contact)}/customer`, { customer });
  }
  wrapUpDone = (): Promise<void> => this.call("POST", "/agent/wrap-up/done");

  catalogue = (): Promise<Catalogue> => this.call("GET", "/catalogue");
  async customers(search: string, limit: number): Promise<CustomerSummary[]> {
    return (await this.call<{ customers: CustomerSummary[] }>("GET", `/customers${queryText({ search, limit })}`))
      .customers;
  }
  customer = (id: string): Promise<Customer> => this.call("GET", `/customers/${encodeURIComponent(id)}`);
  async customerInteractions(id: string, limit: number): Promise<Interaction[]> {
    const path = `/customers/${encodeURIComponent(id)}/interactions${queryText({ limit })}`;
    return (await this.call<{ interactions: Interaction[] }>("GET", path)).interactions;
  }
  async interactions(filter: InteractionFilter): Promise<Interaction[]> {
    return (await this.call<{ interactions: Interaction[] }>("GET", `/interactions${queryText({ ...filter })}`))
      .interactions;
  }
  story = (contact: string): Promise<InteractionStory> =>
    this.call("GET", `/interactions/${encodeURIComponent(contact)}`);
  async recordings(contact: string): Promise<CallRecording[]> {
    const path = `/recordings/${encodeURIComponent(contact)}`;
    return (await this.call<ContactRecordings>("GET", path)).recordings;
  }
  /** Where the sound of a recording is, for an audio element. */
  soundOf = (contact: string, part: number): string =>
    `${BASE}/recordings/${encodeURIComponent(contact)}/audio?part=${part}`;
  async callbacks(): Promise<Callback[]> {
    return (await this.call<{ callbacks: Callback[] }>("GET", "/callbacks")).callbacks;
  }
  addCallback = (queue: string, number: string, language: string): Promise<Callback> =>
    this.call("POST", "/callbacks", { queue, number, language });
  onCallback = (callback: string, act: "cancel" | "call-now"): Promise<void> =>
    this.call("POST", `/callbacks/${encodeURIComponent(callback)}/${act}`);
  simulations = (): Promise<SimulationList> => this.call("GET", "/simulations");
  simulation = (id: string): Promise<SimulationDetail> => this.call("GET", `/simulations/${encodeURIComponent(id)}`);
  simulate = (order: SimulationOrder): Promise<SimulationSummary> => this.call("POST", "/simulations", order);
  cancelSimulation = (id: string): Promise<SimulationSummary> =>
    this.call("POST", `/simulations/${encodeURIComponent(id)}/cancel`);
  forgetSimulation = (id: string): Promise<void> => this.call("DELETE", `/simulations/${encodeURIComponent(id)}`);
  service = (from: number, to: number): Promise<ServiceReport> =>
    this.call("GET", `/reports/service${queryText({ from, to })}`);
}

export const client = new Client();
