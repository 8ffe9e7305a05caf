import { z } from 'zod';
import type { StatusRule, StatusVerdict } from './config.js';
import { strictObject } from './strict-object.js';

const how = 'write a status from 300 to 599, or a class: "3xx", "4xx" or "5xx"';

/** 429 asks for time and is never final, whatever its class is said to be: naming it would not do what it says. */
const TOO_MANY_REQUESTS = 429;

const statusList = (verdict: StatusVerdict) =>
  z
    .array(
      z.union([z.number(), z.string()], { error: how }).transform((value, context): StatusRule => {
        const text = String(value).trim().toLowerCase();
        if (/^[345]xx$/.test(text)) {
          const from = Number(text[0]) * 100;
          return { from, to: from + 99, verdict };
        }
        const status = Number(text);
        if (/^[345]\d\d$/.test(text) && status !== TOO_MANY_REQUESTS) return { from: status, to: status, verdict };
        const message =
          status === TOO_MANY_REQUESTS
            ? '429 always waits as long as it asks for and is tried again; take it out'
            : `is no status of a failure; ${how}`;
        context.addIssue({ code: 'custom', message });
        return z.NEVER;
      }),
    )
    .default([]);

/** `{ retry: [404], dead: [4xx], pause: [403] }`: what answers mean at one destination. A status wins over its class. */
export const statusRulesSchema = strictObject({
  retry: statusList('retry'),
  dead: statusList('dead'),
  pause: statusList('pause'),
}).transform(({ retry, dead, pause }, context): StatusRule[] => {
  const rules = [...retry, ...dead, ...pause];
  const seen = new Set<number>();
  for (const { from, to, verdict } of rules) {
    const key = from * 1_000 + to;
    if (seen.has(key)) {
      context.addIssue({
        code: 'custom',
        message: `names ${from === to ? from : `${from / 100}xx`} twice`,
        path: [verdict],
      });
    }
    seen.add(key);
  }
  return rules;
});
