import { describe, expect, it } from '@jest/globals';
import { newId } from '../database/ids.js';
import { idAt } from './id-at.js';

describe('idAt', () => {
  it('is below every id made from that moment on, and above every one made before', () => {
    const before = newId();
    const now = Date.now();
    expect(idAt(new Date(now + 1)) > before).toBe(true);
    expect(idAt(new Date(now)) <= newId()).toBe(true);
  });

  it('is a UUID for any time that a filter can name', () => {
    for (const time of [
      '0001-01-01T00:00:00Z',
      '1970-01-01T00:00:00Z',
      '2026-11-02T10:00:00.123Z',
      '9999-12-31T23:59:59Z',
    ]) {
      expect(idAt(new Date(time))).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/);
    }
    expect(idAt(new Date('0001-01-01T00:00:00Z'))).toBe(idAt(new Date(0)));
  });
});
