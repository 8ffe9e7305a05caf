import { Refusal, fromText } from './from-text.js';

export const commandForApiKey = 'make one with: openssl rand -hex 32';
export const commandForEncryptionKey = 'make one with: openssl rand -base64 32';

/** The bootstrap admin key; it travels as `Authorization: Bearer …`. */
export const apiKeySchema = fromText<string>((text) => {
  if (!/^[\x21-\x7e]*$/.test(text)) return new Refusal(`must be ASCII without spaces; ${commandForApiKey}`);
  return text.length >= 16 ? text : new Refusal(`is shorter than 16 characters; ${commandForApiKey}`);
});

/** One key of 32 bytes in base64, or `new,old` while rotating; newest first. */
export const encryptionKeysSchema = fromText<Buffer[]>((text) => {
  const parts = text.split(',').map((part) => part.trim());
  const keys = parts.map((part) => Buffer.from(part, 'base64'));
  // Decoding is lenient: without writing it back, a mistyped key would quietly be another key.
  return keys.every((key, index) => key.length === 32 && key.toString('base64') === parts[index])
    ? keys
    : new Refusal(`must be the base64 of exactly 32 bytes ("new,old" while rotating); ${commandForEncryptionKey}`);
});

/** `postgres://user:password@host:5432/database`, as it is; also without a host (a Unix socket in `?host=`). */
export const databaseUrlSchema = serverUrl(['postgres:', 'postgresql:'], 'postgres://user:password@host:5432/database');

/** `redis://host:6379` or, with TLS, `rediss://…`. */
export const redisUrlSchema = serverUrl(['redis:', 'rediss:'], 'redis://user:password@host:6379/0');

/** The token of a Telegram bot, as BotFather gives it. */
export const botTokenSchema = fromText<string>((text) =>
  /^\d{5,20}:[A-Za-z0-9_-]{30,60}$/.test(text)
    ? text
    : new Refusal('is no bot token; copy it whole from @BotFather (digits, a colon, 35 characters)'),
);

/** `name=value,…` as OpenTelemetry writes headers; values percent-encoded. https://opentelemetry.io/docs/specs/otel/protocol/exporter/ */
export const traceHeadersSchema = fromText<Readonly<Record<string, string>>>((text) => {
  const headers: Record<string, string> = {};
  for (const pair of text.split(',')) {
    const [, name, value] = /^\s*([\w-]+)\s*=\s*([\x21-\x7e][\x20-\x7e]*?)\s*$/.exec(pair) ?? [];
    if (name === undefined || value === undefined) return new Refusal('must be name=value, with commas between');
    try {
      headers[name.toLowerCase()] = decodeURIComponent(value);
    } catch {
      return new Refusal('has a % that begins no percent-encoding; write it as %25');
    }
  }
  return headers;
});

function serverUrl(protocols: readonly string[], sample: string) {
  return fromText<string>((text) => {
    const url = URL.parse(text);
    if (url === null || !protocols.includes(url.protocol)) {
      return new Refusal(`must look like ${sample}; percent-encode # / ? @ : % in the password`);
    }
    try {
      for (const part of [url.username, url.password, url.pathname]) decodeURIComponent(part);
    } catch {
      return new Refusal('has a % that starts no percent-encoding; write %25 for a % in the password');
    }
    return text.trim();
  });
}
