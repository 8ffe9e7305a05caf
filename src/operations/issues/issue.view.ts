import { z } from 'zod';
import { publicId } from '../../database/ids.js';
import { ISSUE_STATES, type IssueState } from '../../issues/issue.js';
import { answerTime, named } from '../openapi/answer-fields.js';

/** The listed table has the alias `t`. */
export const ISSUE_FROM = 'hookyard.issue t JOIN hookyard.destination d ON d.id = t.destination_id';
export const ISSUE_COLUMNS = `t.id, t.destination_id, d.name AS destination, t.error_class, t.status_code, t.state, t.state_changed_at,
  t.reopened_at, t.first_seen_at, t.last_seen_at, t.failures::float8 AS failures, t.dead::float8 AS dead, t.last_delivery_id`;

/** A row of `ISSUE_COLUMNS`. */
export interface IssueRow {
  id: string;
  destination_id: number;
  destination: string;
  error_class: string;
  status_code: number | null;
  state: IssueState;
  state_changed_at: Date;
  reopened_at: Date | null;
  first_seen_at: Date;
  last_seen_at: Date;
  failures: number;
  dead: number;
  last_delivery_id: string;
}

/** An issue in an answer, for the OpenAPI document. */
export const issueAnswer = named(
  'Issue',
  z.object({
    id: z.string(),
    destination: z.string(),
    errorClass: z.string(),
    statusCode: z.int().nullable(),
    state: z.enum(ISSUE_STATES),
    stateChangedAt: answerTime,
    reopenedAt: answerTime.nullable(),
    firstSeenAt: answerTime,
    lastSeenAt: answerTime,
    failures: z.int(),
    dead: z.int(),
    lastDeliveryId: z.string(),
  }),
);

/** An issue as the API shows it. */
export function showIssue(row: IssueRow): z.output<typeof issueAnswer> {
  return {
    id: publicId('iss', row.id),
    destination: row.destination,
    errorClass: row.error_class,
    statusCode: row.status_code,
    state: row.state,
    stateChangedAt: row.state_changed_at,
    reopenedAt: row.reopened_at,
    firstSeenAt: row.first_seen_at,
    lastSeenAt: row.last_seen_at,
    failures: row.failures,
    dead: row.dead,
    lastDeliveryId: publicId('dlv', row.last_delivery_id),
  };
}
