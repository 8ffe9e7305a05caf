import { isUtf8 } from 'node:buffer';
import { parseBody } from '../parse-body.js';
import type { InboundRequest } from '../source.js';
import {
  DIGEST_BYTES,
  decodeDigest,
  equalDigests,
  exampleTextSecret,
  hmacDigest,
  matchingSecret,
  sha256,
  textSecretProblem,
} from './digests.js';
import type { Scheme } from './scheme.js';
import { makeScheme } from './scheme.js';
import { noPublicUrl } from './signed-url.js';

const URL_PARTS = /^(https?):\/\/([^/?#]*?)(:\d+)?([/?].*)?$/i;
const DEFAULT_PORTS: Readonly<Record<string, string>> = { http: ':80', https: ':443' };
const BODY_HASH = /[?&]bodySHA256=([^&#]*)/;

/**
 * Twilio's: base64 HMAC-SHA1 over the URL and, of a form, each field's name and value, sorted by name. Any other body is
 * bound by its SHA-256 in the URL (`bodySHA256`), so one without is refused. URL, names and values are signed
 * without anything between them, so that who has seen a genuine request could divide it otherwise. https://www.twilio.com/docs/usage/webhooks/webhooks-security
 */
export function signedForm({ header }: { readonly header: string }): Scheme {
  return makeScheme({
    name: 'signed-form-sha1',
    covers: '{url} and the fields of the form, sorted by name; of another body its hash, in the URL',
    headers: [header],
    secretHeaders: [],
    needsSecret: true,
    signsBody: true,
    signsTime: false,
    signsUrl: true,
    secretProblem: textSecretProblem,
    exampleSecret: exampleTextSecret,
    check(request, { secrets }) {
      const { url, body } = request;
      const value = request.headers[header];
      if (!value) return { outcome: 'missing', detail: `no ${header} header` };
      if (url === undefined) return noPublicUrl;
      const digest = decodeDigest(value, 'base64', DIGEST_BYTES.sha1);
      if (!digest) return { outcome: 'malformed', detail: `${header} is not base64 of sha1` };
      const fields = signedFields(request, url);
      if (fields === undefined)
        return { outcome: 'mismatch', detail: 'the body is neither a form nor bound by bodySHA256' };
      let secretIndex = -1;
      // The spelling is no secret: the first that matches will do.
      for (const spelling of spellingsOf(url)) {
        secretIndex = matchingSecret(secrets, [digest], (secret) => hmacDigest('sha1', secret, spelling, fields));
        if (secretIndex >= 0) break;
      }
      if (secretIndex < 0) return { outcome: 'mismatch', detail: `${header} matches no secret for this URL and form` };
      const bodyHash = bodyHashIn(url);
      const bound = bodyHash === undefined || equalDigests(sha256(body), Buffer.from(bodyHash, 'hex'));
      return bound
        ? { outcome: 'ok', secretIndex }
        : { outcome: 'mismatch', detail: 'the body is not that of bodySHA256' };
    },
    sign(body, { secret, url, headers = {} }) {
      if (url === undefined) throw new TypeError('signing needs the url of the request');
      const fields = signedFields({ headers, body }, url) ?? '';
      return { [header]: hmacDigest('sha1', secret, url, fields).toString('base64') };
    },
  });
}

/**
 * What of the body is in the signed text: nothing where the URL holds its hash, whatever the body is called; else the
 * fields of a form. `undefined` when the signature would not cover the body.
 */
function signedFields({ headers, body }: Pick<InboundRequest, 'headers' | 'body'>, url: string): string | undefined {
  if (bodyHashIn(url) !== undefined || body.length === 0) return '';
  const { payload, format } = parseBody(headers['content-type'], body);
  if (format !== 'form' || !isUtf8(body)) return undefined;
  const form = payload as Readonly<Record<string, string | readonly string[]>>;
  return Object.keys(form)
    .sort()
    .map((name) => name + valuesOf(form[name]).join(name))
    .join('');
}

/** Different ones, sorted; the name stands before each. */
function valuesOf(value: string | readonly string[] = ''): readonly string[] {
  return typeof value === 'string' ? [value] : [...new Set(value)].sort();
}

function bodyHashIn(url: string): string | undefined {
  return BODY_HASH.exec(url)?.[1];
}

/** As configured; and without and with the default port, because Twilio does not say which of them it signs. */
function spellingsOf(url: string): string[] {
  const [, scheme = '', host = '', port, rest = ''] = URL_PARTS.exec(url) ?? [];
  const standard = DEFAULT_PORTS[scheme.toLowerCase()];
  if (standard === undefined || (port !== undefined && port !== standard)) return [url];
  return [...new Set([url, `${scheme}://${host}${rest}`, `${scheme}://${host}${standard}${rest}`])];
}
