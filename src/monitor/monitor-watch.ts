import { Injectable } from '@nestjs/common';
import { Agent } from 'undici';
import { postJson } from '../alerts/channels/post-json.js';
import type { MonitorSettings } from '../config/config.js';
import { MONITOR_NAME } from '../config/monitor-schema.js';
import { newId, publicId, storedId } from '../database/ids.js';
import { TopologyStore } from '../routing/topology.store.js';
import { EventLog } from '../telemetry/event-log.js';
import { Metrics } from '../telemetry/metrics/metrics.js';
import { monitorSource } from './monitor-source.js';
import { MonitorStore } from './monitor.store.js';

const LOOK_AT_MOST_EVERY_MS = 5_000;
/** Looks per interval: a run is late by so little of it at most. */
const LOOKS_PER_INTERVAL = 6;

/**
 * Sends the monitor's webhook when one is due in the whole cluster, as a provider would: over HTTP, signed, to where this process
 * listens. And judges what became of it: whoever looks first says so. In processes that take webhooks.
 */
@Injectable()
export class MonitorWatch {
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> | undefined;
  private url = '';
  private readonly stopped = new AbortController();
  private readonly agent = new Agent({ connections: 1, keepAliveTimeout: 1_000 });

  constructor(
    private readonly settings: MonitorSettings,
    private readonly store: MonitorStore,
    private readonly topology: TopologyStore,
    private readonly events: EventLog,
    private readonly metrics: Metrics,
  ) {}

  /** `url`: where this process takes webhooks, without a path. */
  start(url: string): void {
    const { intervalMs } = this.settings;
    this.url = `${url}/webhooks/${MONITOR_NAME}`;
    this.metrics.monitorInterval.set({}, intervalMs / 1000);
    const everyMs = Math.min(LOOK_AT_MOST_EVERY_MS, intervalMs / LOOKS_PER_INTERVAL);
    this.timer = setInterval(() => void this.look(), everyMs).unref();
    void this.look();
  }

  /** Sends no more; a request that is under way is broken off. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    this.stopped.abort();
    await this.looking;
    await this.agent.destroy();
  }

  /** Judges, and sends what is due. One look at a time; never rejects: a database that is away has an alert of its own. */
  async look(): Promise<void> {
    this.looking ??= this.lookOnce()
      .catch((error: Error) => this.events.log.debug({ error: error.message }, 'monitor not looked at'))
      .finally(() => (this.looking = undefined));
    await this.looking;
  }

  private async lookOnce(): Promise<void> {
    for (const run of await this.store.judge(this.settings)) this.events.monitored(run);
    const passedAt = await this.store.lastPassedAt();
    this.metrics.monitorLastSuccess.set({}, (passedAt?.getTime() ?? 0) / 1000);
    const id = newId();
    if (this.stopped.signal.aborted || !(await this.store.takeTurn(id, this.settings))) return;
    await this.send(id);
  }

  private async send(id: string): Promise<void> {
    const secret = this.topology.current.sources.get(MONITOR_NAME)?.secrets[0]?.value;
    const body = Buffer.from(JSON.stringify({ type: 'monitor.run', data: { run: publicId('mon', id) } }));
    const startedAt = performance.now();
    // Without a source (it was just removed, or cannot be opened here) the request goes out all the same, and is refused.
    const headers = secret ? monitorSource.scheme.sign(body, { secret, now: new Date(), id: publicId('mon', id) }) : {};
    const posted = await postJson(this.url, body, headers, this.agent, this.stopped.signal);
    if (this.stopped.signal.aborted) return;
    const acceptedMs = performance.now() - startedAt;
    const isAnswered = 'statusCode' in posted;
    await this.store.answered(id, {
      statusCode: isAnswered ? posted.statusCode : undefined,
      errorClass: isAnswered ? undefined : posted.errorClass,
      acceptedMs,
      eventId: isAnswered ? eventIdIn(posted.text) : undefined,
    });
  }
}

/** The event's id in an acknowledgement, in its stored form. */
function eventIdIn(answer: string): string | undefined {
  try {
    return storedId('evt', String((JSON.parse(answer) as { id?: unknown } | null)?.id));
  } catch {
    return undefined;
  }
}
