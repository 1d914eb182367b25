/** Queues and skills as edited: what differs, and how the keyboard moves through the matrix. Pure. */

import type { QueueRouting, RoutingChange } from "../api/types";

/** The settings that are different now; `null` lifts a limit. */
export function changes(before: QueueRouting, after: Partial<QueueRouting>): RoutingChange {
  const different = Object.entries(after).filter(([name, value]) => before[name as keyof QueueRouting] !== value);
  return Object.fromEntries(different) as RoutingChange;
}

/** The agent's skills with one level changed; 0 takes the skill away. */
export function withLevel(skills: Record<string, number>, skill: string, level: number): Record<string, number> {
  const others = Object.fromEntries(Object.entries(skills).filter(([name]) => name !== skill));
  return level === 0 ? others : { ...others, [skill]: level };
}

/** The level a key means in a cell, null when it means none. */
export function levelOf(key: string): number | null {
  if (key === "Backspace" || key === "Delete") return 0;
  return /^[0-5]$/.test(key) ? Number(key) : null;
}

/** The cell an arrow key leads to (Home and End within the row); null for another key or beyond the edge. */
export function neighbour(
  key: string,
  [row, column]: readonly [number, number],
  rows: number,
  columns: number,
): readonly [number, number] | null {
  const [toRow, toColumn] =
    key === "ArrowUp"
      ? [row - 1, column]
      : key === "ArrowDown" || key === "Enter"
        ? [row + 1, column]
        : key === "ArrowLeft"
          ? [row, column - 1]
          : key === "ArrowRight"
            ? [row, column + 1]
            : key === "Home"
              ? [row, 0]
              : key === "End"
                ? [row, columns - 1]
                : [-1, -1];
  return toRow >= 0 && toRow < rows && toColumn >= 0 && toColumn < columns ? [toRow, toColumn] : null;
}
