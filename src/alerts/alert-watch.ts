import { hostname } from 'node:os';
import { Injectable } from '@nestjs/common';
import type { Config } from '../config/config.js';
import { Pools } from '../database/pools.js';
import { sqlState } from '../database/sql-errors.js';
import { inTransaction } from '../database/transaction.js';
import { SecretStates } from '../routing/secret-states.js';
import { TopologyStore } from '../routing/topology.store.js';
import { EventLog } from '../telemetry/event-log.js';
import { lockWatch, readOpenAlerts, sweepAlerts, takeTurn, writeAlerts } from './alert.store.js';
import { alertKey, type Alert } from './alert.js';
import { DatabaseTrouble } from './database-trouble.js';
import { advanceAll, judge, type Judgement } from './judge.js';
import { LOCAL_RULES, localLookouts, sharedLookouts } from './lookouts.js';
import { noticeOf, summaryOf } from './notice.js';
import { NoticeSender } from './notice-sender.js';
import { NoticeStore } from './notice.store.js';
import { Notifiers } from './notifiers.js';
import { isQuiet } from './quiet-hours.js';
import type { AnyLookout } from './rule.js';
import { tell } from './tell.js';

const LOOK_EVERY_MS = 15_000;
/** A little less, so that the process that comes first comes in time. */
const TURN_EVERY_MS = 12_000;
const ANNOUNCE_EVERY_MS = 60_000;
const LOCAL_TROUBLE_LASTS_MS = 3 * 60_000;
/** An alert of a host that has said nothing for so long: its process is gone, and what was wrong there with it. */
const HOST_GONE_MS = 5 * 60_000;

/**
 * Looks every 15 s at what may be wrong, and has people told. In all processes; what is the same for all is looked at by one.
 * It has one connection of the pool at most, and nothing waits for it.
 */
@Injectable()
export class AlertWatch {
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> | undefined;
  private announcedAt = -Infinity;
  private localTroubleAt = performance.now();
  private readonly shared: readonly AnyLookout[];
  private readonly local: readonly AnyLookout[];
  private readonly host = hostname();

  constructor(
    private readonly config: Config,
    private readonly pools: Pools,
    topology: TopologyStore,
    secrets: SecretStates,
    private readonly notifiers: Notifiers,
    private readonly notices: NoticeStore,
    private readonly sender: NoticeSender,
    private readonly trouble: DatabaseTrouble,
    private readonly events: EventLog,
  ) {
    this.shared = sharedLookouts(pools.work, topology, secrets, config.declared.monitor);
    this.local = localLookouts(pools.work, config);
  }

  start(): void {
    this.sender.start();
    this.timer = setInterval(() => void this.look(), LOOK_EVERY_MS).unref();
  }

  /** Resolves when the look under way has ended, and what was being sent was given back. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    await Promise.all([this.looking, this.sender.stop(), this.trouble.stop()]);
  }

  /** Looks now. One look at a time; never rejects. */
  async look(): Promise<void> {
    this.looking ??= this.lookOnce()
      .then(
        () => this.trouble.isOver(),
        (error: Error) => (isAway(error) ? this.trouble.failed(error) : this.unread(error)),
      )
      .finally(() => (this.looking = undefined));
    await this.looking;
  }

  /** Deletes what nobody needs any more; run every hour. */
  async sweep(): Promise<void> {
    await sweepAlerts(this.pools.work);
    await this.notices.sweep();
  }

  private async lookOnce(): Promise<void> {
    const { settings, now } = { settings: this.config.declared.alerts, now: new Date() };
    if (performance.now() - this.announcedAt > ANNOUNCE_EVERY_MS) {
      await this.notices.announce(this.notifiers.all.map(({ name }) => name));
      this.announcedAt = performance.now();
    }
    const isTurn = await takeTurn(this.pools.work, TURN_EVERY_MS);
    const onFailure = (error: Error): void => this.unread(error);
    const local = await judge(this.local, { now, settings }, onFailure);
    const shared = isTurn ? await judge(this.shared, { now, settings }, onFailure) : [];
    const isLocalQuiet = local.every(({ observations }) => observations.length === 0);
    if (!isLocalQuiet) this.localTroubleAt = performance.now();
    // A while longer than the trouble lasts: the alert ends later than that.
    const isLocalDue = performance.now() - this.localTroubleAt < LOCAL_TROUBLE_LASTS_MS;
    if (isTurn || isLocalDue) await this.settle([...local, ...shared], isTurn);
    this.sender.wake();
  }

  private unread(error: Error): void {
    this.events.log.warn({ event: 'alerts.unread', error: error.message }, 'not everything was looked at');
  }

  private async settle(judgements: readonly Judgement[], isTurn: boolean): Promise<void> {
    const keys = judgements.flatMap(({ rule, observations }) =>
      observations.map(({ subject }) => alertKey(rule.rule, subject)),
    );
    await inTransaction(this.pools.work, async (client) => {
      await client.query(`SET LOCAL statement_timeout = '5s'; SET LOCAL lock_timeout = '2s'`);
      const now = await lockWatch(client);
      const before = await readOpenAlerts(client, keys);
      const isOwn = (alert: Alert): boolean =>
        LOCAL_RULES.includes(alert.rule)
          ? alert.subject === this.host || (isTurn && now.getTime() - alert.seenAt.getTime() > HOST_GONE_MS)
          : isTurn;
      const advanced = advanceAll(before, judgements, isOwn, now);
      const after = new Map([...before, ...advanced].map((alert) => [alert.key, alert]));
      const told = this.config.declared.alerts.quietHours;
      const { single, together, changed } = tell([...after.values()], isQuiet(told, now));
      for (const alert of changed) after.set(alert.key, alert);
      const written = [...new Set([...advanced, ...changed].map(({ key }) => key))];
      if (written.length > 0)
        await writeAlerts(
          client,
          written.map((key) => after.get(key) as Alert),
        );
      const loud = ['telegram', 'webhook'];
      for (const alert of single) await this.notices.write(client, noticeOf(alert), loud);
      if (together.length > 0) await this.notices.write(client, summaryOf(together), loud);
      // The log is told at once, and of each alone: nobody is woken by it.
      for (const alert of advanced) {
        if (alert.status !== before.find(({ key }) => key === alert.key)?.status) {
          await this.notices.write(client, noticeOf(alert), ['log']);
        }
      }
    });
  }
}

/** Whether an error says that the server is away or overloaded, and not that it did not like a statement of ours. */
function isAway(error: Error): boolean {
  const state = sqlState(error);
  return state === undefined || /^(08|53|57)/.test(state);
}
