/** A metric as Prometheus would read it. */
export interface ReadMetric {
  readonly type: string;
  /** By name and labels, as they stand. */
  readonly samples: Map<string, number>;
}

const SAMPLE = /^([a-zA-Z_:][\w:]*)(\{(?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\[\\"n])*"(?:,(?!\})|(?=\})))*\})? (\S+)$/;
const NUMBER = /^(?:[+-]?(?:\d+\.?\d*(?:e[+-]?\d+)?|Inf)|NaN)$/;

/**
 * Reads a scrape, strictly: https://prometheus.io/docs/instrumenting/exposition_formats/. Throws where Prometheus would refuse it
 * or take it amiss: a line that is none, a series told twice, a metric in two places, buckets that fall.
 */
export function readExposition(text: string): Map<string, ReadMetric> {
  if (!text.endsWith('\n')) throw new Error('the last line does not end');
  const metrics = new Map<string, ReadMetric>();
  let [name, current]: [string, ReadMetric | undefined] = ['', undefined];
  for (const line of text.slice(0, -1).split('\n')) {
    if (line === '' || line.startsWith('# HELP ')) continue;
    const [, declared, type] = /^# TYPE (\w+) (counter|gauge|histogram|summary|untyped)$/.exec(line) ?? [];
    if (declared !== undefined && type !== undefined) {
      if (metrics.has(declared)) throw new Error(`told in two places: ${declared}`);
      [name, current] = [declared, { type, samples: new Map() }];
      metrics.set(name, current);
      continue;
    }
    const [, series, labels = '', value = ''] = SAMPLE.exec(line) ?? [];
    if (series === undefined || !NUMBER.test(value)) throw new Error(`no line of the format: ${line}`);
    const own = current?.type === 'histogram' ? series.replace(/_(bucket|sum|count)$/, '') : series;
    if (!current || own !== name) throw new Error(`not below its TYPE: ${line}`);
    if (current.samples.has(series + labels)) throw new Error(`told twice: ${line}`);
    current.samples.set(series + labels, Number(value.replace('Inf', 'Infinity')));
  }
  for (const [histogram, metric] of metrics) if (metric.type === 'histogram') checkBuckets(histogram, metric);
  return metrics;
}

function checkBuckets(name: string, { samples }: ReadMetric): void {
  const last = new Map<string, number>();
  for (const [series, value] of samples) {
    if (!series.startsWith(`${name}_bucket{`)) continue;
    const rest = series
      .slice(`${name}_bucket`.length)
      .replace(/,?le="[^"]*"/, '')
      .replace('{,', '{');
    const labels = rest === '{}' ? '' : rest;
    if (value < (last.get(labels) ?? 0)) throw new Error(`buckets fall: ${series}`);
    last.set(labels, value);
    if (series.includes('le="+Inf"') && value !== samples.get(`${name}_count${labels}`)) {
      throw new Error(`the last bucket does not hold all: ${series}`);
    }
  }
}
