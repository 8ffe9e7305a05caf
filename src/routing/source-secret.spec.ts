import { describe, expect, it } from '@jest/globals';
import { SecretBox } from '../database/secret-box.js';
import { activeSecrets, readPrevious, readSecrets, stillPrevious, type StoredSecret } from './source-secret.js';

const box = new SecretBox([Buffer.alloc(32, 1)]);
const NOW = new Date('2026-11-22T12:00:00Z');
const row = (active: StoredSecret[], previous?: object[]) => ({
  secrets_sealed: box.seal(active),
  previous_secrets_sealed: previous === undefined ? null : box.seal(previous),
});

describe('the secrets of a source', () => {
  it('count up to their end and not after it', () => {
    const secrets = readSecrets(box, box.seal([{ value: 'a', notAfter: NOW.toISOString() }, { value: 'b' }]));
    const at = (ms: number) => activeSecrets(secrets, new Date(NOW.getTime() + ms)).map(({ value }) => value);
    expect([at(0), at(1)]).toEqual([['a', 'b'], ['b']]);
  });

  it('are named by a fingerprint that says nothing of the text, and differs between keys', () => {
    const [name] = box.fingerprints('hush');
    expect(name).toMatch(/^[0-9a-f]{12}$/);
    expect(new SecretBox([Buffer.alloc(32, 2), Buffer.alloc(32, 1)]).fingerprints('hush')[1]).toBe(name);
    expect(new SecretBox([Buffer.alloc(32, 2)]).fingerprints('hush')[0]).not.toBe(name);
    expect(box.fingerprints('hush!')[0]).not.toBe(name);
  });

  it('are remembered when they are taken out, and not when they are still there or back', () => {
    const before = row(
      [{ value: 'out', label: 'old' }, { value: 'stays' }],
      [{ value: 'back', removedAt: NOW.toISOString() }],
    );
    const active = [{ value: 'stays' }, { value: 'back' }];
    expect(stillPrevious(box, before, active, NOW)).toEqual([
      { value: 'out', label: 'old', removedAt: NOW.toISOString() },
    ]);
  });

  it('are forgotten after 30 days, and when five others have been taken out since', () => {
    const daysAgo = (days: number) => new Date(NOW.getTime() - days * 86_400_000).toISOString();
    const previous = [1, 2, 3, 4, 5, 31].map((days) => ({ value: `of-${days}`, removedAt: daysAgo(days) }));
    const kept = stillPrevious(box, row([{ value: 'now' }], previous), [], NOW).map(({ value }) => value);
    expect(kept).toEqual(['now', 'of-1', 'of-2', 'of-3', 'of-4']);
  });

  it('that were sealed with a lost key do not keep new ones from being written', () => {
    const lost = new SecretBox([Buffer.alloc(32, 9)]);
    const before = { secrets_sealed: lost.seal([{ value: 'x' }]), previous_secrets_sealed: lost.seal([]) };
    expect(stillPrevious(box, before, [], NOW)).toEqual([]);
    expect(readPrevious(box, before.previous_secrets_sealed)).toEqual([]);
  });
});
