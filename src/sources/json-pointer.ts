/** RFC 6901. The empty pointer is the whole value. */
const POINTER = /^(?:\/(?:[^~/]|~[01])*)*$/;

/** Whether a text is a JSON pointer, e.g. `/data/id`. */
export function isJsonPointer(text: string): boolean {
  return POINTER.test(text);
}

/** The names on a pointer's way: `['data', 'id']`. */
export function pathOf(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** Whether a path leads through objects alone: not through an array, whose indexes are texts in a pointer. */
export function isObjectPath(value: unknown, path: readonly string[]): boolean {
  return path.every((name) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
    value = (value as Record<string, unknown>)[name];
    return true;
  });
}
