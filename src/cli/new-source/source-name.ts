import { builtInSources } from '../../sources/catalog.js';
import { CommandFailure, EXIT } from '../command-failure.js';

const NAME = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;
const MAX_LENGTH = 63;

/** Words that no constant may be called in a module, and those that the generated files import. */
const TAKEN = new Set(
  (
    'arguments await break case catch class const continue debugger default delete do else enum eval export extends false ' +
    'finally for function if implements import in instanceof interface let new null package private protected public ' +
    'return static super switch this throw true try typeof undefined var void while with yield globalThis NaN Infinity ' +
    'dateOf defineSource describe describeSource field it readFixtures textOf startHookyard runStandalone builtInSources ' +
    'bodyFieldsHmac datedBodyHmac ecdsaP256 ed25519 hmac sharedToken signedForm signedText signedUrlOptions ' +
    'standardWebhooks timestampedHmac unverified'
  ).split(' '),
);

/** The names of a new source type. */
export interface SourceName {
  /** `acme-pay`: the type, its folder and file. */
  readonly type: string;
  /** `acmePay`: the constant. */
  readonly constant: string;
  /** `Acme Pay`: in comments. */
  readonly title: string;
}

/** @throws CommandFailure when no source type can have this name. */
export function sourceName(type: string): SourceName {
  if (!NAME.test(type) || type.length > MAX_LENGTH) {
    const hint = `It is a folder, a part of URLs and a value in hookyard.yaml: lower-case letters, digits and single "-", starting with a letter, at most ${MAX_LENGTH}.`;
    throw new CommandFailure(EXIT.usage, `"${type}" cannot be the name of a source type.`, hint);
  }
  if (builtInSources.some((known) => known.type === type)) {
    const hint = 'For another inlet of that type give a source its own slug in hookyard.yaml.';
    throw new CommandFailure(EXIT.usage, `There is a source type "${type}" already.`, hint);
  }
  const words = type.split('-');
  const constant = words.map((word, index) => (index === 0 ? word : capital(word))).join('');
  return {
    type,
    constant: TAKEN.has(constant) ? `${constant}Source` : constant,
    title: words.map(capital).join(' '),
  };
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
