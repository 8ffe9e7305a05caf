import { Refusal, fromText } from './from-text.js';
import { parseHttpUrl } from './http-url.js';

/** The root of a Telegram Bot API server, without a trailing slash. */
export const botApiRootSchema = fromText<string>((text) => {
  const url = parseHttpUrl(text);
  if (url instanceof Refusal) return url;
  return url.includes('?') ? new Refusal('has a query (?…); write only the address') : url.replace(/\/+$/, '');
});
