const DAY_MS = 86_400_000;
const ISO = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?(Z|[+-]\d{2}:?\d{2})?$/i;
const RFC_2822 = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} \+0000$/;

/**
 * A written time (ISO 8601 with or without zone, Unix seconds or milliseconds, RFC 2822) moved from around `from` to as far
 * from `to`, in the same spelling. `undefined` for what is no time, or is further than a day from `from`.
 */
export function shiftTime(text: string, from: Date, to: Date): string | undefined {
  const written = readTime(text);
  if (written === undefined || Math.abs(written - from.getTime()) > DAY_MS) return undefined;
  const moved = new Date(written - from.getTime() + to.getTime());
  if (/^\d{10}$/.test(text)) return String(Math.floor(moved.getTime() / 1000));
  if (/^\d{13}$/.test(text)) return String(moved.getTime());
  if (RFC_2822.test(text)) return moved.toUTCString().replace('GMT', '+0000');
  const [, , fraction, zone = ''] = ISO.exec(text) ?? [];
  const local = new Date(moved.getTime() + offsetMinutes(zone) * 60_000).toISOString();
  const digits =
    fraction === undefined ? '' : `.${local.slice(20, 23).padEnd(fraction.length, '0').slice(0, fraction.length)}`;
  return local.slice(0, 19) + digits + zone;
}

/** Milliseconds since 1970. */
function readTime(text: string): number | undefined {
  if (/^\d{10}$/.test(text)) return Number(text) * 1000;
  if (/^\d{13}$/.test(text)) return Number(text);
  const [, , , zone] = ISO.exec(text) ?? [];
  // Without a zone UTC is as good a guess as any: what counts is that it moves with the others.
  const at = ISO.test(text)
    ? Date.parse(zone === undefined ? `${text}Z` : text)
    : RFC_2822.test(text)
      ? Date.parse(text)
      : Number.NaN;
  return Number.isNaN(at) ? undefined : at;
}

function offsetMinutes(zone: string): number {
  const [, sign, hours = '0', minutes = '0'] = /^([+-])(\d{2}):?(\d{2})$/.exec(zone) ?? [];
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
}
