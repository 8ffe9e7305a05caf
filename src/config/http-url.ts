import { Refusal } from './from-text.js';

/** A normalised http(s) URL without credentials and fragment, or what is wrong with it. Never repeats the text. */
export function parseHttpUrl(text: string): string | Refusal {
  const url = URL.parse(text.trim());
  if (url === null) return new Refusal('is no URL; write it whole: "https://example.com/webhooks"');
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return new Refusal('must start with https:// or http://');
  if (url.username !== '' || url.password !== '') {
    return new Refusal(
      'holds a user name or password; take them out (a destination can have an authorization header instead)',
    );
  }
  if (url.hash !== '' || text.includes('#'))
    return new Refusal('has a fragment (#…), which is never sent; take it out');
  return url.href;
}
