/** How the sound of a call is doing, in what the browser counts and what the core makes of it. Pure. */

/** Packets of the standing connection so far, as WebRTC counts them. */
export interface Packets {
  received: number;
  lost: number;
}

/** The share of packets lost since an earlier count, 0-1; null while too few came to say anything. */
export function lostSince(before: Packets, now: Packets): number | null {
  const received = now.received - before.received;
  const lost = Math.max(0, now.lost - before.lost);
  return received + lost < 50 ? null : lost / (received + lost);
}

export type Grade = "good" | "fair" | "poor";
const ORDER: readonly Grade[] = ["good", "fair", "poor"];

/** The worse of two, for a call is as good as its worse end; null while neither is known. */
export function worse(one: Grade | undefined, other: Grade | undefined): Grade | null {
  const known = [one, other].filter((grade) => grade !== undefined);
  return known.length === 0 ? null : (ORDER[Math.max(...known.map((grade) => ORDER.indexOf(grade)))] ?? null);
}
