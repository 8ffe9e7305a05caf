import type { Draft } from './draft.js';
import { scalarsOf } from './scalars.js';

/** One value of a draft: a header, or a text or number of its body. */
export interface Place {
  readonly in: 'headers' | 'body';
  /** The header's name, or the key it stands under. */
  readonly key: string;
  readonly value: string;
  readonly isNumber: boolean;
  /** Among the values of the body; replacing one moves no other. */
  readonly index: number;
}

/** Every value that may be changed without making the body another kind of thing. */
export function placesOf({ headers, body }: Draft): Place[] {
  const inHeaders = Object.entries(headers)
    .filter(([key]) => key !== 'content-type')
    .map(([key, value]): Place => ({ in: 'headers', key, value, isNumber: false, index: -1 }));
  const inBody = scalarsOf(body, headers['content-type']).map(({ key, value, isNumber }, index): Place => ({
    in: 'body',
    key,
    value,
    isNumber,
    index,
  }));
  return [...inHeaders, ...inBody];
}

/** The draft with another value there. */
export function put(draft: Draft, place: Place, value: string): Draft {
  if (place.in === 'headers') return { ...draft, headers: { ...draft.headers, [place.key]: value } };
  const scalar = scalarsOf(draft.body, draft.headers['content-type'])[place.index];
  return scalar ? { ...draft, body: scalar.replaced(value) } : draft;
}
