/** The agent's own state, how long, what to choose next, and whether the phone works. */

import { DownOutlined, PhoneOutlined } from "@ant-design/icons";
import { Button, Dropdown } from "antd";
import type { AgentRow } from "../api/feed";
import { duration } from "../format/figures";
import { named } from "../i18n";
import { isOtherDevice } from "../state/deviceTest";
import { client, useAct, useConsole, useNow, usePhone, useText } from "./context";
import { StateMark } from "./marks";
import { useNames } from "./names";
import { askToDial } from "./dial/call";
import { PhoneState } from "./phone/PhoneState";
import type { Ready } from "./phone/useReady";
import { useLetters } from "./useShortcuts";

interface Props {
  own: AgentRow | null;
  afterwards: string | null;
  /** The customer waits because somebody is asked aside. */
  asking: boolean;
  reasonsOpen: boolean;
  onReasonsOpen: (open: boolean) => void;
  ready: Ready;
}

export function StateBar({ own, afterwards, asking, reasonsOpen, onReasonsOpen, ready }: Props) {
  const { catalogue } = useConsole();
  const letterOf = useLetters();
  const { t, language } = useText();
  const names = useNames();
  const phone = usePhone();
  const act = useAct();
  const state = own?.state ?? "logged_off";
  const deviceUp = own?.device === "up" && (phone.phase === "connected" || isOtherDevice(own.device, phone.phase));
  const reasons = catalogue?.not_ready_reasons ?? [];
  const isReady = own?.chosen === "ready" && state !== "not_ready" && state !== "logged_off";

  return (
    <section className={`state-bar edge-${state}`} aria-label={t("state.bar")}>
      <div className="state-now">
        <StateMark state={state} size={30} />
        <div>
          <div className="state-name" role="status" data-testid="agent-state" data-state={state}>
            {t(asking ? "consult.title" : `state.${state}`)}
            {state === "not_ready" && own?.reason && <span className="state-reason">{names.reason(own.reason)}</span>}
          </div>
          <div className="state-extra">
            {afterwards !== null && (
              <span className="afterwards">{t("state.next", { status: names.reason(afterwards) })}</span>
            )}
          </div>
        </div>
        <StateTimer since={own?.since ?? null} />
      </div>
      <div className="state-choose">
        {state === "logged_off" && (
          <Button size="large" type="primary" onClick={() => void act(client.logOn)}>
            {t("state.logOn")}
          </Button>
        )}
        <Button
          type="primary"
          size="large"
          className="go-ready"
          onClick={ready.ask}
          loading={ready.waiting}
          disabled={isReady || !deviceUp}
          title={deviceUp ? letterOf("ready") : t("state.needsDevice")}
        >
          {t("state.goReady")}
        </Button>
        <Dropdown
          trigger={["click"]}
          open={reasonsOpen}
          onOpenChange={onReasonsOpen}
          autoFocus
          menu={{
            "aria-label": t("state.reasonMenu"),
            selectedKeys: own?.chosen ? [own.chosen] : [],
            items:
              reasons.length === 0
                ? [{ key: "none", disabled: true, label: t("state.noReasons") }]
                : reasons.map((reason) => ({ key: reason.code, label: named(reason.name, language, reason.code) })),
            onClick: ({ key }) => {
              onReasonsOpen(false);
              void act(() => client.chooseStatus(key));
            },
          }}
        >
          <Button size="large" icon={<DownOutlined />} iconPlacement="end" title={letterOf("not_ready")}>
            {t("state.goNotReady")}
          </Button>
        </Dropdown>
        <Button
          size="large"
          icon={<PhoneOutlined />}
          disabled={!deviceUp || (state !== "ready" && state !== "not_ready")}
          onClick={() => askToDial("")}
          aria-label={t("dial.open")}
          title={`${t("dial.open")} (${letterOf("dial")})`}
        />
      </div>
      <PhoneState deviceUp={own?.device === "up"} onTest={ready.openTest} />
      <dl className="today">
        <div>
          <dt>{t("state.handled")}</dt>
          <dd>{own?.handled ?? 0}</dd>
        </div>
        <div>
          <dt>{t("state.missed")}</dt>
          <dd>{own?.rona ?? 0}</dd>
        </div>
      </dl>
    </section>
  );
}

function StateTimer({ since }: { since: number | null }) {
  const now_s = useNow();
  return (
    <div className="state-timer" role="timer">
      {since === null ? "" : duration(now_s - since)}
    </div>
  );
}
