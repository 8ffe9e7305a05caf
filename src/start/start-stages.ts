import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { ActivityFlusher } from '../activity/activity-flusher.js';
import { ActivityStore } from '../activity/activity.store.js';
import { AlertWatch } from '../alerts/alert-watch.js';
import type { Config } from '../config/config.js';
import { MONITOR_NAME } from '../config/monitor-schema.js';
import { ensurePartitions } from '../database/partitions.js';
import { Pools } from '../database/pools.js';
import { SecretBox } from '../database/secret-box.js';
import { BatchRunner } from '../delivery/batch-runner.js';
import { DeliveryConsumer } from '../delivery/delivery.consumer.js';
import { DestinationTester } from '../delivery/destination-tester.js';
import { HandlerDatabase } from '../delivery/handlers/handler-database.js';
import { HandlerPresence } from '../delivery/handlers/handler-presence.js';
import { HandlerRegistry } from '../delivery/handlers/handler-registry.js';
import { LeaseKeeper } from '../delivery/lease-keeper.js';
import { SettleBuffer } from '../delivery/settle-buffer.js';
import { DigestWatch } from '../digest/digest-watch.js';
import { SightingStore } from '../events/sighting.store.js';
import { IntakeService } from '../intake/intake.service.js';
import { IssueLedger } from '../issues/issue-ledger.js';
import { IssueStore } from '../issues/issue.store.js';
import { MonitorStore } from '../monitor/monitor.store.js';
import { MonitorWatch } from '../monitor/monitor-watch.js';
import { Relay } from '../queue/relay.js';
import { RejectionStore } from '../rejections/rejection.store.js';
import { LiveStream } from '../operations/stream/live-stream.js';
import { applyConfiguration } from '../routing/apply-configuration.js';
import { BulkReplayWatch } from '../replay/bulk-replay-watch.js';
import { Retention } from '../retention/retention.js';
import { HeldWatch } from '../routing/held-watch.js';
import { RemovedWatch } from '../routing/removed-watch.js';
import { SecretStates } from '../routing/secret-states.js';
import { SourceCatalogue } from '../routing/source-catalogue.js';
import { TopologyStore } from '../routing/topology.store.js';
import type { Log } from '../telemetry/log.js';
import { everyHour, type Chore } from './hourly.js';

const PARTITIONS_EVERY_MS = 3_600_000;

/** The running parts, as the shutdown needs them; what this process's roles do not include is missing. */
export interface Stages {
  readonly intake: IntakeService | undefined;
  readonly relay: Relay;
  readonly worker: WorkerStages | undefined;
  readonly replays: BulkReplayWatch | undefined;
  readonly streams: LiveStream | undefined;
  readonly tests: DestinationTester | undefined;
  readonly activity: ActivityFlusher;
  readonly issues: IssueLedger;
  readonly alerts: AlertWatch;
  readonly digest: DigestWatch;
  /** To be started when there is a listener. */
  readonly monitor: MonitorWatch | undefined;
  readonly stopWatching: () => void;
}

export interface WorkerStages {
  readonly runner: BatchRunner;
  readonly leases: LeaseKeeper;
  readonly buffer: SettleBuffer;
  readonly consumer: DeliveryConsumer;
  readonly presence: HandlerPresence;
}

/**
 * Writes the declared configuration, then sets the stages going, last one first: whatever a stage hands on finds somebody
 * there. Nothing listens yet.
 */
export async function startStages(app: NestFastifyApplication, config: Config, log: Log): Promise<Stages> {
  const pools = app.get(Pools);
  const topology = app.get(TopologyStore);
  const { declared } = config;
  const knowsSources = config.roles.has('intake');
  const handlers = app.get(HandlerRegistry).collect({
    taken: new Set(declared.destinations.map(({ name }) => name)),
    sourceTypes: new Set(app.get(SourceCatalogue).descriptions.map(({ type }) => type)),
    slugs: knowsSources ? new Set([...declared.sources.map(({ slug }) => slug), MONITOR_NAME]) : undefined,
  });
  const { undeclared, older } = await applyConfiguration(pools.work, app.get(SecretBox), declared, handlers, {
    knowsSources,
  });
  if (older !== undefined) {
    log.error(
      { event: 'configuration.older', file: declared.file, because: older },
      'hookyard.yaml is older than the configuration in force and was not applied: give it a higher revision, or use `hookyard config apply --force`',
    );
  }
  if (undeclared.length > 0) {
    log.error(
      { event: 'configuration.undeclared', undeclared },
      'no longer declared: sources hold, destinations are paused',
    );
  }
  await topology.start();
  const worker = config.roles.has('worker') ? await startWorker(app) : undefined;
  const relay = app.get(Relay);
  relay.start();
  const held = app.get(HeldWatch);
  held.start(() => relay.wake());
  const removed = app.get(RemovedWatch);
  removed.start();
  // Where people ask for them: what they were shown in a dry run is what is done then, by the same build.
  const replays = config.roles.has('api') ? app.get(BulkReplayWatch) : undefined;
  replays?.start();
  const activity = app.get(ActivityFlusher);
  activity.start();
  const alerts = app.get(AlertWatch);
  alerts.start();
  const digest = app.get(DigestWatch);
  digest.start();
  const partitions = setInterval(() => {
    ensurePartitions(pools.work, warnOfBusy(log)).catch((error: Error) =>
      log.warn(
        { event: 'partitions.failed', error: error.message },
        'partitions not made; rows go to the default ones',
      ),
    );
  }, PARTITIONS_EVERY_MS).unref();
  const stopChores = everyHour(chores(app, config), log);
  const stopWatching = (): void => {
    clearInterval(partitions);
    stopChores();
    held.stop();
    removed.stop();
    topology.stop();
  };
  const intake = config.roles.has('intake') ? app.get(IntakeService) : undefined;
  const streams = config.roles.has('api') ? app.get(LiveStream) : undefined;
  const tests = config.roles.has('api') ? app.get(DestinationTester) : undefined;
  return {
    intake,
    relay,
    worker,
    replays,
    streams,
    tests,
    activity,
    issues: app.get(IssueLedger),
    alerts,
    digest,
    monitor: config.declared.monitor && config.roles.has('intake') ? app.get(MonitorWatch) : undefined,
    stopWatching,
  };
}

/** What piles up while this process takes webhooks. */
function chores(app: NestFastifyApplication, config: Config): Chore[] {
  if (!config.roles.has('intake')) return [];
  return [
    { name: 'retention', run: () => app.get(Retention).sweep() },
    { name: 'rejections', run: () => app.get(RejectionStore).sweep() },
    { name: 'secrets', run: () => app.get(SecretStates).warn() },
    { name: 'issues', run: () => app.get(IssueStore).tidy() },
    { name: 'sightings', run: () => app.get(SightingStore).sweep() },
    { name: 'activity', run: () => app.get(ActivityStore).sweep() },
    { name: 'alerts', run: () => app.get(AlertWatch).sweep() },
    { name: 'monitor', run: () => app.get(MonitorStore).sweep() },
  ];
}

/** What `ensurePartitions` tells when it gives way to a reader. */
export function warnOfBusy(log: Log): (table: string) => void {
  return (table) => log.warn({ event: 'partitions.busy', table }, 'partitions not made while somebody reads the table');
}

async function startWorker(app: NestFastifyApplication): Promise<WorkerStages> {
  const leases = app.get(LeaseKeeper);
  const consumer = app.get(DeliveryConsumer);
  const presence = app.get(HandlerPresence);
  await app.get(HandlerDatabase).start();
  await presence.start();
  leases.start();
  consumer.start();
  app.get(Relay).runHandlersHere((batchId) => void consumer.work(batchId));
  return { runner: app.get(BatchRunner), leases, buffer: app.get(SettleBuffer), consumer, presence };
}
