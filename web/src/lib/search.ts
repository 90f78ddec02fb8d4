/** URL search state as plain `?key=value&key=value`, so links can be read and written by hand. */

export type RawSearch = Record<string, string | string[]>;

export function parseSearch(text: string): RawSearch {
  const found: RawSearch = {};
  for (const [key, value] of new URLSearchParams(text)) {
    const before = found[key];
    if (before === undefined) found[key] = value;
    else found[key] = Array.isArray(before) ? [...before, value] : [before, value];
  }
  return found;
}

export function writeSearch(search: Record<string, unknown>): string {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(search)) {
    for (const one of Array.isArray(value) ? (value as unknown[]) : [value]) {
      if (typeof one === "string" && one !== "") params.append(key, one);
      else if (typeof one === "number" || one === true) params.append(key, String(one));
    }
  }
  const written = params.toString();
  return written === "" ? "" : `?${written}`;
}

/** The first value under `key`, or undefined. */
export function one(search: Record<string, unknown>, key: string): string | undefined {
  const value: unknown = search[key];
  const first: unknown = Array.isArray(value) ? value[0] : value;
  return typeof first === "string" && first !== "" ? first : undefined;
}

/** Every value under `key`. */
export function all(search: Record<string, unknown>, key: string): string[] {
  const value: unknown = search[key];
  const list: unknown[] = Array.isArray(value) ? value : [value];
  return list.filter((item): item is string => typeof item === "string" && item !== "");
}
