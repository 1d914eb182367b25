/** Ordering a simulation: what is simulated, under which policy, how often. */

import { App, Button, DatePicker, Input, InputNumber, Segmented, Select } from "antd";
import dayjs, { type Dayjs } from "dayjs";
import { useId, useState } from "react";
import type { SimulationList, SimulationOrder } from "../../api/types";
import { client, useAct, useText } from "../context";

const SOURCES = ["shipped", "own", "day"] as const;
type Source = (typeof SOURCES)[number];
const POLICIES = ["fair", "target", "fcfs", "tiers", "strict", "skill"] as const;
const SAME = "same";
type Policy = (typeof POLICIES)[number] | typeof SAME;

export function OrderForm({ scenarios, onOrdered }: { scenarios: SimulationList["scenarios"]; onOrdered: () => void }) {
  const { t } = useText();
  const { message } = App.useApp();
  const act = useAct();
  const [source, setSource] = useState<Source>("shipped");
  const [title, setTitle] = useState("");
  const [shipped, setShipped] = useState<string | null>(null);
  const [text, setText] = useState("");
  const [day, setDay] = useState<Dayjs>(() => dayjs().subtract(1, "day"));
  const [policy, setPolicy] = useState<Policy>("fair");
  const [hold, setHold] = useState<number | null>(null);
  const [replications, setReplications] = useState<number | null>(null);
  const [busy, setBusy] = useState(false);
  const example = shipped ?? scenarios[0]?.name ?? "";
  const suggested = suggestion(source, example, scenarios, day, policy);

  const choose = (next: Source) => {
    setSource(next);
    setText("");
    setPolicy(next === "day" ? SAME : "fair");
  };
  const run = async () => {
    setBusy(true);
    const order: SimulationOrder = {
      title: title.trim() || suggested,
      changes: source === "day" ? text : "",
      policy: policy === SAME ? null : policy,
      hold_targets: hold,
      replications,
      ...(source === "shipped" ? { shipped: example } : {}),
      ...(source === "own" ? { scenario: text } : {}),
      ...(source === "day"
        ? { from_at: day.startOf("day").unix(), to_at: day.add(1, "day").startOf("day").unix() }
        : {}),
    };
    if (await act(() => client.simulate(order))) {
      setTitle("");
      void message.success({ content: order.title, duration: 2 });
      onOrdered();
    }
    setBusy(false);
  };

  return (
    <section className="card sim-form" aria-label={t("sim.new")}>
      <h2>{t("sim.new")}</h2>
      <Segmented<Source>
        aria-label={t("sim.source")}
        value={source}
        onChange={choose}
        options={SOURCES.map((value) => ({ value, label: t(`sim.source.${value}`) }))}
      />
      <div className="sim-fields">
        {source === "shipped" && (
          <label className="wide">
            <span>{t("sim.example")}</span>
            <Select
              value={example}
              onChange={setShipped}
              aria-label={t("sim.example")}
              options={scenarios.map(({ name, title: label }) => ({ value: name, label }))}
            />
          </label>
        )}
        {source === "day" && (
          <label>
            <span>{t("sim.day")}</span>
            <DatePicker
              value={day}
              allowClear={false}
              aria-label={t("sim.day")}
              disabledDate={(date) => date.isAfter(dayjs(), "day")}
              onChange={(picked) => picked && setDay(picked)}
            />
          </label>
        )}
        <label>
          <span>{t("sim.policy")}</span>
          <Select
            value={policy}
            onChange={setPolicy}
            aria-label={t("sim.policy")}
            options={[
              ...(source === "day" ? [{ value: SAME, label: t("sim.policy.same") }] : []),
              ...POLICIES.map((value) => ({ value, label: t(`sim.policy.${value}`) })),
            ]}
          />
        </label>
        <label>
          <span>{t("sim.hold")}</span>
          <InputNumber min={0} max={100} value={hold} placeholder="6" onChange={setHold} aria-label={t("sim.hold")} />
        </label>
        <label>
          <span>{t("sim.replications")}</span>
          <InputNumber
            min={1}
            max={200}
            precision={0}
            value={replications}
            placeholder={source === "day" ? "20" : "16"}
            onChange={setReplications}
            aria-label={t("sim.replications")}
          />
        </label>
        <label className="wide">
          <span>{t("sim.name")}</span>
          <Input
            value={title}
            maxLength={120}
            placeholder={suggested}
            aria-label={t("sim.name")}
            onChange={(event) => setTitle(event.target.value)}
          />
        </label>
      </div>
      {source !== "shipped" && (
        <TextOrFile
          label={t(source === "own" ? "sim.text" : "sim.changes")}
          hint={
            source === "own" ? '[scenario]\nhorizon_s = 28800\n\n[[queue]]\nname = "billing"' : t("sim.changesHint")
          }
          text={text}
          onText={setText}
        />
      )}
      <Button
        type="primary"
        loading={busy}
        disabled={source === "own" && text.trim() === ""}
        onClick={() => void run()}
      >
        {t("sim.run")}
      </Button>
    </section>
  );
}

function suggestion(
  source: Source,
  example: string,
  scenarios: SimulationList["scenarios"],
  day: Dayjs,
  policy: string,
): string {
  const of = policy === SAME ? "" : `, ${policy}`;
  if (source === "day") return `${day.format("YYYY-MM-DD")}${of}`;
  const name = source === "shipped" ? scenarios.find((each) => each.name === example)?.title : undefined;
  return `${(name ?? "TOML").slice(0, 90)}${of}`;
}

function TextOrFile(props: { label: string; hint: string; text: string; onText: (text: string) => void }) {
  const { t } = useText();
  const id = useId();
  return (
    <div className="sim-text">
      <label htmlFor={id}>{props.label}</label>
      <Input.TextArea
        id={id}
        className="code"
        rows={7}
        spellCheck={false}
        placeholder={props.hint}
        value={props.text}
        onChange={(event) => props.onText(event.target.value)}
      />
      <label className="sim-file">
        {t("sim.file")}
        <input
          type="file"
          accept=".toml,text/plain"
          onChange={(event) => {
            void event.target.files?.[0]?.text().then(props.onText);
          }}
        />
      </label>
    </div>
  );
}
