import { AddressRules } from './address-rules.js';
import { flag } from './number-schemas.js';
import type { ConfigFile } from './read-config-file.js';
import { entriesOf, fieldOf } from './tree.js';

const MESSAGES = {
  private:
    'leads into a private network, which is closed to deliveries; write allowPrivateNetwork: true beside it, or open the network for all destinations with HOOKYARD_ALLOWED_NETWORKS',
  never:
    "is an address or name that deliveries never go to (a cloud's metadata service, or none that one host has); nothing opens it",
};

/** Reports destinations whose URL names an address that is blocked, so that it shows at the start and not in dead letters. */
export function checkAddresses(file: ConfigFile, allowedNetworks: readonly string[]): void {
  const rules = new AddressRules(allowedNetworks);
  entriesOf(file.tree, 'destinations').forEach((destination, index) => {
    const text = fieldOf(destination, 'url');
    const url = typeof text === 'string' ? URL.parse(text.trim()) : null;
    if (url === null || !/^https?:$/.test(url.protocol)) return;
    const allowPrivate = flag.safeParse(fieldOf(destination, 'allowPrivateNetwork') ?? false);
    // What is wrong with the leave itself is said already.
    if (!allowPrivate.success) return;
    const verdict = rules.ofHost(url, allowPrivate.data);
    if (verdict !== 'open') file.report({ path: ['destinations', index, 'url'], message: MESSAGES[verdict] });
  });
}
