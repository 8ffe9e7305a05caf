import { collectDefaultMetrics, Registry } from 'prom-client';
import { Counter } from './counter.js';
import { Gauge } from './gauge.js';
import { Histogram } from './histogram.js';
import type { Metric } from './metric.js';
import { NameLimit } from './name-limit.js';

/** From a fast local disk's commit to the 2 s after which a sender is told 503. */
const ACK_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2];
const ATTEMPT_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 30, 60];
/** From at once to the three days after which a delivery is given up. */
const DELAY_SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 15, 60, 300, 900, 3_600, 14_400, 86_400, 259_200];
const ROWS = [1, 2, 5, 10, 20, 50, 100, 200, 500];

/** Gauges count up to here: one that says "10,000 or more" must not cost a scan of a million rows. */
export const COUNT_UP_TO = 10_000;

/** Sources, and destinations, that are counted each for itself. */
const MOST_NAMES = 1_000;

/**
 * What this process counts, for Prometheus. Labels come from the configuration or from lists in code, never from a request:
 * a stranger cannot add a series. Ours are not prom-client's: it writes everything down in one go, which with a thousand
 * destinations keeps webhooks waiting for as long as 80 ms (docs/adr/0024).
 */
export class Metrics {
  /** Of the process and of Node. */
  readonly ofNode = new Registry();
  private readonly ours: Metric[] = [];
  private readonly names = { source: new NameLimit(MOST_NAMES), destination: new NameLimit(MOST_NAMES) };

  readonly webhooks = this.counter(
    'hookyard_webhooks_total',
    'Requests to /webhooks/:source by what became of them (accepted, duplicate, handshake, refused).',
    ['source', 'outcome'],
  );
  readonly refusals = this.counter('hookyard_refusals_total', 'Refused requests by error code.', ['source', 'code']);
  readonly conflicts = this.counter('hookyard_conflicts_total', 'Duplicates whose body differs from the first one.', [
    'source',
  ]);
  readonly suspectedReplays = this.counter(
    'hookyard_suspected_replays_total',
    'Bodies that came again under another id, from senders that do not sign the id.',
    ['source'],
  );
  readonly unverified = this.counter(
    'hookyard_unverified_total',
    'Requests taken in shadow mode although they could not be verified.',
    ['source'],
  );
  readonly webhookBytes = this.counter('hookyard_webhook_bytes_total', 'Bytes of stored bodies.', ['source']);
  readonly ackSeconds = this.histogram(
    'hookyard_ack_seconds',
    'From the request to the answer of a stored webhook, the commit included.',
    ['source'],
    ACK_SECONDS,
  );
  readonly attempts = this.counter(
    'hookyard_attempts_total',
    'Attempts by how they ended (delivered, failed, deferred, interrupted).',
    ['destination', 'outcome'],
  );
  readonly failures = this.counter('hookyard_failures_total', 'Failed attempts by error class.', [
    'destination',
    'error_class',
  ]);
  readonly attemptSeconds = this.histogram(
    'hookyard_attempt_seconds',
    'Duration of attempts.',
    ['destination'],
    ATTEMPT_SECONDS,
  );
  readonly deliverySeconds = this.histogram(
    'hookyard_delivery_seconds',
    'From receiving an event to its delivery, retries and pauses included.',
    ['destination'],
    DELAY_SECONDS,
  );
  readonly dead = this.counter('hookyard_deliveries_dead_total', 'Deliveries that became dead letters.', [
    'destination',
  ]);
  readonly breakerMoves = this.counter('hookyard_breaker_moves_total', 'Breakers opened and closed by this process.', [
    'destination',
    'to',
  ]);
  readonly commitRows = this.histogram(
    'hookyard_commit_rows',
    'Rows that shared a commit: events of the intake, results of the settle.',
    ['stage'],
    ROWS,
  );

  readonly pending = this.gauge(
    'hookyard_deliveries_pending',
    `Deliveries that wait, counted up to ${COUNT_UP_TO}. The same from every process: take the max.`,
    ['destination'],
  );
  readonly overdueSeconds = this.gauge(
    'hookyard_oldest_overdue_seconds',
    'How long the delivery that should have gone first has been due; 0: nothing is overdue.',
    ['destination'],
  );
  readonly breakerOpen = this.gauge('hookyard_breaker_open', '1 while the breaker is open.', ['destination']);
  readonly paused = this.gauge('hookyard_destination_paused', '1 while the destination is paused.', ['destination']);
  readonly deliveries = this.gauge(
    'hookyard_deliveries',
    `Deliveries that are dead, held or claimed now, each counted up to ${COUNT_UP_TO}.`,
    ['status'],
  );
  readonly databaseUp = this.gauge('hookyard_database_up', '1 when the database answered the last look.', []);
  readonly poolConnections = this.gauge(
    'hookyard_pool_connections',
    'Connections of this process to the database, by pool; `waiting` are callers without one.',
    ['pool', 'state'],
  );

  readonly monitorRuns = this.counter(
    'hookyard_monitor_runs_total',
    'Runs of the synthetic monitor by outcome (passed, failed), as this process judged them.',
    ['outcome'],
  );
  readonly monitorSeconds = this.histogram(
    'hookyard_monitor_seconds',
    'The synthetic monitor’s webhook: until it was answered (accepted), from its receipt to its handling (handled).',
    ['stage'],
    DELAY_SECONDS,
  );
  readonly monitorLastSuccess = this.gauge(
    'hookyard_monitor_last_success_timestamp_seconds',
    'When the last run of the synthetic monitor was sent that passed; 0: none. The same from every process: take the max.',
    [],
  );
  readonly monitorInterval = this.gauge(
    'hookyard_monitor_interval_seconds',
    'How often the synthetic monitor sends; 0: this process does not.',
    [],
  );

  constructor() {
    collectDefaultMetrics({ register: this.ofNode });
  }

  /** All of ours. */
  get all(): readonly Metric[] {
    return this.ours;
  }

  private gauge<Label extends string>(name: string, help: string, labels: readonly Label[]): Gauge<Label> {
    return this.listed(new Gauge(name, help, labels));
  }

  private counter<Label extends string>(name: string, help: string, labels: readonly Label[]): Counter<Label> {
    return this.listed(new Counter(name, help, labels, this.limitOf(labels)));
  }

  private histogram<Label extends string>(
    name: string,
    help: string,
    labels: readonly Label[],
    upTo: readonly number[],
  ): Histogram<Label> {
    return this.listed(new Histogram(name, help, labels, upTo, this.limitOf(labels)));
  }

  private limitOf([first]: readonly string[]): NameLimit | undefined {
    return first === 'source' || first === 'destination' ? this.names[first] : undefined;
  }

  private listed<Of extends Metric>(metric: Of): Of {
    this.ours.push(metric);
    return metric;
  }
}
