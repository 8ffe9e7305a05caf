/** A latency for people: `7 ms`, `1.5 s`, `15 min`, `4 h`. */
export function latencyText(ms: number): string {
  if (ms === Infinity) return 'more than three days';
  if (ms < 1_000) return `${ms} ms`;
  if (ms < 60_000) return `${ms / 1_000} s`;
  return ms < 3_600_000 ? `${ms / 60_000} min` : `${ms / 3_600_000} h`;
}
