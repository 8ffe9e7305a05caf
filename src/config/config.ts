/** The whole configuration of one process, validated before anything starts. Nothing else reads the environment. */
export interface Config {
  readonly http: {
    readonly host: string;
    readonly port: number;
    /** API and health on a port of their own; equal to `port` when they share it. */
    readonly managementPort: number;
    /** Trust `X-Forwarded-*` of these proxies (`true`, or a list of addresses and CIDRs). */
    readonly trustProxy: boolean | readonly string[];
    /** Requests that one key may make to the API of this process, over time. */
    readonly apiRatePerSecond: number;
    /** Where the outside world reaches us, without a trailing slash. */
    readonly publicUrl: string | undefined;
  };
  readonly roles: ReadonlySet<Role>;
  readonly database: DatabaseConfig;
  /** Unset: the queue runs on Postgres. */
  readonly redisUrl: string | undefined;
  readonly migrate: 'start' | 'never';
  /** Where generated secrets and the embedded database live. */
  readonly dataDir: string;
  /** Bootstrap admin key. `undefined` only where it is generated into the data directory (embedded database). */
  readonly apiKey: string | undefined;
  /** 32-byte keys, newest first. Empty only where one is generated into the data directory (embedded database). */
  readonly encryptionKeys: readonly Buffer[];
  /** CIDRs of private networks that destinations may be in. */
  readonly allowedNetworks: readonly string[];
  readonly log: { readonly level: LogLevel; readonly format: 'json' | 'pretty' };
  /** Where traces go; `undefined`: nowhere. */
  readonly traces:
    | {
        readonly endpoint: string;
        readonly headers: Readonly<Record<string, string>>;
        readonly sampleRatio: number;
        readonly serviceName: string;
      }
    | undefined;
  /** Where admin alerts go, besides the log. */
  readonly alerts: {
    readonly telegram:
      | {
          readonly botToken: string;
          readonly chatId: string;
          /** Of the Bot API's server, without a trailing slash. */
          readonly apiRoot: string;
        }
      | undefined;
  };
  readonly declared: DeclaredConfiguration;
}

export type Role = 'intake' | 'api' | 'worker';
export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';

export type DatabaseConfig =
  | { readonly kind: 'embedded'; readonly poolMax: number }
  | { readonly kind: 'url'; readonly url: string; readonly poolMax: number };

/** What hookyard.yaml and `<TYPE>_WEBHOOK_SECRET` declare. */
export interface DeclaredConfiguration {
  /** The file it came from, for messages; `undefined` when there is none. */
  readonly file: string | undefined;
  /** The file's own number, raised by whoever wants to say that it is newer; `undefined` when it has none. */
  readonly revision: number | undefined;
  /** All that the file says, in a form that is equal for equal contents, by who speaks for it. They hold secrets. */
  readonly contents: { readonly sources: string; readonly destinations: string };
  readonly sources: readonly DeclaredSource[];
  readonly destinations: readonly DeclaredDestination[];
  readonly routes: readonly DeclaredRoute[];
  readonly retention: RetentionPolicy;
  readonly alerts: AlertSettings;
  /** When the daily digest goes out; `undefined`: never. */
  readonly digest: DigestSettings | undefined;
  /** The synthetic monitor; `undefined`: none. */
  readonly monitor: MonitorSettings | undefined;
}

/** How long a source may be silent, in milliseconds; `auto`: by its own habits. */
export type Silence = 'auto' | 'off' | number;

/** What people are alerted of, how and when. */
export interface AlertSettings {
  /** Where alerts are posted as JSON. */
  readonly webhook:
    | {
        readonly url: string;
        /** As of a destination. */
        readonly signingSecrets: readonly DeclaredSecret[];
        readonly allowPrivateNetwork: boolean;
      }
    | undefined;
  /** When only what is critical is told. Minutes since midnight; over midnight where `from` is later than `to`. */
  readonly quietHours: { readonly from: number; readonly to: number; readonly timeZone: string } | undefined;
  /** Longer than this no delivery may be due. */
  readonly oldestOverdueMs: number;
  readonly silentSources: { readonly default: Silence; readonly bySource: ReadonlyMap<string, Silence> };
}

/** Once a day, at so many minutes since midnight. */
export interface DigestSettings {
  readonly at: number;
  readonly timeZone: string;
}

/** A webhook of our own, sent the whole way every so often, in milliseconds. */
export interface MonitorSettings {
  readonly intervalMs: number;
  /** From its sending to its handling; later is a failure. */
  readonly withinMs: number;
}

export interface DeclaredSource {
  /** Default `file`. */
  readonly declaredBy?: 'file' | 'environment' | 'api';
  /** The entry as it was written, references unreplaced. */
  readonly written?: unknown;
  readonly slug: string;
  readonly type: string;
  readonly secrets: readonly DeclaredSecret[];
  /** Overrides of the type's own values. */
  readonly toleranceSeconds?: number;
  readonly maxBodyBytes?: number;
  /** How often it may be called; without it, as often as anybody likes. */
  readonly limits?: SourceLimits;
  /** What becomes of a body that comes again under another id, from a sender that does not sign the id. Default `auto`. */
  readonly suspectedReplays?: 'auto' | 'hold' | 'deliver';
  /** `shadow`: what cannot be verified is taken all the same, marked. Default `enforce`. */
  readonly verification?: 'enforce' | 'shadow';
  /** The type's own options, as validated by its schema. */
  readonly options?: unknown;
}

/** How often a source may be called; each process counts for itself. */
export interface SourceLimits {
  /** Requests over time. */
  readonly ratePerSecond: number;
  /** Requests at once, after a pause. */
  readonly burst: number;
}

/** One of a source's secrets. */
export interface DeclaredSecret {
  readonly value: string;
  /** What people call it; shown where the value never is. */
  readonly label?: string;
  /** From then on it matches nothing. */
  readonly notAfter?: Date;
}

/** How deliveries to one destination behave; shared by HTTP destinations and in-process handlers. */
export interface DeliveryPolicy {
  /** For one attempt, from the first byte sent to the last byte read. */
  readonly timeoutMs: number;
  readonly retry: RetryPolicy;
  readonly breaker: BreakerPolicy;
  /** Sends at the same time, across all processes. */
  readonly concurrency: number;
  /** Sends per second across all processes; `undefined`: no limit. */
  readonly ratePerSecond: number | undefined;
  /** What answers mean that are no success, where it is not the default; they never overlap but as class and member. */
  readonly statuses?: readonly StatusRule[];
}

/** `retry`: again, as the schedule says; `dead`: at once a dead letter; `pause`: that, and the destination is paused. */
export type StatusVerdict = 'retry' | 'dead' | 'pause';

/** Statuses from one to another, both included. */
export interface StatusRule {
  readonly from: number;
  readonly to: number;
  readonly verdict: StatusVerdict;
}

export interface RetryPolicy {
  /** Waits before the 2nd, 3rd, … attempt. */
  readonly scheduleMs: readonly number[];
  /** Each wait is varied by up to this share, both ways. */
  readonly jitter: number;
  /** After this long since the delivery was made it is dead, whatever is left of the schedule. */
  readonly maxAgeMs: number;
}

export interface BreakerPolicy {
  /** Consecutive failures that open it. */
  readonly failures: number;
  /** Within this long. */
  readonly windowMs: number;
  readonly cooldownMs: number;
  readonly maxCooldownMs: number;
}

export interface DeclaredDestination {
  /** The entry as it was written, references unreplaced. */
  readonly written?: unknown;
  readonly name: string;
  readonly url: string;
  readonly payload: 'cloudevents' | 'raw';
  /** Standard Webhooks secrets (`whsec_…`), newest first; one signature each until its `notAfter`. One at least has none. */
  readonly signingSecrets: readonly DeclaredSecret[];
  /** With `payload: raw`: sign again by the source's own scheme with this secret. */
  readonly resignWith: string | undefined;
  /** Sent with every delivery. */
  readonly headers: Readonly<Record<string, string>>;
  readonly allowPrivateNetwork: boolean;
  readonly tls: DestinationTls | undefined;
  readonly proxy: DestinationProxy | undefined;
  readonly policy: DeliveryPolicy;
}

/** PEM texts. */
export interface DestinationTls {
  /** Trusted instead of the public authorities. */
  readonly ca?: string;
  /** The client's certificate, first, with its chain; and its key. */
  readonly cert?: string;
  readonly key?: string;
  readonly passphrase?: string;
  /** Asked for and checked instead of the URL's host. */
  readonly serverName?: string;
}

/** The egress proxy between us and a destination. */
export interface DestinationProxy {
  /** Scheme, host and port. */
  readonly url: string;
  /** `Proxy-Authorization`. */
  readonly authorization?: string;
  /** Towards the proxy itself. */
  readonly tls?: DestinationTls;
}

export interface DeclaredRoute {
  /** Exactly one of `source` (a slug) and `sourceType`. */
  readonly source: string | undefined;
  readonly sourceType: string | undefined;
  /** Patterns; only `*` is special. */
  readonly types: readonly string[];
  /** As written, and found to compile (`compileFilter`); `undefined`: every event of the types. */
  readonly filter: unknown;
  /** Destination name. */
  readonly to: string;
  /** Its events of one subject go one after the other, in the order of arrival. */
  readonly ordered?: 'subject' | undefined;
  /** An event older than one of its subject that was delivered is not sent. */
  readonly latestOnly?: boolean | undefined;
}

/** How long finished things are kept, in milliseconds. What is pending, held or dead stays, unless `deadMs` says otherwise. */
export interface RetentionPolicy {
  /** The bytes that senders sent. */
  readonly bodiesMs: number;
  readonly attemptsMs: number;
  readonly rejectionsMs: number;
  /** Events with their deliveries; a repeat that comes later than that is a new event. */
  readonly eventsMs: number;
  /** Dead letters, from when they died; `undefined`: for ever. */
  readonly deadMs: number | undefined;
}
