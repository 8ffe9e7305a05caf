import { chooseFixture, fixturesOf } from '../../src/cli/trigger/fixtures-of.js';
import { builtInSources } from '../../src/sources/catalog.js';
import { normalise, verify } from '../../src/sources/interpret.js';
import { mediaType } from '../../src/sources/parse-body.js';
import type { InboundRequest, SourceDescription } from '../../src/sources/source.js';
import { fixtureBody, type SourceFixture } from '../../src/testing/fixture.js';
import { signedRequest } from '../../src/testing/signed-request.js';
import type { Bench } from '../measure.js';
import { median, spread } from '../statistics.js';
import type { Figure } from '../table.js';

const BODY_BYTES = 2048;
const ROUNDS = 5;
const ROUND_MS = 150;
/** Looking at the clock costs as much as some of what is measured. */
const BATCH = 200;
const NOW = new Date('2026-11-02T12:00:00Z');

/**
 * Requests that one core verifies in a second, and those that it verifies and names, for a genuine body of 2 KB of every
 * source type. By processor time: what else the machine does hardly counts.
 */
export async function verification(_bench: Bench): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const description of builtInSources) {
    // The other measures' servers get a turn.
    await new Promise((resolve) => setImmediate(resolve));
    figures.push(...figuresOf(description));
  }
  return figures;
}

function figuresOf(description: SourceDescription): Figure[] {
  const { type, scheme } = description;
  const all = fixturesOf(type, '.');
  // Where the fields of a form are signed, a form is what costs.
  const form = scheme.covers.includes('form') ? all.find(({ fixture }) => isForm(fixture)) : undefined;
  const { fixture } = form ?? chooseFixture(all, undefined, description, description.options?.parse({}));
  const secrets = [scheme.exampleSecret(type)];
  const requests = [0, 1, 2, 3].map((n) => request(description, fixture, n));
  const context = { now: NOW };
  const check = (n: number): void => {
    const { outcome } = verify(description, secrets, requests[n % requests.length] as InboundRequest, context);
    if (outcome !== 'ok') throw new Error(`${type}: a genuine request is ${outcome}`);
  };
  const checkAndName = (n: number): void => {
    check(n);
    normalise(description, requests[n % requests.length] as InboundRequest);
  };
  // A pair of keys costs what it costs; the bar is for what we do ourselves.
  const bar = scheme.signingKey ? undefined : { least: 20_000 };
  return [
    figure(`verification of ${type} (${scheme.name})`, rates(check), bar),
    figure(`verification and naming of ${type}`, rates(checkAndName)),
  ];
}

function figure(measure: string, samples: readonly number[], bar?: Figure['bar']): Figure {
  const note = `spread ${Math.round(spread(samples) * 100)} %`;
  return { measure, value: median(samples), unit: 'requests/s of a core', bar, note };
}

/** Per second of processor time, one for each round after a first that is not counted. */
function rates(work: (n: number) => void): number[] {
  return Array.from({ length: ROUNDS + 1 }, () => rate(work)).slice(1);
}

function rate(work: (n: number) => void): number {
  const endAt = performance.now() + ROUND_MS;
  const before = process.cpuUsage();
  let done = 0;
  while (performance.now() < endAt) {
    for (let n = 0; n < BATCH; n += 1) work(n);
    done += BATCH;
  }
  const { user, system } = process.cpuUsage(before);
  return (done * 1_000_000) / (user + system);
}

/** The fixture, filled up to 2 KB; each of another text. */
function request(description: SourceDescription, fixture: SourceFixture, n: number): InboundRequest {
  const { headers, url } = fixture;
  const original = fixtureBody(fixture).toString();
  const padding = String(n).repeat(Math.max(0, BODY_BYTES - original.length - '"padding":"",'.length));
  const body = isForm(fixture) ? `${original}&Padding=${padding}` : original.replace('{', `{"padding":"${padding}",`);
  return signedRequest(description, { body, headers, url, now: NOW });
}

function isForm({ headers }: SourceFixture): boolean {
  return mediaType(headers['content-type']) === 'application/x-www-form-urlencoded';
}
