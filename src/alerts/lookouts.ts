import { statfs } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Pool } from 'pg';
import type { Config, MonitorSettings } from '../config/config.js';
import { certificatesOf } from '../config/destination-tls.js';
import { MONITOR_NAME } from '../config/monitor-schema.js';
import type { SecretStates } from '../routing/secret-states.js';
import type { TopologyStore } from '../routing/topology.store.js';
import type { Topology } from '../routing/topology.js';
import { readDeadLetters } from './facts/dead-letter-facts.js';
import { readDestinations } from './facts/destination-facts.js';
import { readMonitor } from './facts/monitor-facts.js';
import { readBriefly } from './facts/read-briefly.js';
import { sourceReader } from './facts/source-facts.js';
import { lookout, type AnyLookout } from './rule.js';
import { breakerOpen } from './rules/breaker-open.js';
import { certificateEnding, type CertificateFacts } from './rules/certificate-ending.js';
import { clockSkew, type ClockFacts } from './rules/clock-skew.js';
import { deadLetters } from './rules/dead-letters.js';
import { deliveriesLate } from './rules/deliveries-late.js';
import { destinationPaused } from './rules/destination-paused.js';
import { diskFull, type DiskFacts } from './rules/disk-full.js';
import { handlerAbsent } from './rules/handler-absent.js';
import { monitorFailing } from './rules/monitor-failing.js';
import { rejectionSpike } from './rules/rejection-spike.js';
import { secretEnding } from './rules/secret-ending.js';
import { signingSecretEnding, type SigningFacts } from './rules/signing-secret-ending.js';
import { sourceSilent } from './rules/source-silent.js';

/** What is the same whoever looks: one process looks for all. A new rule is one file and one line here. */
export function sharedLookouts(
  pool: Pool,
  topology: TopologyStore,
  secrets: SecretStates,
  monitor?: MonitorSettings,
): AnyLookout[] {
  return [
    lookout(
      async () => (await readDestinations(pool)).filter(({ name }) => name !== MONITOR_NAME),
      [breakerOpen, destinationPaused, deliveriesLate, handlerAbsent],
    ),
    lookout(
      async () =>
        (await readDeadLetters(pool, deadLetters.rule)).filter(({ destination }) => destination !== MONITOR_NAME),
      [deadLetters],
    ),
    // All that is said of the monitor's own events.
    lookout(() => readMonitor(pool, monitor), [monitorFailing]),
    lookout(sourceReader(pool, sourceSilent.rule), [sourceSilent, rejectionSpike]),
    lookout(async () => {
      const sources = [...topology.current.sources.values()].filter(({ secrets: own }) =>
        own.some((one) => one.notAfter),
      );
      const states = await secrets.read(sources);
      return sources.map(({ id, slug }) => ({ source: slug, secrets: states.get(id) ?? [] }));
    }, [secretEnding]),
    lookout(() => Promise.resolve(certificatesIn(topology.current)), [certificateEnding]),
    lookout(() => Promise.resolve(signingSecretsIn(topology.current)), [signingSecretEnding]),
  ];
}

/** What is of this host alone: every process looks. */
export function localLookouts(pool: Pool, { database, dataDir }: Config): AnyLookout[] {
  const disk = lookout(() => readDisk(join(dataDir, 'postgres')), [diskFull]);
  return [lookout(() => readClock(pool), [clockSkew]), ...(database.kind === 'embedded' ? [disk] : [])];
}

/** Names of the rules whose alerts belong to one host. */
export const LOCAL_RULES: readonly string[] = [clockSkew.rule, diskFull.rule];

const certificates = new WeakMap<Topology, CertificateFacts[]>();

/** Reading certificates takes a while, so once per configuration. */
function certificatesIn(topology: Topology): CertificateFacts[] {
  const known = certificates.get(topology);
  if (known) return known;
  const found = [...topology.destinations.values()].flatMap((destination) => {
    if (destination.kind !== 'http') return [];
    const { name, tls, proxy } = destination;
    const texts = [tls?.ca, tls?.cert, proxy?.tls?.ca, proxy?.tls?.cert].join('\n');
    const ends = certificatesOf(texts).map(({ validToDate }) => validToDate.getTime());
    return ends.length === 0 ? [] : [{ destination: name, endsAt: new Date(Math.min(...ends)) }];
  });
  certificates.set(topology, found);
  return found;
}

function signingSecretsIn({ destinations }: Topology): SigningFacts[] {
  return [...destinations.values()].flatMap((destination) =>
    destination.kind === 'http' ? [{ destination: destination.name, secrets: destination.signingSecrets }] : [],
  );
}

async function readClock(pool: Pool): Promise<ClockFacts> {
  const asked = Date.now();
  const [row] = await readBriefly<{ now: Date }>(pool, 'SELECT clock_timestamp() AS now');
  const answered = Date.now();
  const uncertainMs = (answered - asked) / 2;
  return { host: hostname(), aheadMs: asked + uncertainMs - (row?.now.getTime() ?? asked), uncertainMs };
}

async function readDisk(path: string): Promise<DiskFacts> {
  const { bsize, bavail, blocks } = await statfs(path);
  return { host: hostname(), path, freeBytes: bavail * bsize, totalBytes: blocks * bsize };
}
