import type { RetentionPolicy } from './config.js';
import { durationSchema, formatDuration } from './duration.js';
import { strictObject, unlessWrong } from './strict-object.js';

const DAY_MS = 86_400_000;

/** Bodies and attempts are what fills a disk; events are narrow, and they are what recognises a repeat. */
export const DEFAULT_RETENTION: RetentionPolicy = {
  bodiesMs: 30 * DAY_MS,
  attemptsMs: 30 * DAY_MS,
  rejectionsMs: 7 * DAY_MS,
  eventsMs: 90 * DAY_MS,
  deadMs: undefined,
};

const days = (least: `${number}d`) => durationSchema(least, '3650d');

/** `retention` in hookyard.yaml. Events at least 35 days: the longest that a sender repeats is 30. */
export const retentionSchema = strictObject({
  bodies: days('1d').default(DEFAULT_RETENTION.bodiesMs),
  attempts: days('1d').default(DEFAULT_RETENTION.attemptsMs),
  rejections: days('1d').default(DEFAULT_RETENTION.rejectionsMs),
  events: days('35d').default(DEFAULT_RETENTION.eventsMs),
  dead: days('1d').optional(),
})
  .superRefine(({ bodies, events }, context) => {
    if (bodies <= events) return;
    const message = `must not be longer than events (${formatDuration(events)}): bodies go with their events`;
    context.addIssue({ code: 'custom', path: ['bodies'], message, when: unlessWrong('bodies', 'events') });
  })
  .transform(({ bodies, attempts, rejections, events, dead }): RetentionPolicy => ({
    bodiesMs: bodies,
    attemptsMs: attempts,
    rejectionsMs: rejections,
    eventsMs: events,
    deadMs: dead,
  }));
