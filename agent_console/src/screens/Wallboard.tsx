/** The floor now: six tiles, queues, agents, waiting callers, a short curve; and the same for a television. */

import { FullscreenExitOutlined, FullscreenOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { useEffect, useState } from "react";
import { useNavigate } from "react-router";
import type { Rows } from "../api/feed";
import { clockTime } from "../format/figures";
import { type Sample, sampled } from "../state/trend";
import { totalsOf } from "../state/wallboard";
import { useFeed, useNow, useStale, useText } from "../ui/context";
import { AgentGrid } from "../ui/wallboard/AgentGrid";
import { QueueTable } from "../ui/wallboard/QueueTable";
import { Tiles } from "../ui/wallboard/Tiles";
import { TrendChart } from "../ui/wallboard/TrendChart";
import { WaitingList } from "../ui/wallboard/WaitingList";

export function Wallboard({ tv }: { tv: boolean }) {
  const { t, language } = useText();
  const { feed } = useFeed();
  const now_s = useNow();
  const stale_s = useStale();
  const navigate = useNavigate();
  const trend = useTrend(feed.rows, feed.now_s);
  useAwake(tv);

  function enterTv(): void {
    void document.documentElement.requestFullscreen().catch(() => undefined);
    void navigate("/wallboard?tv");
  }
  function leaveTv(): void {
    if (document.fullscreenElement) void document.exitFullscreen();
    void navigate("/wallboard");
  }

  return (
    <div className={tv ? "wall tv" : "wall"} data-stale={stale_s !== null}>
      <header className="wall-head">
        <h1>{t("wall.title")}</h1>
        <span className="wall-clock">
          <span className={stale_s === null ? "pulse" : "pulse stopped"} aria-hidden />{" "}
          {t(stale_s === null ? "wall.live" : "wall.asOf")} <time>{clockTime(stale_s ?? now_s, language)}</time>
        </span>
        <Button
          className={tv ? "on-dark" : ""}
          icon={tv ? <FullscreenExitOutlined /> : <FullscreenOutlined />}
          onClick={tv ? leaveTv : enterTv}
        >
          {t(tv ? "wall.leaveTv" : "wall.tv")}
        </Button>
      </header>
      {tv && stale_s !== null && (
        <div className="wall-stale" role="alert">
          {t("feed.stale", { time: clockTime(stale_s, language) })}
        </div>
      )}
      <Tiles rows={feed.rows} now_s={stale_s ?? now_s} />
      <div className="wall-body">
        <QueueTable rows={feed.rows} now_s={stale_s ?? now_s} />
        <WaitingList rows={feed.rows} now_s={stale_s ?? now_s} limit={tv ? 6 : 12} />
        <AgentGrid rows={feed.rows} now_s={stale_s ?? now_s} limit={tv ? 24 : 200} />
        <TrendChart trend={trend} now_s={stale_s ?? now_s} />
      </div>
    </div>
  );
}

/** Outlives the screen, so that the curve is still there after a look at something else. */
let keptTrend: readonly Sample[] = [];

function useTrend(rows: Rows, now_s: number): readonly Sample[] {
  const [trend, setTrend] = useState<readonly Sample[]>(() => keptTrend);
  const totals = totalsOf(rows);
  const waiting = totals?.waiting;
  const talking = totals?.talking;
  useEffect(() => {
    if (waiting === undefined || talking === undefined) return;
    setTrend((before) => (keptTrend = sampled(before, { at_s: now_s, waiting, talking })));
  }, [waiting, talking, now_s]);
  return trend;
}

/** A television nobody touches must not go to sleep. */
function useAwake(on: boolean): void {
  useEffect(() => {
    if (!on || !("wakeLock" in navigator)) return;
    let lock: WakeLockSentinel | null = null;
    const ask = () => {
      if (document.visibilityState !== "visible") return;
      void navigator.wakeLock.request("screen").then(
        (got) => (lock = got),
        () => undefined,
      );
    };
    ask();
    document.addEventListener("visibilitychange", ask);
    return () => {
      document.removeEventListener("visibilitychange", ask);
      void lock?.release();
    };
  }, [on]);
}
