import type { SourceFixture } from '../../testing/fixture.js';

interface Place {
  readonly header?: string;
  readonly pointer?: string;
}

const SAMPLES = {
  id: 'trigger-00000000',
  type: 'hookyard.trigger',
  occurredAt: '2026-11-02T12:00:00Z',
  subject: 'sample-1',
  tenant: 'sample-tenant',
} as const;

/** What a sender described by these options of `generic` would send: every value where the options look for it. */
export function genericFixture(options: unknown): SourceFixture {
  const places = options as Readonly<Partial<Record<keyof typeof SAMPLES, Place>>>;
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  const body: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(SAMPLES)) {
    const place = places[name as keyof typeof SAMPLES];
    if (place?.header !== undefined) headers[place.header] = value;
    else if (place?.pointer !== undefined) putAt(body, place.pointer, value);
  }
  const { id: externalId, type } = SAMPLES;
  return { name: 'made of the options', headers, body, expected: { type, externalId } };
}

/** An array index becomes a key, which the pointer finds as well. */
function putAt(body: Record<string, unknown>, pointer: string, value: string): void {
  const path = pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  let at = body;
  for (const key of path.slice(0, -1)) {
    const next = Object.hasOwn(at, key) ? at[key] : undefined;
    const inner = typeof next === 'object' && next !== null ? (next as Record<string, unknown>) : {};
    at[key] = inner;
    at = inner;
  }
  const last = path.at(-1);
  if (last !== undefined) at[last] = value;
}
