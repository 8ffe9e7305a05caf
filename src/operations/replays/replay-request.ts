import { z } from 'zod';
import { targetFields } from './replay-target.js';

const DAY_MS = 86_400_000;
const LONGEST_RANGE_DAYS = 92;
const DEFAULT_PACE = 100;
const FASTEST_PACE = 5_000;

const text = (maxLength: number) =>
  z
    .string()
    .max(maxLength)
    .regex(/^[^\0]*$/, 'holds a NUL character')
    .optional();
const pattern = z
  .string()
  .min(1)
  .max(256)
  .regex(/^[^\0]*$/, 'holds a NUL character');
const time = z.iso.datetime({ offset: true }).optional();

const filter = z.strictObject({
  source: text(64),
  sourceType: text(64),
  type: z.union([pattern.transform((one) => [one]), z.array(pattern).min(1).max(50)]).optional(),
  destination: text(64),
  status: z.enum(['pending', 'claimed', 'held', 'delivered', 'dead', 'cancelled', 'superseded']).optional(),
  errorClass: text(64),
  deadReason: text(64),
  from: time,
  to: time,
});

/** The body of POST /replays. */
export const replayRequest = z
  .strictObject({
    mode: z.enum(['retry', 'replay']),
    filter: filter.prefault({}),
    ...targetFields,
    renormalise: z.boolean().default(false),
    onlyChanged: z.boolean().default(true),
    latestOnly: z.boolean().default(false),
    pace: z.number().min(0.1).max(FASTEST_PACE).default(DEFAULT_PACE),
    dryRun: z.boolean().default(false),
  })
  .superRefine(({ mode, filter: asked, destination, destinations, renormalise }, context) => {
    const wrong = (path: string[], message: string): void => context.addIssue({ code: 'custom', path, message });
    if (mode === 'retry') {
      if (destination ?? destinations)
        wrong(['destination'], 'a retry goes where the delivery went; use mode "replay"');
      if (renormalise) wrong(['renormalise'], 'a retry sends the same again; use mode "replay"');
      if (asked.status !== undefined && asked.status !== 'dead' && asked.status !== 'cancelled') {
        wrong(['filter', 'status'], 'only what is dead or cancelled can be retried in bulk');
      }
    } else if (asked.from === undefined) {
      wrong(['filter', 'from'], 'is required with mode "replay"');
    }
    const [from, to] = [asked.from, asked.to].map((at) => (at === undefined ? undefined : Date.parse(at)));
    if (from === undefined) return;
    const until = to ?? Date.now();
    if (to !== undefined && to <= from) wrong(['filter', 'to'], 'is not after filter.from');
    else if (mode === 'replay' && until - from > LONGEST_RANGE_DAYS * DAY_MS) {
      wrong(['filter', 'from'], `the range is longer than ${LONGEST_RANGE_DAYS} days; replay it in parts`);
    }
  });

export type ReplayRequest = z.output<typeof replayRequest>;
