import { useEffect, useRef } from "react";
import { levelMeter } from "../../phone/sounds";
import { useText } from "../context";

/** A live microphone meter, drawn without React: thirty frames a second are not worth a render each. */
export function LevelBar({ stream, onHeard }: { stream: MediaStream | null; onHeard?: (level: number) => void }) {
  const { t } = useText();
  const bar = useRef<HTMLMeterElement>(null);
  const heard = useRef(onHeard);
  useEffect(() => {
    heard.current = onHeard;
  });
  useEffect(() => {
    if (!stream) {
      if (bar.current) bar.current.value = 0;
      return;
    }
    const meter = levelMeter(stream);
    let frame = 0;
    let loud = 0;
    let count = 0;
    const draw = () => {
      frame = requestAnimationFrame(draw);
      count += 1;
      if (count % 3 !== 0) return;
      const level = meter.read();
      if (bar.current) bar.current.value = level;
      loud = level > 0.4 ? loud + 1 : 0;
      if (loud === 4) heard.current?.(level);
    };
    draw();
    return () => {
      cancelAnimationFrame(frame);
      meter.close();
    };
  }, [stream]);
  return <meter ref={bar} className="level" min={0} max={1} aria-label={t("phone.level")} />;
}
