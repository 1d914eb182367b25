/**
 * A pretend core for looking at the screens: serves the built console, plausible records and a live feed.
 *
 *   npm run build && npm run mock            # http://127.0.0.1:8090, log in as agent / supervisor, password "demo"
 *
 * Scripted from outside by POST /mock/NAME, the names are those of MOCK below. For development only.
 */
import { createReadStream, existsSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { WebSocketServer } from "ws";
import { answered, asked, begun, held, refused, TARGETS, together, turned, withoutAside } from "./mock-call.mjs";

const STATIC = fileURLToPath(new URL("../../contact_center/web/static/", import.meta.url));
const PORT = Number(process.env.PORT ?? 8090);
const TYPES = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" };
const CSP = "default-src 'self'; frame-ancestors 'none'";

const now = () => Date.now() / 1000;
const both = (en, zh) => ({ en, zh });

const USERS = {
  agent: { id: "u1", login: "agent", name: "Mei Lin", roles: ["agent"], agent: "a1", language: "en" },
  supervisor: {
    id: "u2",
    login: "supervisor",
    name: "Anna Keller",
    roles: ["supervisor"],
    agent: null,
    language: "en",
  },
};
const dispositions = [
  { code: "solved", name: both("Solved", "已解决") },
  { code: "follow_up", name: both("Follow-up needed", "需跟进") },
  { code: "order", name: both("New order", "新订单") },
  { code: "complaint", name: both("Complaint", "投诉") },
  { code: "wrong_number", name: both("Wrong number", "打错电话") },
];
const CATALOGUE = {
  not_ready_reasons: [
    { code: "break", name: both("Break", "小休") },
    { code: "lunch", name: both("Lunch", "午餐") },
    { code: "training", name: both("Training", "培训") },
    { code: "meeting", name: both("Meeting", "会议") },
  ],
  queues: [
    { id: "sales", name: "Sales", name_zh: "销售", target_s: 20, dispositions, disposition_required: true },
    { id: "support", name: "Support", name_zh: "支持", target_s: 30, dispositions, disposition_required: false },
  ],
  agents: [],
};

const NAMES = [
  "Mei Lin",
  "Jonas Weber",
  "Li Na",
  "Sofia Rossi",
  "Wang Wei",
  "Tom Baker",
  "Zhang Min",
  "Ines Costa",
  "Chen Hao",
  "Pavel Novak",
  "Liu Yang",
  "Emma Clark",
];
const STATES = [
  "not_ready",
  "ready",
  "talking",
  "talking",
  "wrap_up",
  "held",
  "talking",
  "not_ready",
  "ready",
  "reserved",
  "talking",
  "logged_off",
];
const agents = Object.fromEntries(
  NAMES.map((name, i) => [
    `a${i + 1}`,
    {
      id: `a${i + 1}`,
      name,
      team: "Day",
      state: STATES[i],
      since: now() - 40 * i - 12,
      reason: i === 0 ? "login" : STATES[i] === "not_ready" ? "lunch" : null,
      chosen: STATES[i] === "not_ready" ? (i === 0 ? "login" : "lunch") : "ready",
      device: i === 0 ? "down" : "up",
      contact: null,
      queue: null,
      skills: { english: 4, mandarin: 5, billing: 3 },
      handled: i * 2,
      rona: i % 3,
    },
  ]),
);
CATALOGUE.agents = Object.values(agents).map(({ id, name }) => ({ id, name }));

const CUSTOMERS = [
  [
    "Zhao Xiaoming",
    "+8613812345678",
    "gold",
    "zh",
    "Hangzhou",
    "West Lake Tea Co.",
    "Prefers calls in the afternoon. Ships to two addresses.",
  ],
  ["王小红", "+8613912340000", "platinum", "zh", "上海", "浦江贸易有限公司", "重要客户，请优先处理发票问题。"],
  ["Grace Hopper", "+12025550143", "silver", "en", "Arlington", "Harbor Instruments", null],
  ["Bruno Almeida", "+351912345678", "standard", "en", "Lisbon", null, null],
  ["Li Hua", "+8613712345678", "bronze", "zh", "Hangzhou", "West Lake Tea Co.", null],
  ["Maria Fernández", "+34911234567", "standard", "en", "Madrid", null, "Moved in spring; check the address."],
].map(([name, number, tier, language, city, company, notes], i) => ({
  id: `c${i + 1}`,
  name,
  kind: "person",
  numbers: i === 0 ? [number, "+8657188880001"] : [number],
  emails: [`customer${i + 1}@example.com`],
  tier,
  language,
  city,
  company,
  notes,
  tags: i % 2 ? [] : ["newsletter", "wholesale"],
  since: now() - 86400 * 365 * (i + 1),
}));

function interaction(i, extra = {}) {
  const customer = CUSTOMERS[i % CUSTOMERS.length];
  const abandoned = i % 7 === 3;
  const agent = abandoned ? null : `a${(i % 11) + 1}`;
  const started = now() - 400 - i * 760;
  return {
    contact: `k${i}`,
    customer: i % 5 === 4 ? null : customer.id,
    customer_name: i % 5 === 4 ? null : customer.name,
    channel: "voice",
    direction: "inbound",
    from_number: customer.numbers[0],
    to_number: "+8657112340000",
    queue: i % 2 ? "support" : "sales",
    agent,
    agent_name: agent ? agents[agent].name : null,
    started_at: started,
    ended_at: started + 280,
    flow: "welcome",
    ivr_path: ["greeting", "main_menu", "queue_sales"],
    digits: [{ node: "main_menu", digits: "1" }],
    ivr_s: 14,
    wait_s: 6 + ((i * 13) % 70),
    talk_s: abandoned ? 0 : 90 + ((i * 37) % 400),
    hold_s: i % 4 === 0 ? 22 : 0,
    wrap_up_s: abandoned ? 0 : 18,
    outcome: abandoned ? "abandoned" : "handled",
    disposition: abandoned ? null : dispositions[i % 4].code,
    note: abandoned || i % 3 ? null : "Asked for a copy of invoice 2041; sent by mail.",
    rona_count: i % 9 === 0 ? 1 : 0,
    ...extra,
  };
}
const INTERACTIONS = Array.from({ length: 60 }, (_, i) => interaction(i));

function storyOf(row) {
  let seq = 100;
  let at = row.started_at;
  const events = [];
  const add = (after, type, rest) =>
    events.push({ seq: (seq += 1), id: `e${seq}`, at: (at += after), event: { type, contact: row.contact, ...rest } });
  add(0, "ContactArrived", {
    from_number: row.from_number,
    to_number: row.to_number,
    from_name: "",
    conversation: "v1",
    channel: "voice",
    direction: "inbound",
  });
  add(0.1, "CustomerIdentified", { customer: row.customer, matches: row.customer ? 1 : 0 });
  add(0.1, "FlowEntered", { flow: "welcome", version: "1" });
  add(0.2, "NodeVisited", { flow: "welcome", node: "greeting" });
  add(5, "NodeVisited", { flow: "welcome", node: "main_menu" });
  add(6, "DigitsCollected", { node: "main_menu", digits: "1" });
  add(1, "Queued", {
    queue: row.queue,
    skills: { english: 3 },
    priority: 5,
    enqueued_at: at,
    position: 2,
    requeued: false,
  });
  const decision = {
    rule: "longest_idle",
    wait_s: 8,
    candidates: [
      { agent: row.agent ?? "a2", idle_s: 90, proficiency: 4 },
      { agent: "a3", idle_s: 50, proficiency: 4 },
    ],
  };
  if (row.rona_count) {
    add(8, "OfferMade", { queue: row.queue, offer: "o1", agent: "a2", deadline: at + 15, decision });
    add(0.1, "Delivered", { offer: "o1", agent: "a2" });
    add(15, "OfferLapsed", { offer: "o1", agent: "a2", reason: "rona" });
    add(0, "Queued", { queue: row.queue, skills: {}, priority: 5, enqueued_at: at, position: 1, requeued: true });
  }
  if (row.agent) {
    add(8, "OfferMade", { queue: row.queue, offer: "o2", agent: row.agent, deadline: at + 15, decision });
    add(0.1, "Delivered", { offer: "o2", agent: row.agent });
    add(3, "OfferAccepted", { offer: "o2", agent: row.agent });
    add(0.2, "Established", { queue: row.queue, agent: row.agent, wait_s: row.wait_s });
    add(row.talk_s, "ConnectionCleared", { party: "caller", agent: row.agent, by: "caller", cause: 200 });
    add(0, "ContactEnded", {
      outcome: "handled",
      queue: row.queue,
      agent: row.agent,
      wait_s: row.wait_s,
      talk_s: row.talk_s,
      hold_s: 0,
    });
    add(0, "AgentWorkingAfterCall", { agent: row.agent, queue: row.queue, deadline: at + 60 });
    if (row.disposition) add(9, "DispositionSet", { agent: row.agent, disposition: row.disposition, note: "" });
    add(9, "WrapUpEnded", { agent: row.agent, queue: row.queue, wrap_up_s: 18, by: "done" });
  } else {
    add(row.wait_s, "ConnectionCleared", { party: "caller", agent: null, by: "caller", cause: 487 });
    add(0, "ContactEnded", {
      outcome: "abandoned",
      queue: row.queue,
      agent: null,
      wait_s: row.wait_s,
      talk_s: 0,
      hold_s: 0,
    });
  }
  return { ...row, events };
}

const figures = (o) => ({
  waiting: 3,
  longest_since: now() - 31,
  offered: 148,
  answered: 133,
  answered_in_target: 112,
  abandoned: 9,
  abandoned_short: 2,
  abandoned_after_target: 5,
  rona: 4,
  service_level: 0.812,
  target_level: 0.8,
  target_s: 20,
  short_s: 5,
  asa_s: 14.2,
  aht_s: 214,
  abandon_rate: 0.061,
  talking: 5,
  agents_ready: 2,
  callbacks_waiting: 2,
  callbacks_since: now() - 640,
  callbacks_requested: 11,
  callbacks_attempted: 12,
  callbacks_done: 8,
  callbacks_lost: 1,
  ...o,
});
const rows = {
  agents,
  contacts: Object.fromEntries(
    [0, 1, 2].map((i) => [
      `w${i}`,
      {
        id: `w${i}`,
        state: i === 0 ? "offered" : "waiting",
        since: now() - 31 + i * 9,
        from_number: CUSTOMERS[i + 1].numbers[0],
        customer: `c${i + 2}`,
        customer_name: i === 2 ? null : CUSTOMERS[i + 1].name,
        tier: i === 2 ? null : CUSTOMERS[i + 1].tier,
        queue: i % 2 ? "support" : "sales",
        skills: {},
        priority: 5,
        arrived_at: now() - 60,
        enqueued_at: now() - 31 + i * 9,
        position: i + 1,
        agent: null,
        node: null,
      },
    ]),
  ),
  queues: {
    sales: {
      id: "sales",
      name: "Sales",
      name_zh: "销售",
      ...figures({ waiting: 2, offered: 90, answered: 81, service_level: 0.861, talking: 3 }),
    },
    support: {
      id: "support",
      name: "Support",
      name_zh: "支持",
      ...figures({
        waiting: 1,
        offered: 58,
        answered: 52,
        target_s: 30,
        service_level: 0.735,
        asa_s: 26,
        abandon_rate: 0.086,
        talking: 2,
        agents_ready: 1,
        longest_since: now() - 22,
      }),
    },
  },
  totals: { all: figures({}) },
  desks: { a1: { agent: "a1", offer: null, call: null, wrap_up: null } },
  callbacks: Object.fromEntries(
    ["waiting", "dialling", "waiting", "in_line"].map((state, i) => [
      `cb${i}`,
      {
        id: `cb${i}`,
        queue: i % 2 ? "support" : "sales",
        number: CUSTOMERS[i].numbers[0],
        customer: null,
        state,
        requested_at: now() - 700 + 90 * i,
        enqueued_at: now() - 820 + 90 * i,
        due_at: i === 2 ? now() + 240 : now() - 600,
        expires_at: now() + 13_000,
        attempts: i === 2 ? 1 : i % 2,
        last_why: i === 2 ? "busy" : "",
        by: i === 0 ? "anna" : "",
        asked_in: i === 0 ? null : `k${i}`,
        contact: null,
      },
    ]),
  ),
  formulas: {
    waiting: both("contacts in a queue now", "当前排队的来电数"),
    longest_since: both("now − enqueue time of the oldest", "当前时间 − 最早进入队列的时间"),
    service_level: both("answered ≤ T / (answered + abandoned after T)", "T 秒内接听 /（接听 + T 秒后放弃）"),
    abandon_rate: both("abandoned in queue / offered", "队列中放弃 / 进线"),
    asa_s: both("Σ queue wait of answered / answered", "已接来电排队时间之和 / 已接"),
    aht_s: both("(talk + hold + wrap-up) / handled", "（通话 + 保持 + 话后）/ 已处理"),
  },
};

let seq = 1;
let silent = false;
const sockets = new Set();
function send(collection, key, row) {
  if (row === null) delete rows[collection][key];
  else rows[collection][key] = row;
  seq += 1;
  tell({ type: "changes", epoch: "m1", seq, now: now(), rows: { [collection]: { [key]: row } } });
}
function tell(message) {
  if (silent) return;
  for (const socket of sockets) socket.send(JSON.stringify(message));
}
setInterval(() => tell({ type: "heartbeat", epoch: "m1", seq, now: now() }), 5000);
setInterval(() => {
  const waiting = Math.max(0, Math.min(9, rows.totals.all.waiting + Math.round(Math.random() * 2 - 1)));
  send("totals", "all", {
    ...rows.totals.all,
    waiting,
    talking: 4 + Math.round(Math.random() * 2),
    longest_since: waiting ? (rows.totals.all.longest_since ?? now()) : null,
  });
}, 3000);

const own = (part) => send("agents", "a1", { ...rows.agents.a1, since: now(), ...part });
const desk = (part) => send("desks", "a1", { agent: "a1", offer: null, call: null, wrap_up: null, ...part });
const popFor = (kind) => ({
  matches: kind === "many" ? [CUSTOMERS[0], CUSTOMERS[4], CUSTOMERS[1]] : kind === "none" ? [] : [CUSTOMERS[0]],
  customer: kind === "offer" ? CUSTOMERS[0] : null,
  interactions: kind === "offer" ? INTERACTIONS.filter((each) => each.customer === "c1").slice(0, 5) : [],
  flow: "welcome",
  path: [
    { node: "greeting", at: now() - 40 },
    { node: "main_menu", at: now() - 34 },
    { node: "ask_order_number", at: now() - 30 },
  ],
  digits: [
    { node: "main_menu", digits: "1" },
    { node: "ask_order_number", digits: "20417" },
  ],
});
const decision = {
  rule: "longest_idle",
  wait_s: 23,
  sentence: both(
    "You have both skills and have been idle longest (4 min 12 s).",
    "您具备全部所需技能，且空闲时间最长（4 分 12 秒）。",
  ),
  candidates: [
    { agent: "a1", name: "Mei Lin", idle_s: 252, proficiency: 5 },
    { agent: "a3", name: "Li Na", idle_s: 131, proficiency: 4 },
    { agent: "a9", name: "Chen Hao", idle_s: 20, proficiency: 5 },
  ],
};
let work = null;
function offer(kind) {
  work = {
    contact: `k${Date.now()}`,
    queue: "sales",
    queue_name: "Sales",
    queue_name_zh: "销售",
    pop: popFor(["many", "none"].includes(kind) ? kind : "offer"),
    decision,
    disposition: "",
    note: "",
    disposition_required: true,
    from_number: CUSTOMERS[0].numbers[0],
    callback: kind === "callback" ? { since: now() - 640, attempt: 1 } : null,
  };
  const purpose = ["transfer", "consult", "return"].includes(kind) ? kind : "queue";
  own({ state: "reserved", reason: null, chosen: "ready" });
  desk({
    offer: {
      ...work,
      offer: `o${Date.now()}`,
      deadline: now() + 20,
      wait_s: 23,
      skills: { mandarin: 3, billing: 2 },
      purpose,
      asked_by: ["transfer", "consult"].includes(purpose) ? { agent: "a3", name: "Li Na" } : null,
    },
  });
}
const call = (part) => {
  work = { ...work, ...part };
  desk({ call: work });
};
const wrapUp = () => {
  own({ state: "wrap_up" });
  desk({ wrap_up: { ...work, since: now(), deadline: now() + 60, cause: null } });
};
const MOCK = {
  offer: () => offer("offer"),
  callback: () => offer("callback"),
  many: () => offer("many"),
  none: () => offer("none"),
  transfer: () => offer("transfer"),
  consult: () => offer("consult"),
  return: () => offer("return"),
  refused: () => call(refused(work)),
  answered: () => call(answered(work)),
  customer: () => call({ ...held(work, false), since: now() }),
  busy: () => {
    own({ state: "wrap_up" });
    desk({ wrap_up: { ...work, since: now(), deadline: now() + 60, cause: 486 } });
  },
  miss: () => {
    desk({});
    own({ state: "not_ready", reason: "missed_offer", chosen: "missed_offer", rona: rows.agents.a1.rona + 1 });
  },
  hangup: wrapUp,
  up: () => own({ device: "up" }),
  ready: () => own({ state: "ready", chosen: "ready", reason: null, device: "up" }),
  stale: () => (silent = true),
  live: () => (silent = false),
};

const sessions = new Map();
const routes = [
  [
    "POST",
    /^\/session$/,
    (_, body, { reply }) => {
      if (body.login === "limited") return reply(429, { title: "Too many attempts" }, { "Retry-After": "27" });
      const user = USERS[body.login];
      if (!user || body.password !== "demo") return reply(401, { title: "Unauthorized" });
      const id = Math.random().toString(36).slice(2);
      sessions.set(id, user);
      return reply(200, { user, csrf: "x" }, { "Set-Cookie": `cc_session=${id}; HttpOnly; SameSite=Strict; Path=/` });
    },
  ],
  [
    "GET",
    /^\/session$/,
    (_, __, { reply, user }) => (user ? reply(200, { user, csrf: "x" }) : reply(401, { title: "Unauthorized" })),
  ],
  [
    "DELETE",
    /^\/session$/,
    (_, __, { reply }) => reply(204, undefined, { "Set-Cookie": "cc_session=; Max-Age=0; Path=/" }),
  ],
  [
    "GET",
    /^\/callbacks$/,
    (_, __, { reply }) =>
      reply(200, {
        callbacks: Object.values(rows.callbacks).map((each, i) => ({
          ...each,
          id: `over${i}`,
          state: ["done", "given_up", "expired", "cancelled"][i],
          ended_at: now() - 60,
          agent: i === 0 ? "a2" : null,
        })),
      }),
  ],
  ["GET", /^\/catalogue$/, (_, __, { reply }) => reply(200, CATALOGUE)],
  [
    "GET",
    /^\/customers$/,
    (_, __, { reply, query }) => {
      const text = (query.get("search") ?? "").toLowerCase();
      reply(200, { customers: CUSTOMERS.filter((each) => JSON.stringify(each).toLowerCase().includes(text)) });
    },
  ],
  [
    "GET",
    /^\/customers\/([^/]+)$/,
    ([id], __, { reply }) =>
      reply(
        200,
        CUSTOMERS.find((each) => each.id === id),
      ),
  ],
  [
    "GET",
    /^\/customers\/([^/]+)\/interactions$/,
    ([id], __, { reply }) => reply(200, { interactions: INTERACTIONS.filter((each) => each.customer === id) }),
  ],
  [
    "GET",
    /^\/interactions$/,
    (_, __, { reply, query }) =>
      reply(200, {
        interactions: INTERACTIONS.filter(
          (each) =>
            (!query.get("queue") || each.queue === query.get("queue")) &&
            (!query.get("agent") || each.agent === query.get("agent")),
        ).slice(0, Number(query.get("limit") ?? 50)),
      }),
  ],
  [
    "GET",
    /^\/interactions\/([^/]+)$/,
    ([id], __, { reply }) => reply(200, storyOf(INTERACTIONS.find((each) => each.contact === id) ?? INTERACTIONS[0])),
  ],
  [
    "POST",
    /^\/agent\/device$/,
    (_, __, { reply }) => (own({ device: "up", since: rows.agents.a1.since }), reply(200, { sdp: "v=0" })),
  ],
  [
    "POST",
    /^\/agent\/status$/,
    (_, body, { reply }) => {
      if (rows.agents.a1.state === "talking") own({ chosen: body.status, since: rows.agents.a1.since });
      else if (body.status === "ready") own({ state: "ready", chosen: "ready", reason: null });
      else own({ state: "not_ready", chosen: body.status, reason: body.status });
      reply(204);
    },
  ],
  [
    "POST",
    /^\/offers\/([^/]+)\/accept$/,
    (_, __, { reply }) => {
      own({ state: "talking" });
      const offered = rows.desks.a1.offer?.purpose;
      call(begun(work, "inbound"));
      if (offered === "consult") {
        call({
          ...asked(
            { ...work, parties: [work.parties[0], { ...work.parties[1], agent: "a3", name: "Li Na" }] },
            { agent: "a1" },
            agents,
          ),
          role: "consulted",
        });
        call({ ...answered(work), consult: { ...work.consult, by: "a3", state: "talking" } });
      }
      reply(204);
    },
  ],
  ["POST", /^\/offers\/([^/]+)\/reject$/, (_, __, { reply }) => (desk({}), own({ state: "ready" }), reply(204))],
  [
    "POST",
    /^\/contacts\/([^/]+)\/hold$/,
    (_, __, { reply }) => (own({ state: "held" }), call(held(work, true)), reply(204)),
  ],
  [
    "POST",
    /^\/contacts\/([^/]+)\/retrieve$/,
    (_, __, { reply }) => (own({ state: "talking" }), call(held(work, false)), reply(204)),
  ],
  ["POST", /^\/contacts\/([^/]+)\/hang-up$/, (_, __, { reply }) => (wrapUp(), reply(204))],
  [
    "POST",
    /^\/contacts\/([^/]+)\/(mute|unmute)$/,
    ([, act], __, { reply }) => (call({ muted: act === "mute" }), reply(204)),
  ],
  ["POST", /^\/contacts\/([^/]+)\/digits$/, (_, __, { reply }) => reply(204)],
  ["GET", /^\/transfer-targets$/, (_, __, { reply }) => reply(200, { targets: TARGETS(rows.agents) })],
  [
    "POST",
    /^\/contacts\/([^/]+)\/transfer$/,
    (_, body, { reply }) => {
      if (body.to.agent && rows.agents[body.to.agent].state !== "ready") return refuse(reply, "target");
      if (body.how === "blind") wrapUp();
      else call(asked(work, body.to, rows.agents));
      reply(204);
    },
  ],
  [
    "POST",
    /^\/contacts\/([^/]+)\/consult\/(\w+)$/,
    ([, act], __, { reply }) => {
      if (!work?.consult) return refuse(reply, "consult");
      if (act === "complete") wrapUp();
      else call({ swap: turned, conference: together, cancel: withoutAside }[act](work));
      reply(204);
    },
  ],
  [
    "POST",
    /^\/calls$/,
    (_, body, { reply }) => {
      if (!["ready", "not_ready"].includes(rows.agents.a1.state)) return refuse(reply, "busy");
      if (body.to.length < 5) return refuse(reply, "target");
      offer("none");
      work = { ...work, from_number: body.to, queue: body.queue, decision: null };
      own({ state: "talking" });
      call(begun(work, "outbound"));
      reply(201, { contact: work.contact });
    },
  ],
  ["POST", /^\/contacts\/([^/]+)\/disposition$/, (_, body, { reply }) => ((work = { ...work, ...body }), reply(204))],
  [
    "POST",
    /^\/contacts\/([^/]+)\/customer$/,
    (_, body, { reply }) => {
      const customer = CUSTOMERS.find((each) => each.id === body.customer);
      call({
        pop: {
          ...work.pop,
          customer,
          interactions: INTERACTIONS.filter((each) => each.customer === customer.id).slice(0, 5),
        },
      });
      reply(204);
    },
  ],
  ["POST", /^\/agent\/wrap-up\/done$/, (_, __, { reply }) => (desk({}), own({ state: "ready" }), reply(204))],
  ["POST", /^\/agent\/.*$/, (_, __, { reply }) => reply(204)],
];

const refuse = (reply, code) =>
  reply(409, { type: `urn:contact-center:problem:${code}`, title: "Conflict", status: 409, detail: code });
const userOf = (request) => sessions.get(/cc_session=(\w+)/.exec(request.headers.cookie ?? "")?.[1] ?? "");

const server = createServer((request, response) => {
  const url = new URL(request.url, "http://mock");
  const reply = (status, body, headers = {}) => {
    response.writeHead(status, {
      "Content-Type": status < 400 ? "application/json" : "application/problem+json",
      ...headers,
    });
    response.end(body === undefined ? "" : JSON.stringify(body));
  };
  let text = "";
  request.on("data", (part) => (text += part));
  request.on("end", () => {
    if (url.pathname.startsWith("/mock/")) {
      MOCK[url.pathname.slice(6)]?.();
      return reply(204);
    }
    if (url.pathname.startsWith("/api/v1/")) {
      const path = url.pathname.slice(7);
      for (const [method, pattern, act] of routes) {
        const found = method === request.method && pattern.exec(path);
        if (found)
          return act(found.slice(1), text ? JSON.parse(text) : {}, {
            reply,
            query: url.searchParams,
            user: userOf(request),
          });
      }
      return reply(404, { title: "Not found" });
    }
    const asked = join(STATIC, normalize(url.pathname));
    const file = existsSync(asked) && statSync(asked).isFile() ? asked : join(STATIC, "index.html");
    response.writeHead(200, {
      "Content-Type": TYPES[extname(file)] ?? "application/octet-stream",
      "Content-Security-Policy": CSP,
    });
    createReadStream(file).pipe(response);
  });
});
const feed = new WebSocketServer({ server, path: "/api/v1/feed" });
feed.on("connection", (socket) => {
  if (!silent) socket.send(JSON.stringify({ type: "snapshot", epoch: "m1", seq, now: now(), rows }));
  sockets.add(socket);
  socket.on("close", () => sockets.delete(socket));
});
server.listen(PORT, "127.0.0.1", () => console.log(`http://127.0.0.1:${PORT}`));
