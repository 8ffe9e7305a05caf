/**
 * How far a stream has come: everything written by transactions below `xid` has been sent. A time or an id would not do: a transaction that began
 * earlier can commit later.
 */
export interface StreamPosition {
  /** Of `pg_snapshot_xmin`: 64 bits, they never wrap. */
  readonly xid: bigint;
  /** The database's clock then, in milliseconds since 1970: where to look. */
  readonly at: number;
  /** In the middle of a long look back: all times before `until` are done, and `next` is where the stream is when all are. */
  readonly pass?: { readonly until: number; readonly next: { readonly xid: bigint; readonly at: number } } | undefined;
}

const TOKEN = /^(\d{1,20})\.(\d{1,15})(?:\.(\d{1,15})\.(\d{1,20})\.(\d{1,15}))?$/;

/** What a client sends back as `Last-Event-ID`. */
export function positionToken({ xid, at, pass }: StreamPosition): string {
  return pass ? `${xid}.${at}.${pass.until}.${pass.next.xid}.${pass.next.at}` : `${xid}.${at}`;
}

/** Reads what `positionToken` made; `undefined` for any other text. */
export function readPosition(token: string): StreamPosition | undefined {
  const [, xid, at, until, thenXid, thenAt] = TOKEN.exec(token) ?? [];
  if (xid === undefined || at === undefined) return undefined;
  if (until === undefined || thenXid === undefined || thenAt === undefined) return { xid: BigInt(xid), at: Number(at) };
  const pass = { until: Number(until), next: { xid: BigInt(thenXid), at: Number(thenAt) } };
  return { xid: BigInt(xid), at: Number(at), pass };
}
