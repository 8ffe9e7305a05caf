import type { EventLog } from '../telemetry/event-log.js';

const ONE_LINE_PER_MS = 5_000;

/** BullMQ repeats an error many times a second while its backend is away; the log gets a line every five seconds. */
export class QueueErrors {
  private quietUntil = 0;
  private unsaid = 0;

  constructor(
    private readonly part: 'queue' | 'worker',
    private readonly events: EventLog,
  ) {}

  /** Logs, or counts towards the next line. */
  report(error: Error): void {
    const now = Date.now();
    if (now < this.quietUntil) {
      this.unsaid += 1;
      return;
    }
    this.quietUntil = now + ONE_LINE_PER_MS;
    this.events.log.warn(
      { event: 'queue.error', part: this.part, error: error.message, unsaid: this.unsaid },
      'queue error',
    );
    this.unsaid = 0;
  }
}
