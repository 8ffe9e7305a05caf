/** What a person, or time, has decided about an issue. */
export const ISSUE_STATES = ['open', 'acknowledged', 'resolved', 'ignored'] as const;

export type IssueState = (typeof ISSUE_STATES)[number];

/** One failure, as issues group it. */
export interface Failure {
  readonly destinationId: number;
  /** An attempt's error class, or what else ended a delivery: `WORKER_LOST`, `INTERRUPTED`. */
  readonly errorClass: string;
  /** What the destination answered, if it did. */
  readonly statusCode: number | undefined;
  /** Stored form. */
  readonly deliveryId: string;
  /** The delivery is a dead letter now. */
  readonly isDead: boolean;
}

/** Failures of one group since they were last written. */
export interface FailureGroup {
  readonly destinationId: number;
  readonly errorClass: string;
  readonly statusCode: number | undefined;
  failures: number;
  dead: number;
  lastDeliveryId: string;
  /** `performance.now()` at the first and the last of them. */
  readonly firstAt: number;
  lastAt: number;
}

/**
 * The dead letters of an issue: SQL on the delivery `t`, with the issue's error class and status code as parameters. Who lost a
 * worker or was never sent says nothing new of the attempt before.
 */
export function isDeadLetterOf(errorClass: string, statusCode: string): string {
  return `t.status = 'dead' AND t.dead_reason <> 'destination_removed' AND CASE t.dead_reason
    WHEN 'worker_lost' THEN ${errorClass} = 'WORKER_LOST'
    WHEN 'filter_failed' THEN ${errorClass} = 'FILTER_FAILED'
    ELSE coalesce(t.last_error_class, 'INTERRUPTED') = ${errorClass}
      AND t.last_status_code IS NOT DISTINCT FROM ${statusCode}::int END`;
}
