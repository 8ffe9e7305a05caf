/** `critical`: wakes somebody up; `warning`: waits for the end of the quiet hours. */
export type Severity = 'critical' | 'warning';

/** Something that is wrong now, as a rule sees it. */
export interface Observation {
  /** A destination, a source, a host: with the rule's name, what the alert is known by. */
  readonly subject: string;
  readonly severity: Severity;
  /** One sentence: what is wrong. */
  readonly summary: string;
  /** A request or command to look or act with. */
  readonly action: string;
  readonly since: Date;
  readonly count: number;
}

/** One thing that is or was wrong, from its first observation to its end, and again when it comes back. */
export interface Alert extends Observation {
  readonly key: string;
  readonly rule: string;
  /** Of docs/operating.md, as the part of a URL after `#`. */
  readonly section: string;
  readonly status: 'active' | 'resolved';
  /** How often it has come. */
  readonly firings: number;
  readonly seenAt: Date;
  readonly resolvedAt: Date | undefined;
  /** The last thing people were told of it. */
  readonly told: 'nothing' | 'fired' | 'resolved';
  /** What there was to tell fell into the quiet hours. */
  readonly held: boolean;
}

/** A rule's own part of an alert. */
export interface Identity {
  readonly rule: string;
  readonly section: string;
  /** For how long the cause must be away before the alert is over. */
  readonly clearAfterMs: number;
}

/** What an alert is known by. */
export function alertKey(rule: string, subject: string): string {
  return `${rule}:${subject}`;
}
