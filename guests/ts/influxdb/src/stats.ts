/** What InfluxDB says about itself at `/debug/vars`. */

/** Numbers by name. */
export type Numbers = Readonly<Record<string, number>>;

/** One part of InfluxDB that counts, for example `write`, or `database` with the tag `database`. */
export interface Part {
  readonly name: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly values: Numbers;
}

/** All parts at one moment. */
export type Stats = readonly Part[];

/** Reads the document; `undefined` when it is none of InfluxDB. */
export function read(document: unknown): Stats | undefined {
  if (!isRecord(document)) {
    return undefined;
  }
  const parts: Part[] = [];
  for (const part of Object.values(document)) {
    if (isRecord(part) && typeof part["name"] === "string" && isRecord(part["values"])) {
      parts.push({ name: part["name"], tags: strings(part["tags"]), values: numbers(part["values"]) });
    }
  }
  return parts.some(({ name }) => name === "queryExecutor") ? parts : undefined;
}

/** The sum of a value over all parts of a name; `undefined` when no part has it. */
export function sum(stats: Stats, name: string, value: string): number | undefined {
  const found = stats.flatMap((part) => (part.name === name ? (part.values[value] ?? []) : []));
  return found.length === 0 ? undefined : found.reduce((one, other) => one + other, 0);
}

/** A value of each database, summed over its parts. */
export function byDatabase(stats: Stats, name: string, value: string): Map<string, number> {
  const found = new Map<string, number>();
  for (const part of stats) {
    const database = part.tags["database"];
    const here = part.values[value];
    if (part.name === name && database !== undefined && here !== undefined) {
      found.set(database, (found.get(database) ?? 0) + here);
    }
  }
  return found;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function strings(value: unknown): Record<string, string> {
  return isRecord(value) ? Object.fromEntries(Object.entries(value).filter(isText)) : {};
}

function numbers(value: Record<string, unknown>): Record<string, number> {
  return Object.fromEntries(Object.entries(value).filter(isNumber));
}

function isText(entry: [string, unknown]): entry is [string, string] {
  return typeof entry[1] === "string";
}

function isNumber(entry: [string, unknown]): entry is [string, number] {
  return typeof entry[1] === "number";
}
