export const STREAM_KINDS = ['event', 'delivery', 'breaker'] as const;

export type StreamKind = (typeof STREAM_KINDS)[number];

/** Something that happened, as it is sent to those whose filters take it. */
export interface Change {
  readonly kind: StreamKind;
  /** Names this version of the row: the same change read twice has the same key. */
  readonly key: string;
  /** Milliseconds since 1970, for the order of what was read together. */
  readonly at: number;
  /** What filters ask. */
  readonly source?: string;
  readonly sourceType?: string;
  readonly type?: string;
  readonly destination?: string;
  readonly status?: string;
  /** One line of JSON. */
  readonly json: string;
}

/** A change that is a row's. */
export interface WrittenChange extends Change {
  /** The transaction that wrote this version. */
  readonly xid: bigint;
}
