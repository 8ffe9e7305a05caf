import type { Scheme } from './scheme.js';
import { makeScheme } from './scheme.js';

/** One way of several in which a sender may prove itself. */
export interface Alternative {
  readonly scheme: Scheme;
  /** The header whose presence, even empty, means that this scheme must hold. */
  readonly header: string;
  /** Which secrets are this scheme's, by how they look; they are never tried with another. */
  readonly takes: (secret: string) => boolean;
}

/**
 * For a sender that can prove itself in several ways: the first whose header is present is required, and there is no falling
 * back from it, or a forger would strip or spoil the better proof. Strongest first; the last is also required when no header
 * is there. Body and time count as signed only where every way signs them.
 */
export function firstPresent(...alternatives: readonly [Alternative, ...Alternative[]]): Scheme {
  const last = alternatives.at(-1) ?? alternatives[0];
  const chosenFor = (secret: string) => alternatives.find(({ takes }) => takes(secret)) ?? last;
  const schemes = alternatives.map(({ scheme }) => scheme);
  return makeScheme({
    name: schemes.map(({ name }) => name).join('-or-'),
    covers: alternatives.map(({ scheme, header }) => `with ${header}: ${scheme.covers}`).join('; '),
    headers: [...new Set(schemes.flatMap(({ headers }) => headers))],
    secretHeaders: schemes.flatMap(({ secretHeaders }) => secretHeaders),
    needsSecret: schemes.some(({ needsSecret }) => needsSecret),
    signsBody: schemes.every(({ signsBody }) => signsBody),
    signsTime: schemes.every(({ signsTime }) => signsTime),
    signsUrl: schemes.some(({ signsUrl }) => signsUrl),
    secretProblem: (secret) => chosenFor(secret).scheme.secretProblem(secret),
    exampleSecret: (seed) => alternatives[0].scheme.exampleSecret(seed),
    check(request, context) {
      const chosen = alternatives.find(({ header }) => request.headers[header] !== undefined) ?? last;
      // A blank secret never matches; taking the others out would move the index.
      const secrets = context.secrets.map((secret) => (chosenFor(secret) === chosen ? secret : ''));
      return chosen.scheme.check(request, { ...context, secrets });
    },
    sign: (body, context) => chosenFor(context.secret).scheme.sign(body, context),
  });
}
