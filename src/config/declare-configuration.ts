import { z } from 'zod';
import type { SourceDescription } from '../sources/source.js';
import { DEFAULT_ALERTS, alertsSchema, checkAlerts, digestSchema } from './alerts-schema.js';
import { canonicalJson } from './canonical-json.js';
import { checkAddresses } from './check-addresses.js';
import { checkReferences } from './check-references.js';
import { checkSigning } from './check-signing.js';
import type { DeclaredConfiguration, DeclaredDestination, DeclaredRoute } from './config.js';
import { declareSources } from './declare-sources.js';
import { destinationSchema } from './destination-schema.js';
import { monitorSchema } from './monitor-schema.js';
import { wholeNumber } from './number-schemas.js';
import { plainWords, problemsOf } from './problems-of.js';
import type { ConfigFile } from './read-config-file.js';
import { DEFAULT_RETENTION, retentionSchema } from './retention-schema.js';
import { routeSchema } from './route-schema.js';
import { strictObject } from './strict-object.js';
import { entriesOf } from './tree.js';

/** An empty list may be written as nothing: a file whose routes are all commented out. */
const entriesSchema = z.array(z.unknown()).nullish();

const fileSchema = strictObject({
  version: z.literal(1, { error: 'must be the number 1: write "version: 1" at the top' }),
  revision: wholeNumber(0, 999_999_999_999_999).optional(),
  sources: entriesSchema,
  destinations: entriesSchema,
  routes: entriesSchema,
  retention: retentionSchema.optional(),
  alerts: alertsSchema.optional(),
  digest: digestSchema.optional(),
  monitor: monitorSchema.optional(),
});

/**
 * What the file and the `<TYPE>_WEBHOOK_SECRET` variables declare. Each entry is judged by itself and then against the
 * others; every problem is reported to the file, and what had one is left out. `allowedNetworks`: CIDRs that are open to
 * every destination; `publicUrl`: where senders reach us.
 */
export function declareConfiguration(
  file: ConfigFile,
  catalogue: readonly SourceDescription[],
  secretsByType: ReadonlyMap<string, readonly string[]>,
  allowedNetworks: readonly string[],
  publicUrl?: string,
): DeclaredConfiguration {
  const parsed = fileSchema.safeParse(file.tree, { error: plainWords });
  if (!parsed.success) problemsOf(parsed.error).forEach(file.report);

  const sources = declareSources(file, entriesOf(file.tree, 'sources'), catalogue, secretsByType);
  const destinations: DeclaredDestination[] = declareEach(file, 'destinations', destinationSchema);
  const written = entriesOf(file.written, 'destinations');
  const routes: DeclaredRoute[] = declareEach(file, 'routes', routeSchema);
  checkAddresses(file, allowedNetworks);
  checkReferences(file, catalogue, [...secretsByType.keys()]);
  checkSigning(file, { declared: { sources, destinations, routes }, catalogue, publicUrl });
  const bySource = entriesOf(file.tree, 'sources');
  const byDestination = [entriesOf(file.tree, 'destinations'), entriesOf(file.tree, 'routes')];
  const alerts = parsed.data?.alerts ?? DEFAULT_ALERTS;
  checkAlerts(file, alerts, allowedNetworks);
  return {
    file: file.path,
    revision: parsed.data?.revision,
    contents: { sources: canonicalJson(bySource), destinations: canonicalJson(byDestination) },
    sources,
    destinations: destinations.map((destination, index) => ({ ...destination, written: written[index] })),
    routes,
    retention: parsed.data?.retention ?? DEFAULT_RETENTION,
    alerts,
    digest: parsed.data?.digest,
    monitor: parsed.data?.monitor,
  };
}

function declareEach<T>(file: ConfigFile, list: 'destinations' | 'routes', schema: z.ZodType<T>): T[] {
  return entriesOf(file.tree, list).flatMap((entry, index) => {
    const parsed = schema.safeParse(entry, { error: plainWords });
    if (parsed.success) return [parsed.data];
    for (const { path, message } of problemsOf(parsed.error)) file.report({ path: [list, index, ...path], message });
    return [];
  });
}
