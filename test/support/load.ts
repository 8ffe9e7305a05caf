import { setTimeout as sleep } from 'node:timers/promises';
import { send, stripeWebhook } from './senders.js';

/**
 * Senders that behave as providers do: each posts one webhook after another and repeats one until it is answered 2xx. What was
 * acknowledged is written down; that is what must never be lost.
 */
export class Load {
  /** External ids answered 2xx, with the event id that the answer named. */
  readonly acked = new Map<string, string>();
  /** External ids sent at least once. */
  readonly sent = new Set<string>();
  /** Answers and network failures by kind. */
  readonly answers = new Map<string, number>();
  private stopped = false;
  private readonly senders: Promise<void>[] = [];

  /** `targets`: where to send, asked each time; several are taken in turn. */
  constructor(
    private readonly name: string,
    private readonly targets: () => readonly string[],
  ) {}

  /** `count` senders, each with a pause between webhooks. */
  start(count: number, pauseMs: number): void {
    for (let n = 0; n < count; n += 1) this.senders.push(this.run(n, pauseMs));
  }

  /** Every webhook that was begun is repeated until it is acknowledged; then it ends. */
  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.all(this.senders);
  }

  private async run(sender: number, pauseMs: number): Promise<void> {
    for (let n = 0; !this.stopped; n += 1) {
      const id = `evt_${this.name}_${sender}_${n}`;
      this.sent.add(id);
      await this.sendUntilAcked(id, sender + n);
      await sleep(pauseMs);
    }
  }

  private async sendUntilAcked(id: string, turn: number): Promise<void> {
    for (let attempt = 0; ; attempt += 1) {
      const targets = this.targets();
      const url = targets[(turn + attempt) % targets.length] as string;
      const answer = await send(url, stripeWebhook(id)).catch((error: Error & { code?: string }) => ({
        status: error.code ?? error.name,
        json: undefined,
      }));
      const status = answer.json?.status ?? String(answer.status);
      this.answers.set(status, (this.answers.get(status) ?? 0) + 1);
      if (answer.status === 200 && answer.json?.id) return void this.acked.set(id, answer.json.id);
      await sleep(50);
    }
  }
}
