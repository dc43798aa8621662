import { lookup as dnsLookup, type LookupAddress, type LookupOptions } from 'node:dns';
import { BlockList, isIP } from 'node:net';
import { fault, IntakeFaultError, type IntakeFault } from '../intake-fault';

/** Everything that is not the public internet (IANA special-purpose registries, RFC 6890). */
const SPECIAL = new BlockList();
for (const [net, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const)
  SPECIAL.addSubnet(net, bits, 'ipv4');
for (const [net, bits] of [
  ['::', 128],
  ['::1', 128],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
  ['3fff::', 20],
] as const)
  SPECIAL.addSubnet(net, bits, 'ipv6');
/** All of IPv6 that is given out as public; beyond it lie forms that carry an IPv4 address (`::7f00:1`). */
const GLOBAL_UNICAST = new BlockList();
GLOBAL_UNICAST.addSubnet('2000::', 3, 'ipv6');

/** True for loopback, private, link-local, documentation, multicast and other addresses that are not public. */
export function isSpecialAddress(address: string): boolean {
  const bare = address.replace(/^\[|\]$/g, '').split('%')[0] ?? '';
  const family = isIP(bare);
  if (family === 4) return SPECIAL.check(bare, 'ipv4');
  if (family !== 6) return true;
  const mapped = /^::(?:ffff:(?:0:)?)?(\d+\.\d+\.\d+\.\d+)$/i.exec(bare)?.[1] ?? mappedHex(bare);
  if (mapped !== null) return SPECIAL.check(mapped, 'ipv4');
  return !GLOBAL_UNICAST.check(bare, 'ipv6') || SPECIAL.check(bare, 'ipv6');
}

/** ::ffff:7f00:1 → 127.0.0.1 (URL parsers write IPv4-mapped addresses so). */
function mappedHex(address: string): string | null {
  const m = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/i.exec(address);
  if (!m) return null;
  const [hi, lo] = [parseInt(m[1] ?? '', 16), parseInt(m[2] ?? '', 16)];
  return [hi >> 8, hi & 255, lo >> 8, lo & 255].join('.');
}

/** Which addresses may be asked for: http(s) to public hosts, and the private ones that the settings name. */
export class AddressGuard {
  private readonly allowed: ReadonlySet<string>;

  /** @param allowPrivateHosts `host` (any port) or `host:port` */
  constructor(allowPrivateHosts: readonly string[]) {
    this.allowed = new Set(allowPrivateHosts.map((h) => h.toLowerCase()));
  }

  isAllowed(hostname: string, port: string): boolean {
    const host = hostname.toLowerCase();
    return this.allowed.has(host) || this.allowed.has(`${host}:${port}`);
  }

  /** Checks scheme, port and literal addresses of one hop; host names are checked when they are resolved. */
  refusal(url: URL): IntakeFault | null {
    if (url.protocol !== 'http:' && url.protocol !== 'https:')
      return fault('bad-url', `只允许 http 和 https 地址，得到 ${url.protocol.slice(0, 20)}`);
    if (url.username !== '' || url.password !== '') return fault('bad-url', '地址中不得带用户名和密码');
    const port = url.port || (url.protocol === 'https:' ? '443' : '80');
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const named =
      host === 'localhost' || host.endsWith('.localhost') || host.endsWith('.internal') || host.endsWith('.local');
    if (!this.isAllowed(host, port) && (named || (isIP(host) !== 0 && isSpecialAddress(host)))) return refused(host);
    return null;
  }

  /** A lookup for the socket: refuses special addresses after resolution, so that a name cannot be pointed inward later. */
  lookupFor(port: string): (hostname: string, options: LookupOptions, callback: LookupCallback) => void {
    return (hostname, options, callback) => {
      dnsLookup(hostname, { ...options, all: true }, (error, found) => {
        if (error) return callback(error, []);
        const addresses = found as unknown as LookupAddress[];
        const bad = this.isAllowed(hostname, port) ? undefined : addresses.find((a) => isSpecialAddress(a.address));
        if (bad) return callback(new IntakeFaultError(refused(`${hostname} → ${bad.address}`)), []);
        if (options.all) return callback(null, addresses);
        const first = addresses[0];
        return first
          ? callback(null, first.address, first.family)
          : callback(new Error(`no address for ${hostname}`), []);
      });
    };
  }
}

type LookupCallback = (error: Error | null, address: string | LookupAddress[], family?: number) => void;

const refused = (host: string): IntakeFault =>
  fault('refused-address', `拒绝访问内网或保留地址 ${host}（如确需，列入 intake.allowPrivateHosts）`);
