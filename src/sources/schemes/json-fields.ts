/** A way to a value in JSON: `['notificationItems', 0, 'amount']`. */
export type JsonPath = readonly (string | number)[];

/**
 * A JSON body with other values in these places, written anew; places whose parent is missing are left out. As it is when
 * that leaves none, or when it is no JSON. For signing: a body that is checked is only read.
 */
export function withFields(body: Buffer, changes: readonly (readonly [JsonPath, unknown])[]): Buffer {
  const root = parsed(body);
  let isChanged = false;
  for (const [path, value] of changes) {
    const name = path.at(-1);
    const parent = path.slice(0, -1).reduce<unknown>((at, key) => (isObject(at) ? at[key] : undefined), root);
    if (!isObject(parent) || Array.isArray(parent) || name === undefined) continue;
    parent[name] = value;
    isChanged = true;
  }
  return isChanged ? Buffer.from(JSON.stringify(root)) : body;
}

/** Whether a value is an object or an array. */
export function isObject(value: unknown): value is Record<string | number, unknown> {
  return typeof value === 'object' && value !== null;
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString()) as unknown;
  } catch {
    return undefined;
  }
}
