import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, TraceIdRatioBasedSampler, TracerProvider } from '@opentelemetry/sdk-trace';
import type { Config } from '../../config/config.js';
import { ChosenIds } from './trace-ids.js';

/** Spans that wait for the collector; more are dropped: traces never cost a webhook its memory. */
const MAX_WAITING = 4_096;
const EXPORT_WITHIN_MS = 5_000;

/** Where spans go, and who gives them their ids. */
export interface TraceExport {
  readonly provider: TracerProvider;
  readonly ids: ChosenIds;
}

/**
 * Begins to send spans to a collector. In a file of its own, imported only where traces are on: what it needs of OpenTelemetry
 * takes megabytes.
 */
export function startTraceExport(settings: NonNullable<Config['traces']>): TraceExport {
  const exporter = new OTLPTraceExporter({
    url: `${settings.endpoint.replace(/\/$/, '')}/v1/traces`,
    headers: { ...settings.headers },
    timeoutMillis: EXPORT_WITHIN_MS,
  });
  const ids = new ChosenIds();
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': settings.serviceName }),
    idGenerator: ids,
    // By the trace's id: every process decides alike, so a trace is whole or not there.
    sampler: new TraceIdRatioBasedSampler(settings.sampleRatio),
    spanProcessors: [
      new BatchSpanProcessor({ exporter, maxQueueSize: MAX_WAITING, exportTimeoutMillis: EXPORT_WITHIN_MS }),
    ],
  });
  // So that spans of the application's handlers lie below ours. Where it has set its own, those stay.
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(provider);
  return { provider, ids };
}
