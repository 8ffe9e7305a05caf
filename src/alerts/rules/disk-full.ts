import { CLEAR_AFTER_MS, type Rule } from '../rule.js';

/** The disk that the embedded database is on. */
export interface DiskFacts {
  readonly host: string;
  readonly path: string;
  readonly freeBytes: number;
  readonly totalBytes: number;
}

const LEAST_SHARE = 0.1;
/** Of a large disk a tenth is plenty. */
const PLENTY_BYTES = 20 * 1024 ** 3;

/** The embedded database's disk is nearly full. (Of another database's disk nothing is known here.) */
export const diskFull: Rule<DiskFacts> = {
  rule: 'disk_full',
  section: 'the-disk-fills-up',
  clearAfterMs: CLEAR_AFTER_MS,
  observe: ({ host, path, freeBytes, totalBytes }, { now }) =>
    freeBytes >= totalBytes * LEAST_SHARE || freeBytes >= PLENTY_BYTES
      ? []
      : [
          {
            subject: host,
            severity: 'critical',
            summary: `The disk of the embedded database on ${host} has ${Math.round(freeBytes / 1024 ** 2)} MiB left.`,
            action: `Make room on the disk of ${path}, or keep less: retention in hookyard.yaml`,
            since: now,
            count: 1,
          },
        ],
};
