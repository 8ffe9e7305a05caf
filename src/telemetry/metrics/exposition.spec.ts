import { describe, expect, it } from '@jest/globals';
import { Counter } from './counter.js';
import { expose, PIECE_CHARACTERS } from './exposition.js';
import { Gauge } from './gauge.js';
import { Histogram } from './histogram.js';
import type { Metric } from './metric.js';
import { NameLimit } from './name-limit.js';

const textOf = async (...metrics: Metric[]): Promise<string> => Buffer.concat(await expose(metrics)).toString();

describe('an exposition', () => {
  it('says of each metric what it is, and then its series', async () => {
    const counter = new Counter('made_total', 'Things made.', ['source', 'outcome']);
    counter.inc({ source: 'a', outcome: 'good' });
    counter.inc({ source: 'a', outcome: 'good' }, 2);
    counter.inc({ source: 'a', outcome: 'bad' });
    const gauge = new Gauge('up', 'Whether.', []);
    gauge.set({}, 1);
    expect(await textOf(counter, gauge, new Gauge('none', 'Nothing yet.', ['source']))).toBe(
      '# HELP made_total Things made.\n# TYPE made_total counter\n' +
        'made_total{source="a",outcome="good"} 3\nmade_total{source="a",outcome="bad"} 1\n' +
        '# HELP up Whether.\n# TYPE up gauge\nup 1\n# HELP none Nothing yet.\n# TYPE none gauge\n',
    );
  });

  it('counts a value in every bucket that it fits in, its bound included', async () => {
    const histogram = new Histogram('took_seconds', 'How long.', ['source'], [0.1, 1]);
    for (const value of [0.05, 0.1, 0.5, 7]) histogram.observe({ source: 'a' }, value);
    const samples = (await textOf(histogram)).split('\n').slice(2);
    expect(samples).toEqual([
      'took_seconds_bucket{source="a",le="0.1"} 2',
      'took_seconds_bucket{source="a",le="1"} 3',
      'took_seconds_bucket{source="a",le="+Inf"} 4',
      'took_seconds_sum{source="a"} 7.65',
      'took_seconds_count{source="a"} 4',
      '',
    ]);
  });

  it('cannot be broken by a name, nor by a number', async () => {
    const gauge = new Gauge('g', 'G.', ['destination']);
    gauge.set({ destination: 'a"} 1\nb\\' }, Infinity);
    gauge.set({ destination: 'c' }, Number.NaN);
    expect(await textOf(gauge)).toContain('g{destination="a\\"} 1\\nb\\\\"} +Inf\ng{destination="c"} NaN\n');
  });

  it('lets the event loop take a turn after every piece, and pieces are short', async () => {
    const histogram = new Histogram('took_seconds', 'How long.', ['destination'], [0.1, 1, 10, 60, 600]);
    for (let n = 0; n < 1_000; n += 1) histogram.observe({ destination: `destination-${n}` }, n);
    let turns = 0;
    let isOver = false;
    const turn = (): void => {
      turns += 1;
      if (!isOver) setImmediate(turn);
    };
    setImmediate(turn);
    const pieces = await expose([histogram]);
    isOver = true;
    expect(pieces.length).toBeGreaterThan(10);
    expect(turns).toBeGreaterThanOrEqual(pieces.length - 1);
    for (const { byteLength } of pieces) expect(byteLength).toBeLessThan(PIECE_CHARACTERS + 1_000);
  });

  it('tells a label set once, although all are forgotten and set anew while it is written', async () => {
    const gauge = new Gauge('waiting', 'How many.', ['destination']);
    const look = (value: number): void => {
      gauge.reset();
      for (let n = 0; n < 2_000; n += 1) gauge.set({ destination: `destination-${n}` }, value);
    };
    look(1);
    const writing = textOf(gauge);
    look(2);
    const lines = (await writing).trimEnd().split('\n').slice(2);
    expect(lines.length).toBe(2_000);
    expect(new Set(lines.map((line) => line.split(' ')[0])).size).toBe(2_000);
  });

  it('counts names past the limit together, in all metrics that share it', async () => {
    const limit = new NameLimit(2);
    const counter = new Counter('attempts_total', 'A.', ['destination', 'outcome'], limit);
    const histogram = new Histogram('took_seconds', 'T.', ['destination'], [1], limit);
    for (const destination of ['a', 'b', 'c', 'd', 'a']) counter.inc({ destination, outcome: 'delivered' });
    histogram.observe({ destination: 'd' }, 0.5);
    histogram.observe({ destination: 'b' }, 0.5);
    const lines = (await textOf(counter, histogram)).split('\n').filter((line) => !line.includes('_bucket'));
    expect(lines).toEqual(
      expect.arrayContaining([
        'attempts_total{destination="a",outcome="delivered"} 2',
        'attempts_total{destination="b",outcome="delivered"} 1',
        'attempts_total{destination="(others)",outcome="delivered"} 2',
        'took_seconds_count{destination="(others)"} 1',
        'took_seconds_count{destination="b"} 1',
      ]),
    );
    expect(lines.join('\n')).not.toMatch(/"[cd]"/);
  });
});
