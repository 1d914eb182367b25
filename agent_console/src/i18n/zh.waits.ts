import type { enWaits } from "./en.waits";

/** How long callers wait: what is expected, and what they were told. In Chinese. */
export const zhWaits: Record<keyof typeof enWaits, string> = {
  "wall.expected": "预计等待",
  "wall.expectedNow": "即刻",
  "wall.expectedRange": "{low} 至 {high}",
  "story.waitTold": "已告知：排第 {position} 位，还需 {low} 至 {high}。",
  "story.waitLonger": "已告知等待比先前所说更长：排第 {position} 位，还需 {low} 至 {high}。",
};
