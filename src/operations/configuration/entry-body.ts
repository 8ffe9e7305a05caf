import { z } from 'zod';

/**
 * A body that is an entry of hookyard.yaml, as JSON. It is judged by the file's schema later, for the caller must have it as it was sent:
 * that is what is kept, and what a later change is merged into. For documents it looks like the schema; `partial`: no key is required.
 */
export function entryBody(schema: z.ZodType, partial = false): z.ZodType<Record<string, unknown>> {
  const { $schema: _dialect, required, ...shape } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return z.record(z.string(), z.unknown()).meta({ ...shape, ...(required && !partial ? { required } : {}) });
}

/** The entry with what a change says: a key that is given replaces the whole of what stood there, null takes it away. */
export function merged(entry: unknown, change: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const all = Object.entries({ ...(entry as object), ...change });
  return Object.fromEntries(all.filter(([, value]) => value !== null));
}
