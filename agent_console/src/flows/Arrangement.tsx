/** The world of a trial: who calls, when, whether the record is known, what agents and look-ups do. */

import { DatePicker, Input, Segmented, Select } from "antd";
import dayjs from "dayjs";
import type { TrialOrder } from "../api/flows";
import { useText } from "../ui/context";

export interface Arranged {
  at: number;
  caller: string;
  called: string;
  known: boolean;
  name: string;
  segment: string;
  language: "" | "en" | "zh";
  agents: TrialOrder["agents"];
  lookups: "found" | "not_found" | "failed" | "silent";
}

export const firstArranged = (called: string): Arranged => ({
  at: Math.floor(Date.now() / 1000),
  caller: "+14155550100",
  called,
  known: false,
  name: "Ada Lovelace",
  segment: "",
  language: "",
  agents: "free",
  lookups: "found",
});

/** `nodes` are those that look something up; only those that ask over HTTP take the arranged answer. */
export function orderOf(arranged: Arranged, of: TrialOrder["of"], nodes: readonly string[]): Partial<TrialOrder> {
  const { at, caller, called, known, name, segment, language, agents, lookups } = arranged;
  const customer = known ? { id: "c1", name, segment, language } : null;
  const replies = Object.fromEntries(nodes.map((node) => [node, lookups === "found" ? {} : lookups]));
  return { of, at, caller, called, agents, customer, replies };
}

interface ArrangementProps {
  arranged: Arranged;
  onChange: (arranged: Arranged) => void;
  asksOutside: boolean;
}

export function Arrangement({ arranged, onChange, asksOutside }: ArrangementProps) {
  const { t } = useText();
  const set = (part: Partial<Arranged>) => onChange({ ...arranged, ...part });
  return (
    <div className="trial-arranged">
      <label>
        <span>{t("trial.caller")}</span>
        <Input value={arranged.caller} maxLength={40} onChange={(event) => set({ caller: event.target.value })} />
      </label>
      <label>
        <span>{t("trial.at")}</span>
        <DatePicker
          showTime={{ format: "HH:mm" }}
          format="YYYY-MM-DD HH:mm"
          allowClear={false}
          aria-label={t("trial.at")}
          value={dayjs.unix(arranged.at)}
          onChange={(at) => set({ at: dayjs(at).unix() })}
        />
      </label>
      <div>
        <span>{t("trial.customer")}</span>
        <Segmented
          aria-label={t("trial.customer")}
          value={arranged.known}
          onChange={(known) => set({ known })}
          options={[
            { value: false, label: t("trial.unknown") },
            { value: true, label: t("trial.known") },
          ]}
        />
      </div>
      {arranged.known && (
        <>
          <label>
            <span>{t("trial.name")}</span>
            <Input value={arranged.name} maxLength={100} onChange={(event) => set({ name: event.target.value })} />
          </label>
          <label>
            <span>{t("trial.segment")}</span>
            <Input value={arranged.segment} maxLength={40} onChange={(event) => set({ segment: event.target.value })} />
          </label>
          <div>
            <span>{t("trial.language")}</span>
            <Select
              aria-label={t("trial.language")}
              value={arranged.language}
              onChange={(language) => set({ language })}
              options={[
                { value: "", label: "–" },
                { value: "en", label: t("english") },
                { value: "zh", label: t("chinese") },
              ]}
            />
          </div>
        </>
      )}
      <div>
        <span>{t("trial.agents")}</span>
        <Segmented
          aria-label={t("trial.agents")}
          value={arranged.agents}
          onChange={(agents) => set({ agents })}
          options={(["free", "busy", "none"] as const).map((value) => ({ value, label: t(`trial.agents.${value}`) }))}
        />
      </div>
      {asksOutside && (
        <div>
          <span>{t("trial.lookups")}</span>
          <Select
            aria-label={t("trial.lookups")}
            value={arranged.lookups}
            onChange={(lookups) => set({ lookups })}
            options={(["found", "not_found", "failed", "silent"] as const).map((value) => ({
              value,
              label: t(`trial.lookups.${value}`),
            }))}
          />
        </div>
      )}
    </div>
  );
}
