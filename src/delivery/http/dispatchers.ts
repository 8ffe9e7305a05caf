import { createHash } from 'node:crypto';
import { isIP } from 'node:net';
import { Agent, buildConnector, Pool, ProxyAgent, type Dispatcher } from 'undici';
import type { DestinationTls } from '../../config/config.js';
import type { HttpDestination } from '../../routing/topology.js';
import type { AddressGuard } from './address-guard.js';

const CONNECT_TIMEOUT_MS = 5_000;
const MAX_HEADER_BYTES = 16 * 1024;

/** What a destination's connections depend on; destinations that agree in it share them. */
export type Connecting = Pick<HttpDestination, 'allowPrivateNetwork' | 'tls' | 'proxy'>;

/** The tunnel to the destination could not be had: the egress proxy is away, refused it, or its certificate is wrong. */
class ProxyFailedError extends Error {
  readonly code = 'PROXY';
}

/**
 * Connections to destinations, kept alive. Every new one goes through the guard: names are resolved once, each address is
 * looked at, and so is the one that the socket ends up at. TLS is verified always, against the public authorities or the
 * destination's own. Behind a proxy it is the proxy that resolves names; the guard then sees only the host as written.
 */
export class Dispatchers {
  private readonly byKind = new Map<string, Dispatcher>();

  constructor(private readonly guard: AddressGuard) {}

  /** The connections for a destination. */
  of(destination: Connecting): Dispatcher {
    const key = keyOf(destination);
    let dispatcher = this.byKind.get(key);
    if (!dispatcher) {
      dispatcher = destination.proxy ? this.proxied(destination, destination.proxy) : this.direct(destination);
      this.byKind.set(key, dispatcher);
    }
    return dispatcher;
  }

  /** Ends the connections that none of these destinations uses any more, once what is under way on them has ended. */
  keepOnly(destinations: Iterable<Connecting>): void {
    const inUse = new Set([...destinations].map(keyOf));
    for (const [key, dispatcher] of this.byKind) {
      if (inUse.has(key)) continue;
      this.byKind.delete(key);
      dispatcher.close().catch(() => undefined);
    }
  }

  /** Ends all connections at once. */
  async destroy(): Promise<void> {
    await Promise.all([...this.byKind.values()].map((dispatcher) => dispatcher.destroy()));
    this.byKind.clear();
  }

  private direct({ allowPrivateNetwork, tls }: Connecting): Agent {
    return new Agent({ ...LIMITS, connect: this.connector(allowPrivateNetwork, tls) });
  }

  private proxied({ tls }: Connecting, proxy: NonNullable<Connecting['proxy']>): ProxyAgent {
    // A proxy is ours: in a private network as a rule. Metadata services are closed to it all the same.
    const toProxy = this.connector(true, proxy.tls);
    return new ProxyAgent({
      ...LIMITS,
      uri: proxy.url,
      ...(proxy.authorization === undefined ? {} : { token: proxy.authorization }),
      // For http:// too: forwarded without a tunnel, the proxy's own refusals would look like the destination's answers.
      proxyTunnel: true,
      requestTls: { ...tlsOptions(tls), timeout: CONNECT_TIMEOUT_MS, allowH2: false },
      clientFactory: (origin) =>
        new Pool(origin, {
          ...LIMITS,
          headersTimeout: CONNECT_TIMEOUT_MS,
          connect: (options, callback) =>
            toProxy(withoutAddressAsName(options), (...[error, socket]) => {
              if (error) callback(new ProxyFailedError(error.message, { cause: error }), null);
              else callback(null, socket);
            }),
        }),
    });
  }

  private connector(allowPrivate: boolean, tls: DestinationTls | undefined): buildConnector.connector {
    const connect = buildConnector({
      ...tlsOptions(tls),
      allowH2: false,
      timeout: CONNECT_TIMEOUT_MS,
      lookup: this.guard.lookup(allowPrivate),
    });
    return (options, callback) =>
      connect(options, (...[error, socket]) => {
        if (error) return callback(error, null);
        try {
          // Gone already when it was closed meanwhile; writing to it will say so.
          if (socket.remoteAddress !== undefined) this.guard.checkConnected(socket.remoteAddress, allowPrivate);
        } catch (blocked) {
          socket.destroy();
          return callback(blocked as Error, null);
        }
        callback(null, socket);
      });
  }
}

const LIMITS = {
  // The deadline of the whole attempt is its own, per destination; these are nets below it.
  headersTimeout: 120_000,
  bodyTimeout: 120_000,
  maxHeaderSize: MAX_HEADER_BYTES,
  allowH2: false,
  pipelining: 1,
} as const;

/** Undici asks a proxy for its address as a server name too, which RFC 6066 forbids. */
function withoutAddressAsName(options: buildConnector.Options): buildConnector.Options {
  return isIP(options.servername ?? '') === 0 ? options : { ...options, servername: undefined };
}

function tlsOptions(tls: DestinationTls | undefined) {
  const { serverName, ...rest } = tls ?? {};
  return { ...rest, ...(serverName === undefined ? {} : { servername: serverName }) };
}

/** Hashed, so that no private key stands in a map's key for as long as the process lives. */
function keyOf({ allowPrivateNetwork, tls, proxy }: Connecting): string {
  if (tls === undefined && proxy === undefined) return allowPrivateNetwork ? 'open' : 'guarded';
  const told = JSON.stringify([allowPrivateNetwork, tls ?? null, proxy ?? null]);
  return createHash('sha256').update(told).digest('base64');
}
