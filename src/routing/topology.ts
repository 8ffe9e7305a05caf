import type { DeliveryPolicy, DestinationProxy, DestinationTls, SourceLimits } from '../config/config.js';
import type { RouteOrder } from '../events/lane.js';
import type { SourceDescription } from '../sources/source.js';
import type { ReplayPolicy } from '../events/sighting.js';
import type { Route } from './match-routes.js';
import type { PreviousSecret, SourceSecret } from './source-secret.js';

/** One configured inlet, ready to verify. */
export interface Source {
  readonly id: number;
  readonly slug: string;
  /** Its type's, with what its options change. */
  readonly description: SourceDescription;
  /** As hookyard.yaml gave them and the type's schema took them. */
  readonly options: unknown;
  /** Expired ones too; see `activeSecrets`. */
  readonly secrets: readonly SourceSecret[];
  /** Never tried for verifying, only for telling why a request was refused. */
  readonly previousSecrets: readonly PreviousSecret[];
  readonly toleranceSeconds: number;
  readonly maxBodyBytes: number;
  /** How often it may be called; `undefined`: as often as anybody likes. */
  readonly limits: SourceLimits | undefined;
  readonly suspectedReplays: ReplayPolicy;
  /** What cannot be verified is taken all the same, marked. */
  readonly isShadow: boolean;
  /** Its events are stored and their deliveries held. */
  readonly paused: boolean;
}

export type Destination = HttpDestination | HandlerDestination;

export interface HttpDestination {
  readonly kind: 'http';
  readonly id: number;
  readonly name: string;
  readonly policy: DeliveryPolicy;
  readonly url: URL;
  readonly payload: 'cloudevents' | 'raw';
  readonly signingSecrets: readonly SigningSecret[];
  readonly resignWith: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly allowPrivateNetwork: boolean;
  readonly tls: DestinationTls | undefined;
  readonly proxy: DestinationProxy | undefined;
}

/** A secret that deliveries are signed with, until its end. */
export interface SigningSecret {
  readonly value: string;
  readonly label: string | undefined;
  readonly notAfter: Date | undefined;
}

/** A method in the application; the process that runs it must have it. */
export interface HandlerDestination {
  readonly kind: 'handler';
  readonly id: number;
  readonly name: string;
  readonly policy: DeliveryPolicy;
}

/** The sources, destinations and routes in force: an immutable picture of one revision of the configuration. */
export interface Topology {
  readonly revision: bigint;
  readonly sources: ReadonlyMap<string, Source>;
  /** Slugs of sources that exist but cannot be used by this process; their senders are told to try again. */
  readonly unusableSources: ReadonlySet<string>;
  readonly destinations: ReadonlyMap<number, Destination>;
  /** In order. */
  readonly routes: readonly Route[];
  /** Of those routes that keep one, by id. */
  readonly orders: ReadonlyMap<number, RouteOrder>;
}

export const EMPTY_TOPOLOGY: Topology = {
  revision: -1n,
  sources: new Map(),
  unusableSources: new Set(),
  destinations: new Map(),
  routes: [],
  orders: new Map(),
};
