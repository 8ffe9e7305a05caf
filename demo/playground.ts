import { randomBytes } from 'node:crypto';
import { demoConfiguration, SHAKY, DOWN } from './configuration.js';
import { ManagementApi } from './management-api.js';
import { PaymentsTable } from './payments-table.js';
import { Receiver } from './receiver.js';
import { LogTail, RouterProcess } from './router-process.js';
import { post, Senders, type Answer, type Webhook } from './senders.js';
import { Workspace } from './workspace.js';

const SHAKY_ANSWERS = [500, 503];

/** All that the demo plays with: a router process on its own database, the providers, and the destinations. */
export class Playground {
  readonly senders = new Senders();
  /** The inbox checks our signatures with it. */
  readonly signingSecret = `whsec_${randomBytes(32).toString('base64')}`;
  readonly log = new LogTail();
  readonly payments: PaymentsTable;
  private running: { router: RouterProcess; api: ManagementApi } | undefined;
  /** Does the destination of that name answer 503? */
  isDown = true;
  private starting: Promise<RouterProcess> | undefined;

  private constructor(
    readonly workspace: Workspace,
    readonly receiver: Receiver,
  ) {
    this.payments = new PaymentsTable(workspace.dataDir);
  }

  static async open(): Promise<Playground> {
    const workspace = await Workspace.make();
    const receiver = await Receiver.start((destination, nth) => {
      if (destination === DOWN) return playground.isDown ? 503 : 200;
      return destination === SHAKY ? (SHAKY_ANSWERS[nth - 1] ?? 200) : 200;
    });
    const playground = new Playground(workspace, receiver);
    await workspace.writeConfiguration(demoConfiguration(playground.senders, receiver.url, playground.signingSecret));
    return playground;
  }

  /** Starts the router, for the first time or again; gives back how long that took. */
  async startRouter(signal: AbortSignal): Promise<number> {
    const startedAt = performance.now();
    this.starting = RouterProcess.start(this.workspace.folder, this.log, signal);
    const router = await this.starting;
    this.running = { router, api: await ManagementApi.open(router.url, this.workspace.keyFile) };
    return performance.now() - startedAt;
  }

  get router(): RouterProcess {
    if (!this.running) throw new Error('the router is not running');
    return this.running.router;
  }

  get api(): ManagementApi {
    if (!this.running) throw new Error('the router is not running');
    return this.running.api;
  }

  /** Sends a webhook to the router. */
  send(webhook: Webhook): Promise<Answer> {
    return post(this.router.url, webhook);
  }

  /** Stops the router in order; `undefined` when none runs. */
  async stopRouter(): Promise<{ code: number | null; ms: number } | undefined> {
    const { running } = this;
    this.running = undefined;
    return running?.router.stop();
  }

  /** Ends everything and leaves nothing behind. */
  async close(): Promise<void> {
    // One that is only starting ends by its signal; it must be gone before its folder goes.
    await this.starting?.then((router) => router.stop()).catch(() => undefined);
    await this.receiver.stop();
    await this.workspace.remove();
  }
}
