import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Received } from './receiver-process.js';

const SCRIPT = fileURLToPath(new URL('receiver-process.js', import.meta.url));
const LOOK_EVERY_MS = 50;

/** A destination in a process of its own. */
export class Receiver {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
  ) {}

  static async start(): Promise<Receiver> {
    const child = fork(SCRIPT, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    const [{ url }] = (await once(child, 'message')) as [{ url: string }];
    return new Receiver(child, url);
  }

  /** Forgets what came. */
  reset(): void {
    this.child.send('reset');
  }

  /** All that came since the last reset. */
  report(): Promise<Received> {
    return this.ask('report');
  }

  /** Waits until `count` have come; throws when nothing new comes for 30 s. */
  async until(count: number): Promise<Received> {
    let last = 0;
    let lastChange = performance.now();
    for (;;) {
      const { count: now } = await this.ask('count');
      if (now >= count) return this.report();
      if (now > last) lastChange = performance.now();
      last = now;
      if (performance.now() - lastChange > 30_000) throw new Error(`only ${now} of ${count} arrived`);
      await sleep(LOOK_EVERY_MS);
    }
  }

  async stop(): Promise<void> {
    const ended = once(this.child, 'exit');
    this.child.disconnect();
    await ended;
  }

  private async ask(what: 'report' | 'count'): Promise<Received> {
    this.child.send(what);
    const [received] = (await once(this.child, 'message')) as [Received];
    return received;
  }
}
