/** A contact's recordings, heard and seen: caller above, agents below, paused stretches marked. */

import { CaretRightFilled, PauseOutlined } from "@ant-design/icons";
import { Button, Spin } from "antd";
import { useRef, useState } from "react";
import { Problem } from "../api/client";
import type { CallRecording } from "../api/types";
import { duration } from "../format/figures";
import { seekedTo, tracePath } from "../state/waveform";
import { client, useLoaded, useText } from "./context";

const WIDTH = 800;
const HEIGHT = 96;
const REACH = 22;

type Found = CallRecording[] | "not_yet" | "not_for_you";

async function find(contact: string): Promise<Found> {
  try {
    return await client.recordings(contact);
  } catch (error) {
    if (error instanceof Problem && error.status === 404) return "not_yet";
    if (error instanceof Problem && error.status === 403) return "not_for_you";
    throw error;
  }
}

export function Recordings({ contact }: { contact: string }) {
  const { t } = useText();
  const loaded = useLoaded(contact, () => find(contact));
  return (
    <section aria-label={t("recording.title")}>
      <h3 className="story-title">{t("recording.title")}</h3>
      {loaded.failed !== null && <p className="needs">{loaded.failed}</p>}
      {loaded.failed === null && loaded.value === null && <Spin />}
      {loaded.value === "not_yet" && <p className="quiet">{t("recording.notYet")}</p>}
      {loaded.value === "not_for_you" && <p className="quiet">{t("recording.notForYou")}</p>}
      {Array.isArray(loaded.value) &&
        loaded.value.map((recording) => <Player key={recording.part} contact={contact} recording={recording} />)}
    </section>
  );
}

function Player({ contact, recording }: { contact: string; recording: CallRecording }) {
  const { t } = useText();
  const audio = useRef<HTMLAudioElement>(null);
  const [playing, setPlaying] = useState(false);
  const [at_s, setAt] = useState(0);
  const [failed, setFailed] = useState(false);

  function toggle(): void {
    if (playing) audio.current?.pause();
    else audio.current?.play().catch(() => setFailed(true));
  }

  function seek(to_s: number): void {
    if (audio.current) audio.current.currentTime = to_s;
    setAt(to_s);
  }

  return (
    <div className="recording">
      <audio
        ref={audio}
        src={client.soundOf(contact, recording.part)}
        preload="none"
        onPlay={() => setPlaying(true)}
        onPause={() => setPlaying(false)}
        onEnded={() => setPlaying(false)}
        onTimeUpdate={(event) => setAt(event.currentTarget.currentTime)}
        onError={() => setFailed(true)}
      />
      <div className="recording-bar">
        <Button
          icon={playing ? <PauseOutlined /> : <CaretRightFilled />}
          onClick={toggle}
          aria-label={t(playing ? "recording.stop" : "recording.play")}
        />
        <Waveform recording={recording} at_s={at_s} onSeek={seek} onToggle={toggle} />
        <span className="recording-time">
          {duration(at_s)} / {duration(recording.seconds)}
        </span>
      </div>
      <p className="recording-legend">
        <span className="recording-left">{t("recording.left")}</span>
        <span className="recording-right">{t("recording.right")}</span>
        {recording.pauses.length > 0 && <span className="recording-silence">{t("recording.silence")}</span>}
      </p>
      {recording.fault !== "" && <p className="needs">{t("recording.fault", { why: recording.fault })}</p>}
      <div role="status" aria-live="polite">
        {failed && <p className="needs">{t("recording.failed")}</p>}
      </div>
    </div>
  );
}

interface WaveformProps {
  recording: CallRecording;
  at_s: number;
  onSeek: (to_s: number) => void;
  onToggle: () => void;
}

function Waveform({ recording, at_s, onSeek, onToggle }: WaveformProps) {
  const { t } = useText();
  const length_s = Math.max(0.001, recording.seconds);
  const x = (seconds: number): number => (Math.min(length_s, seconds) / length_s) * WIDTH;

  function press(event: React.KeyboardEvent): void {
    const to_s = seekedTo(event.key, at_s, length_s);
    if (to_s !== null) onSeek(to_s);
    else if (event.key === " " || event.key === "Enter") onToggle();
    else return;
    event.preventDefault();
  }

  function point(event: React.MouseEvent<SVGSVGElement>): void {
    const box = event.currentTarget.getBoundingClientRect();
    onSeek(((event.clientX - box.left) / box.width) * length_s);
  }

  return (
    <svg
      className="waveform"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="slider"
      tabIndex={0}
      aria-label={t("recording.position")}
      aria-valuemin={0}
      aria-valuemax={Math.round(length_s)}
      aria-valuenow={Math.round(at_s)}
      aria-valuetext={`${duration(at_s)} / ${duration(length_s)}`}
      onKeyDown={press}
      onClick={point}
    >
      {recording.pauses.map((pause) => (
        <rect
          key={pause.from_s}
          className="waveform-pause"
          x={x(pause.from_s)}
          y={0}
          width={Math.max(2, x(pause.to_s) - x(pause.from_s))}
          height={HEIGHT}
        />
      ))}
      <path className="waveform-left" d={tracePath(recording.peaks.left, WIDTH, HEIGHT / 4, REACH)} />
      <path className="waveform-right" d={tracePath(recording.peaks.right, WIDTH, (HEIGHT * 3) / 4, REACH)} />
      <rect className="waveform-at" x={x(at_s)} y={0} width={3} height={HEIGHT} />
    </svg>
  );
}
