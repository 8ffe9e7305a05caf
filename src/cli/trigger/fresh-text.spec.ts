import { describe, expect, it } from '@jest/globals';
import { freshText } from './fresh-text.js';

describe('freshText', () => {
  it.each<[string, RegExp]>([
    ['72d3162e-cc78-11e3-81ab-4c9367dc0958', /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/],
    ['evt_1PqU9wLkdIwHu7ixXyZaBcDe', /^evt_[A-Za-z0-9]{24}$/],
    ['CA42ed11f93dc08b952027ffbc406d0868', /^CA[0-9a-f]{32}$/],
    ['820982911946154508', /^8\d{17}$/],
    ['7', /^[1-9]\d{8}$/],
    ['-1001234567890', /^-1\d{12}$/],
    ['gid://shopify/Product/9554194432293', /^gid:\/\/shopify\/Product\/9\d{12}$/],
    ['n-1', /^n-\d{9}$/],
    ['x', /^[a-z][0-9a-f]{11}$/],
  ])('of %s looks like it and is another each time', (id, shape) => {
    const made = Array.from({ length: 20 }, () => freshText(id));
    for (const text of made) expect(text).toMatch(shape);
    expect(new Set([id, ...made]).size).toBe(21);
  });
});
