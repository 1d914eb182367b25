/** The policy as rows to edit, and what was changed in them. Pure. */

import type {
  Difference,
  Language,
  PolicyFault,
  PolicyParameter,
  PolicySheet,
  PolicyValue,
  PolicyWords,
} from "../api/types";
import type { Changes } from "../api/loyalty";
import { isTextKey, named, type Translate } from "../i18n";
import { word } from "./relationship";

export type Group = PolicyWords["group"];

/** A row of the editor: one parameter, or the same one for several tiers, stages or scores. */
export interface Row {
  words: PolicyWords;
  parameters: PolicyParameter[];
}

/** The rows of each group in the table's order; `search` keeps those whose name or path has the text. */
export function grouped(sheet: PolicySheet, search: string, language: Language): [Group, Row[]][] {
  const wanted = search.trim().toLowerCase();
  const found = new Map<Group, Row[]>();
  for (const words of sheet.words) {
    const parameters = sheet.parameters.filter((each) => each.row === words.path && each.queue === "");
    const said = `${words.path} ${words[language]} ${words[`why_${language}`]}`.toLowerCase();
    if (parameters.length > 0 && said.includes(wanted)) {
      found.set(words.group, [...(found.get(words.group) ?? []), { words, parameters }]);
    }
  }
  return [...found];
}

const SAME = (one: PolicyValue, other: PolicyValue): boolean => JSON.stringify(one) === JSON.stringify(other);

/** The changes with one more value; one that is as the version has it is no change. */
export function changed(sheet: PolicySheet, changes: Changes, path: string, value: PolicyValue): Changes {
  const kept = sheet.parameters.find((each) => each.path === path)?.value;
  const rest = Object.fromEntries(Object.entries(changes).filter(([name]) => name !== path));
  return kept !== undefined && SAME(kept, value) ? rest : { ...rest, [path]: value };
}

export function valueOf(parameter: PolicyParameter, changes: Changes): PolicyValue {
  return parameter.path in changes ? (changes[parameter.path] ?? null) : parameter.value;
}

export function faultsOf(path: string, faults: readonly PolicyFault[], language: Language): string[] {
  return faults.filter((fault) => fault.path === path).map((fault) => fault[language]);
}

/** What a star of a path stands for: a tier, a stage, a reaction, a score, an input or an action. */
export function keyName(key: string, t: Translate): string {
  const names = [
    word("tier", key, t),
    word("stage", key, t),
    word("reaction", key, t),
    word("action", key, t),
    word("stayOffer", key, t),
    word("score", key, t),
    word("input", key, t),
  ];
  return names.find((name) => name !== key) ?? key;
}

/** A value in one line. */
export function valueText(value: PolicyValue, t: Translate): string {
  if (value === null) return t("policy.empty");
  if (typeof value === "boolean") return value ? t("segments.yes") : t("segments.no");
  if (value === "") return t("policy.empty");
  if (typeof value === "string") {
    const key = `choice.${value}`;
    return isTextKey(key) ? t(key) : value;
  }
  if (Array.isArray(value)) return value.length > 0 ? value.join(", ") : t("policy.empty");
  if (typeof value === "object") {
    return Object.entries(value)
      .map(([code, severity]) => `${code} ${String(severity)}`)
      .join(", ");
  }
  return String(value);
}

/** Whether a row of words, with its stars, is the one of a path. */
function fits(row: string, path: string): boolean {
  const [wanted, parts] = [row.split("."), path.split(".")];
  return wanted.length === parts.length && wanted.every((part, at) => part === "*" || part === parts[at]);
}

/** Where a whole growth action is added or taken away. */
export const actionPath = (name: string): string => `value.growth.${name}`;

/** An action or offer as the list of a policy has it: as it is, to be added, or to go. */
export interface Listed {
  name: string;
  added: boolean;
  gone: boolean;
}

/** What a version has in one of its lists (`retention.offers`), and what is to be added to it. */
export function listed(sheet: PolicySheet, changes: Changes, list: string): Listed[] {
  const within = (path: string) => path.startsWith(`${list}.`) && !path.slice(list.length + 1).includes(".");
  const kept = new Set(sheet.parameters.flatMap((each) => (each.row.startsWith(`${list}.*.`) ? each.keys : [])));
  const added = Object.entries(changes)
    .filter(([path, value]) => within(path) && value !== null)
    .map(([path]) => path.slice(list.length + 1));
  return [
    ...[...kept].map((name) => ({ name, added: false, gone: changes[`${list}.${name}`] === null })),
    ...added.map((name) => ({ name, added: true, gone: false })),
  ];
}

/** The growth actions that a version has, and those that are to be added. */
export const growthActions = (sheet: PolicySheet, changes: Changes): Listed[] => listed(sheet, changes, "value.growth");

/** The changes without those of one parameter, or of the whole action that brought it. */
export function undone(changes: Changes, path: string): Changes {
  const own = (name: string) => path === name || path.startsWith(`${name}.`);
  return Object.fromEntries(Object.entries(changes).filter(([name]) => !own(name)));
}

/** What a star stands for, by the own name that a company gave an offer of this code. */
export function starName(
  key: string,
  path: string,
  sheet: PolicySheet,
  differences: readonly Difference[],
  language: Language,
  t: Translate,
): string {
  const titled = `retention.offers.${key}.${language}`;
  if (path.startsWith(`retention.offers.${key}.`)) {
    const told = differences.find((each) => each.path === titled);
    const own = told?.after ?? told?.before ?? sheet.parameters.find((each) => each.path === titled)?.value;
    if (typeof own === "string" && own.trim() !== "") return own;
  }
  return keyName(key, t);
}

/** The full name of a parameter: what it is, for whom, and in which queue; of an offer that is gone, as `differences` tell. */
export function nameOf(
  path: string,
  sheet: PolicySheet,
  language: Language,
  t: Translate,
  differences: readonly Difference[] = [],
): string {
  const own = ownOf(path);
  if (own !== null) {
    return `${nameOf(`levers.${own.tier}.${own.lever}`, sheet, language, t)} · ${queueOf(own.queue, sheet, language)}`;
  }
  const words = sheet.words.find((each) => fits(each.path, path));
  const stars = (words?.path ?? "").split(".");
  const keys = path
    .split(".")
    .flatMap((part, at) => (stars[at] === "*" ? [starName(part, path, sheet, differences, language, t)] : []));
  return [words?.[language] ?? path, ...keys].join(" · ");
}

// -- tables of queues -------------------------------------------------------------------------------------

/** In a change it takes a queue's own value back; the server knows the word. */
export const COMPANY = "company";

export function ownPath(queue: string, tier: string, lever: string): string {
  return `queue_levers.${queue}.${tier}.${lever}`;
}

/** Queue, tier and lever of a queue's own value; null for what is the company's. */
export function ownOf(path: string): { queue: string; tier: string; lever: string } | null {
  const found = /^queue_levers\.(.+)\.(\w+)\.(\w+)$/.exec(path);
  if (found === null) return null;
  const [, queue = "", tier = "", lever = ""] = found;
  return { queue, tier, lever };
}

export function queueOf(id: string, sheet: PolicySheet, language: Language): string {
  const queue = sheet.queues.find((each) => each.id === id);
  return queue === undefined ? id : named({ en: queue.name, zh: queue.name_zh }, language, id);
}

/** One lever of a tier in a queue: what acts there, and whether the queue has it of its own. */
export interface OwnCell {
  parameter: PolicyParameter;
  value: PolicyValue;
  own: boolean;
  company: PolicyValue;
}

/** A row of a queue's table; `row` is the company's. */
export function queueCells(row: Row, sheet: PolicySheet, queue: string, changes: Changes): OwnCell[] {
  return row.parameters.map((parameter) => {
    const [, tier = "", lever = ""] = parameter.path.split(".");
    const path = ownPath(queue, tier, lever);
    const company = valueOf(parameter, changes);
    const kept = sheet.parameters.find((each) => each.path === path);
    const change = changes[path];
    const own = change === undefined ? kept !== undefined : change !== COMPANY;
    const value = !own ? company : change === undefined ? (kept?.value ?? null) : change;
    return { parameter: { ...parameter, path, queue }, value, own, company };
  });
}

/** The changes with a queue's own value taken back, kept or only just given. */
export function takenBack(sheet: PolicySheet, changes: Changes, path: string): Changes {
  const rest = undone(changes, path);
  return sheet.parameters.some((each) => each.path === path) ? { ...rest, [path]: COMPANY } : rest;
}

/** Queues with a value of their own for a parameter of the company's table. */
export function departures(parameter: PolicyParameter, sheet: PolicySheet, changes: Changes): [string, PolicyValue][] {
  const words = sheet.words.find((each) => each.path === parameter.row);
  if (!words?.per_queue) return [];
  const row = { words, parameters: [parameter] };
  return sheet.queues.flatMap((queue) =>
    queueCells(row, sheet, queue.id, changes).flatMap((cell): [string, PolicyValue][] =>
      cell.own ? [[queue.id, cell.value]] : [],
    ),
  );
}

/** How many values a queue has of its own. */
export function ownCount(sheet: PolicySheet, queue: string, changes: Changes): number {
  const paths = new Set(sheet.parameters.filter((each) => each.queue === queue).map((each) => each.path));
  for (const [path, value] of Object.entries(changes)) {
    if (ownOf(path)?.queue === queue) {
      if (value === COMPANY) paths.delete(path);
      else paths.add(path);
    }
  }
  return paths.size;
}
