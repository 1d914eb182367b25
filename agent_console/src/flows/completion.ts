/** What may be written at a place of a flow file, from the published JSON Schema and the file itself. Pure. */

import type { Schema } from "../api/flows";

export interface Option {
  label: string;
  detail: string;
  /** What is put in; the label when absent. */
  insert?: string;
}

export interface Completion {
  /** Where the word begins that an option takes the place of. */
  from: number;
  options: Option[];
}

interface Spot {
  path: string[];
  from: number;
  /** The key whose value is written; null where a key is written. */
  key: string | null;
  taken: Set<string>;
  kind: string | null;
}

const KEY = /^(\s*)(?:- )?"?([\w*#.-]+)"?\s*:/;
const WORD = /[\w*#.]*$/;

export function completionAt(text: string, position: number, schema: Schema): Completion | null {
  const spot = spotAt(text, position);
  if (!spot) return null;
  const parent = at(schema, spot.path, text, spot);
  if (!parent) return null;
  if (spot.key === null) {
    const options = keysOf(parent, schema, spot.taken);
    return options.length > 0 ? { from: spot.from, options } : null;
  }
  const value = step(parent, spot.key, schema);
  const options = value ? valuesOf(value, spot.key, text, schema) : [];
  return options.length > 0 ? { from: spot.from, options } : null;
}

// -- where it is ----------------------------------------------------------------------------------

function spotAt(text: string, position: number): Spot | null {
  const start = text.lastIndexOf("\n", position - 1) + 1;
  const line = text.slice(start, position);
  if (/(^|\s)#/.test(line)) return null;
  const above = text.slice(0, start).split("\n");
  const inline = /^(\s*)(?:- )?"?([\w*#.-]+)"?\s*:\s*\{(.*)$/.exec(line);
  if (inline && !inline[3]?.includes("}")) {
    const [, indent = "", key = "", inside = ""] = inline;
    const path = [...pathAbove(above, indent.length), key];
    const part = inside.slice(inside.lastIndexOf(",") + 1);
    return within(path, part, position, inside);
  }
  const indent = /^\s*/.exec(line)?.[0].length ?? 0;
  const path = pathAbove(above, indent);
  const [taken, kind] = siblings(text, above.length, indent);
  const value = /^\s*(?:- )?"?([\w*#.-]+)"?\s*:\s+(?:\[.*)?"?([\w*#.]*)$/.exec(line);
  if (value) return { path, from: position - (value[2]?.length ?? 0), key: value[1] ?? "", taken, kind };
  if (/^\s*[\w]*$/.test(line)) return { path, from: position - word(line), key: null, taken, kind };
  return null;
}

const word = (line: string): number => WORD.exec(line)?.[0].length ?? 0;

function within(path: string[], part: string, position: number, inside: string): Spot {
  const taken = new Set([...inside.matchAll(/"?([\w*#.-]+)"?\s*:/g)].map((found) => found[1] ?? ""));
  const kind = /kind:\s*(\w+)/.exec(inside)?.[1] ?? null;
  const value = /^\s*"?([\w*#.-]+)"?\s*:\s*"?([\w*#.]*)$/.exec(part);
  const from = position - word(part);
  return value ? { path, from, key: value[1] ?? "", taken, kind } : { path, from, key: null, taken, kind };
}

/** The keys that lead to a line of this indentation. */
function pathAbove(above: readonly string[], indent: number): string[] {
  const path: string[] = [];
  let left = indent;
  for (let number = above.length - 1; number >= 0 && left > 0; number -= 1) {
    const found = KEY.exec(above[number] ?? "");
    if (!found || (found[1]?.length ?? 0) >= left) continue;
    path.unshift(found[2] ?? "");
    left = found[1]?.length ?? 0;
  }
  return path;
}

/** Keys that stand beside a line already, and the kind they name. */
function siblings(text: string, number: number, indent: number): [Set<string>, string | null] {
  const lines = text.split("\n");
  const taken = new Set<string>();
  let kind: string | null = null;
  const read = (line: string): boolean => {
    const found = KEY.exec(line);
    const depth = found?.[1]?.length ?? indent + 1;
    if (depth < indent) return false;
    if (found && depth === indent) {
      taken.add(found[2] ?? "");
      kind ??= /kind:\s*(\w+)/.exec(line)?.[1] ?? null;
    }
    return true;
  };
  for (let up = number - 1; up >= 0 && read(lines[up] ?? ""); up -= 1);
  for (let down = number + 1; down < lines.length && read(lines[down] ?? ""); down += 1);
  return [taken, kind];
}

// -- what the schema says -------------------------------------------------------------------------

const resolved = (schema: Schema, root: Schema): Schema => {
  const name = schema.$ref?.split("/").pop();
  return name === undefined ? schema : (root.$defs?.[name] ?? schema);
};

/** The schema of what a key holds. */
function step(parent: Schema, key: string, root: Schema): Schema | null {
  const found =
    parent.properties?.[key] ??
    (typeof parent.additionalProperties === "object" ? parent.additionalProperties : null) ??
    parent.oneOf?.map((each) => step(resolved(each, root), key, root)).find((each) => each !== null) ??
    (parent.items ? step(resolved(parent.items, root), key, root) : null);
  return found ?? null;
}

/** The schema of the object at a path; a node's is that of its kind. */
function at(root: Schema, path: readonly string[], text: string, spot: Spot): Schema | null {
  let here: Schema = root;
  for (const [depth, key] of path.entries()) {
    const next = step(here, key, root);
    if (!next) return null;
    here = resolved(next, root);
    if (next.$ref === "#/$defs/node") {
      const kind = depth === path.length - 1 ? spot.kind : kindOf(text, key);
      here = (kind === null ? undefined : root.$defs?.[`${kind}_node`]) ?? here;
    }
  }
  return here;
}

function kindOf(text: string, node: string): string | null {
  const block = new RegExp(`^ +"?${node}"?:(.*(?:\\n(?: {3,}.*|\\s*))*)`, "m").exec(text)?.[1] ?? "";
  return /kind:\s*(\w+)/.exec(block)?.[1] ?? null;
}

function keysOf(parent: Schema, root: Schema, taken: ReadonlySet<string>): Option[] {
  const objects = parent.oneOf ? parent.oneOf.map((each) => resolved(each, root)) : [parent];
  const found = new Map<string, Option>();
  for (const object of objects)
    for (const [key, shape] of Object.entries(object.properties ?? {}))
      if (!taken.has(key)) {
        const detail = shape.description ?? resolved(shape, root).description ?? "";
        found.set(key, { label: key, detail, insert: `${key}: ` });
      }
  return [...found.values()];
}

function valuesOf(value: Schema, key: string, text: string, root: Schema): Option[] {
  const list = (labels: readonly string[], detail: string) => labels.map((label) => ({ label, detail }));
  const names = value.$ref?.split("/").pop();
  if (names === "target") return list(declared(text, "nodes"), value.description ?? "");
  if (names === "says") return list(declared(text, "prompts"), value.description ?? "");
  if (names === "expression") return list(declared(text, "variables"), "");
  const shape = resolved(value, root);
  if (key === "into") return list(declared(text, "variables"), shape.description ?? "");
  const choices = shape.enum ?? shape.items?.enum ?? (shape.type === "boolean" ? ["true", "false"] : []);
  if (key !== "kind") return list(choices, "");
  return choices.map((kind) => ({ label: kind, detail: root.$defs?.[`${kind}_node`]?.description ?? "" }));
}

/** The names an author has given below a key of the file: nodes, prompts, variables. */
export function declared(text: string, key: string): string[] {
  const inline = new RegExp(`^${key}:\\s*\\{(.*)\\}`, "m").exec(text);
  if (inline) return [...(inline[1] ?? "").matchAll(/(?:^|,)\s*"?([a-z]\w*)"?\s*:/g)].map((found) => found[1] ?? "");
  const block = new RegExp(`^${key}:[ \\t]*\\n((?:[ \\t]+.*\\n?|[ \\t]*(?:#.*)?\\n)*)`, "m").exec(text)?.[1] ?? "";
  const indent = /^( +)\S/m.exec(block)?.[1] ?? "  ";
  return [...block.matchAll(new RegExp(`^${indent}"?([a-z]\\w*)"?\\s*:`, "gm"))].map((found) => found[1] ?? "");
}

/** The line, from 1, on which a node begins; 1 when it is not found. */
export function lineOfNode(text: string, node: string): number {
  const lines = text.split("\n");
  const nodes = lines.findIndex((line) => line.startsWith("nodes:"));
  const found = lines.findIndex((line, number) => number > nodes && new RegExp(`^\\s+"?${node}"?\\s*:`).test(line));
  return found < 0 ? 1 : found + 1;
}
