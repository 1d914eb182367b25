/** One flow: its picture with callers and losses, its text under work, and its history. */

import { Alert, Segmented, Spin, Tag } from "antd";
import { lazy, Suspense, useEffect, useRef, useState } from "react";
import { Link, useNavigate, useParams, useSearchParams } from "react-router";
import { type FlowDetail, flowApi, type LiveFlow } from "../api/flows";
import { Problem } from "../api/client";
import type { Language } from "../api/types";
import { FlowPicture } from "../flows/FlowPicture";
import { FlowHistory } from "../flows/FlowHistory";
import { newFlow } from "../flows/template";
import { TrafficTable } from "../flows/TrafficTable";
import { useLive } from "../flows/useLive";
import { useLoaded, useText } from "../ui/context";

const FlowWork = lazy(async () => ({ default: (await import("../flows/FlowWork")).FlowWork }));

const TODAY_EVERY_MS = 10_000;
const VIEWS = ["picture", "work", "history"] as const;
type ViewName = (typeof VIEWS)[number];
const isView = (name: string | null): name is ViewName => VIEWS.some((view) => view === name);

export function FlowPage() {
  const { name = "" } = useParams();
  const { t, language } = useText();
  const navigate = useNavigate();
  const [query] = useSearchParams();
  const fresh = query.has("new");
  const asked = query.get("view");
  const view: ViewName = isView(asked) ? asked : fresh ? "work" : "picture";
  const live = useLive()?.find((each) => each.flow === name);
  const loaded = useLoaded(`flow ${name} ${language}`, () => flowOrNew(name, fresh, language));
  const flow = loaded.value;
  const show = (next: ViewName) => void navigate(`/flows/${name}?view=${next}`, { replace: true });

  return (
    <div className="page flow-page">
      <header className="page-head">
        <h1>
          <Link to="/flows">{t("flows.title")}</Link> <span aria-hidden>›</span> {flow?.title ?? name}
        </h1>
        {flow && flow.version !== "" && (
          <span className="flow-facts">
            <Tag>
              {t(`flows.origin.${flow.origin}`)} <code>{flow.version.slice(0, 8)}</code>
            </Tag>
            {live && <span data-testid="callers">{t("flow.now", { count: live.callers })}</span>}
            {live && live.older > 0 && <span className="quiet">{t("flow.older", { count: live.older })}</span>}
          </span>
        )}
        <Segmented
          className="end"
          value={view}
          onChange={show}
          options={VIEWS.map((each) => ({ value: each, label: t(`flow.view.${each}`) }))}
        />
      </header>
      {loaded.failed !== null && (
        <p className="needs" role="alert">
          {t("error.load")} {loaded.failed}
        </p>
      )}
      {!flow && loaded.failed === null && <Spin />}
      {flow && view === "picture" && <Seen flow={flow} live={live} />}
      {flow && view === "work" && (
        <Suspense fallback={<Spin className="starting" />}>
          <FlowWork key={name} flow={flow} onDeployed={loaded.reload} />
        </Suspense>
      )}
      {flow && view === "history" && <FlowHistory flow={flow} onChanged={loaded.reload} />}
    </div>
  );
}

/** A flow that is there, or the beginning of one of that name. */
async function flowOrNew(name: string, fresh: boolean, reader: Language): Promise<FlowDetail> {
  try {
    return await flowApi.flow(name, reader);
  } catch (error) {
    if (fresh && error instanceof Problem && error.status === 404) return newFlow(name);
    throw error;
  }
}

function Seen({ flow, live }: { flow: FlowDetail; live: LiveFlow | undefined }) {
  const { t } = useText();
  const [day, setDay] = useState<"today" | "yesterday">("yesterday");
  const [selected, setSelected] = useState("");
  const traffic = useLoaded(`traffic ${flow.name} ${flow.version} ${day}`, () => flowApi.traffic(flow.name, day));
  const { reload } = traffic;
  const again = useRef(reload);
  useEffect(() => {
    again.current = reload;
  });
  useEffect(() => {
    if (day !== "today") return;
    const timer = window.setInterval(() => again.current(), TODAY_EVERY_MS);
    return () => window.clearInterval(timer);
  }, [day]);
  if (flow.version === "") return <p className="card quiet">{t("flow.notInForce")}</p>;
  return (
    <>
      <section className="card flow-seen" aria-label={t("flow.view.picture")}>
        <div className="flow-bar">
          <Segmented
            value={day}
            onChange={setDay}
            options={[
              { value: "yesterday", label: t("interactions.yesterday") },
              { value: "today", label: t("interactions.today") },
            ]}
          />
          <Legend />
        </div>
        {traffic.failed !== null && <p className="needs">{traffic.failed}</p>}
        {traffic.value?.complete === false && <p className="quiet">{t("flow.counting")}</p>}
        {flow.drawing ? (
          <FlowPicture
            drawing={flow.drawing}
            live={live}
            traffic={traffic.value?.traffic ?? null}
            selected={selected}
            onSelect={(node) => setSelected(node === selected ? "" : node)}
          />
        ) : (
          <Alert type="info" title={t("flow.tooLarge")} />
        )}
      </section>
      {traffic.value && (
        <TrafficTable flow={flow} traffic={traffic.value.traffic} live={live} day={day} selected={selected} />
      )}
    </>
  );
}

function Legend() {
  const { t } = useText();
  return (
    <ul className="flow-legend quiet small">
      <li>
        <svg width="34" height="16" aria-hidden>
          <g className="flow-now">
            <rect width="34" height="16" rx="8" />
          </g>
        </svg>
        {t("flow.legend.now")}
      </li>
      <li>
        <svg width="34" height="16" aria-hidden>
          <g className="flow-way taken">
            <path d="M0 8 H34" strokeWidth="6" />
          </g>
        </svg>
        {t("flow.legend.ways")}
      </li>
      <li>
        <svg width="34" height="16" aria-hidden>
          <rect className="flow-loss-2" y="6" width="34" height="4" rx="2" />
        </svg>
        {t("flow.legend.lost")}
      </li>
    </ul>
  );
}
