import { Controller, Get, Query } from '@nestjs/common';
import { z } from 'zod';
import { ApiDatabase } from '../api-database.js';
import { ok, type Envelope } from '../envelope.js';
import { Describes } from '../openapi/describes.js';
import { named } from '../openapi/answer-fields.js';

const MOST_LISTED = 500;

const listQuery = z.strictObject({ status: z.enum(['active', 'resolved']).optional() });

const alertAnswer = named(
  'Alert',
  z.object({
    key: z.string(),
    rule: z.string(),
    subject: z.string(),
    severity: z.enum(['critical', 'warning']),
    status: z.enum(['active', 'resolved']),
    summary: z.string(),
    action: z.string(),
    runbook: z.string(),
    since: z.string(),
    seenAt: z.string(),
    resolvedAt: z.string().nullable(),
    count: z.int().min(0),
    firings: z.int().min(1),
  }),
);

const channelAnswer = named(
  'AlertChannel',
  z.object({
    channel: z.string(),
    seenAt: z.string(),
    notBefore: z.string().nullable(),
    waiting: z.int().min(0),
    lost: z.int().min(0),
    lastSentAt: z.string().nullable(),
    lastError: z.string().nullable(),
  }),
);

/** What is wrong, and whether people can be told of it. */
@Controller('api/v1/alerts')
export class AlertsController {
  constructor(private readonly database: ApiDatabase) {}

  /** What is wrong now, and then what was within the last seven days, newest first; 500 at most. */
  @Get()
  @Describes({ summary: 'List what is wrong, and what was', answer: z.array(alertAnswer) })
  async list(@Query({ schema: listQuery }) { status }: z.output<typeof listQuery>): Promise<Envelope<unknown[]>> {
    const rows = await this.database.run(
      `SELECT key, rule, subject, severity, status, summary, action, 'docs/operating.md#' || section AS runbook, since,
         seen_at AS "seenAt", resolved_at AS "resolvedAt", count::float8 AS count, firings FROM hookyard.alert
       WHERE (status = 'active' OR resolved_at > clock_timestamp() - interval '7 days') AND ($1::text IS NULL OR status = $1)
       ORDER BY status, coalesce(resolved_at, since) DESC, key LIMIT ${MOST_LISTED}`,
      [status ?? null],
    );
    return ok(rows);
  }

  /** The ways to people: since when one may not be used (`notBefore`), what waits, what of the last week was given up, and why. */
  @Get('channels')
  @Describes({ summary: 'List where alerts go, and whether they arrive', answer: z.array(channelAnswer) })
  async channels(): Promise<Envelope<unknown[]>> {
    const rows = await this.database.run(
      `SELECT c.name AS channel, c.seen_at AS "seenAt",
         CASE WHEN c.not_before > clock_timestamp() THEN c.not_before END AS "notBefore",
         (count(n.id) FILTER (WHERE n.ended_at IS NULL))::int AS waiting,
         (count(n.id) FILTER (WHERE n.ended_at IS NOT NULL AND n.last_error IS NOT NULL))::int AS lost,
         max(n.ended_at) FILTER (WHERE n.last_error IS NULL) AS "lastSentAt",
         (array_agg(n.last_error ORDER BY n.id DESC) FILTER (WHERE n.last_error IS NOT NULL))[1] AS "lastError"
       FROM hookyard.notice_channel c LEFT JOIN hookyard.notice n ON n.channel = c.name
       GROUP BY c.name ORDER BY c.name LIMIT 100`,
    );
    return ok(rows);
  }
}
