import { setTimeout as sleep } from 'node:timers/promises';
import { post, type Answer, type Senders, type Webhook } from '../senders.js';

const LANES = 5;
const PAUSE_MS = 15;
const MOST = 100;

/** The id under which the handler files a payment. */
export function reference({ externalId }: Webhook): string {
  return externalId.replace('evt_', 'pi_');
}

/** A provider that sends one payment after another, five at a time, and keeps what got no answer to send it again. */
export class PaymentStream {
  readonly sent: Webhook[] = [];
  readonly acknowledged = new Map<Webhook, Answer>();
  private stopped = false;
  private lanes: Promise<unknown> | undefined;

  constructor(private readonly senders: Senders) {}

  get unanswered(): Webhook[] {
    return this.sent.filter((webhook) => !this.acknowledged.has(webhook));
  }

  start(routerUrl: string): void {
    this.lanes = Promise.all(Array.from({ length: LANES }, () => this.lane(routerUrl)));
  }

  /** Lets the requests under way end; sends no more. */
  async stop(): Promise<void> {
    this.stopped = true;
    await this.lanes;
  }

  /** Sends again what got no answer, as every provider does. */
  async sendAgain(routerUrl: string): Promise<Answer[]> {
    return Promise.all(this.unanswered.map((webhook) => this.deliver(routerUrl, webhook)));
  }

  private async lane(routerUrl: string): Promise<void> {
    while (!this.stopped && this.sent.length < MOST) {
      const number = this.sent.length + 1;
      const intent = { id: `pi_crash_${number}`, object: 'payment_intent', amount: number };
      const webhook = this.senders.stripe(`evt_crash_${number}`, 'payment_intent.succeeded', intent);
      this.sent.push(webhook);
      await this.deliver(routerUrl, webhook);
      await sleep(PAUSE_MS);
    }
  }

  private async deliver(routerUrl: string, webhook: Webhook): Promise<Answer> {
    const answer = await post(routerUrl, webhook);
    if (answer.status === 200) this.acknowledged.set(webhook, answer);
    return answer;
  }
}
