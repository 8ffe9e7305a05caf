/** What one request was answered. */
export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly milliseconds: number;
}

/** What the request was meant to be. */
export type Mode = 'genuine' | 'tampered' | 'stale' | 'unsigned' | 'duplicate';

/** In words, what a router should answer. */
export const EXPECTED: Readonly<Record<Mode, string>> = {
  genuine: '2xx, as a new event',
  tampered: '401, refused',
  stale: '401, refused',
  unsigned: '401, refused',
  duplicate: '2xx each: once accepted, the others duplicates of the same event',
};

/** Whether the answers are those that `EXPECTED` names. Another 2xx body than ours is the source's own reply. */
export function isAsExpected(mode: Mode, answers: readonly Answer[]): boolean {
  if (mode === 'tampered' || mode === 'stale' || mode === 'unsigned')
    return answers.every(({ status }) => status === 401);
  if (answers.length === 0 || !answers.every(({ status }) => status >= 200 && status < 300)) return false;
  const known = answers.map(({ body }) => readAck(body));
  if (known.some((ack) => ack === undefined)) return true;
  const acks = known.filter((ack) => ack !== undefined);
  if (mode === 'genuine') return acks.every(({ isNew }) => isNew);
  return acks.filter(({ isNew }) => isNew).length === 1 && new Set(acks.map(({ id }) => id)).size === 1;
}

interface Ack {
  readonly id: unknown;
  readonly isNew: boolean;
}

/** Of a body with several events the counts say whether any is new. */
function readAck(body: string): Ack | undefined {
  try {
    const { id, status, accepted } = JSON.parse(body) as Readonly<Record<string, unknown>>;
    if (status !== 'accepted' && status !== 'duplicate') return undefined;
    return { id, isNew: typeof accepted === 'number' ? accepted > 0 : status === 'accepted' };
  } catch {
    return undefined;
  }
}
