/**
 * The hosts that documents may be had from. Nothing is asked of a host that no line allows.
 *
 *   id.example.com               this host, at public addresses
 *   *.example.com                every host below it, at public addresses; not example.com itself
 *   id.plant.example@10.1.0.0/16 this host, at addresses of this network and no others
 *   id.plant.example@10.1.0.5/32 this host, at this address: no name server is asked
 *   id.plant.example:8443        the host is asked on this port
 */
import { BlockList, isIP } from "node:net"
import { isPublicAddress } from "./addresses.ts"

export interface AllowedHost {
  readonly port: number
  /** The one address that the line names; null: a name server is asked. */
  readonly address: string | null
  isAllowedAddress(address: string): boolean
}

export type Hosts = (host: string) => AllowedHost | null

const HTTPS_PORT = 443
const LABEL = /^(?!-)[a-z0-9-]{1,63}(?<!-)$/
/** A last label such as `1` or `0x7f` makes a URL parser read the whole as an IPv4 address. */
const NUMERIC = /^(?:\d+|0x[0-9a-f]*)$/

/** Whether the text is a host name in lower case with two labels or more, and no address in any form. */
export const isHostName = (host: string): boolean => {
  if (host.length > 253 || isIP(host) !== 0) return false
  const labels = host.split(".")
  return labels.length >= 2 && labels.every((label) => LABEL.test(label)) && !NUMERIC.test(labels.at(-1)!)
}

interface Line extends AllowedHost {
  readonly name: string
  /** Whether it stands for every host below the name. */
  readonly below: boolean
}

const LINE = /^(?<star>\*\.)?(?<name>[^:@*]+)(?::(?<port>\d{1,5}))?(?:@(?<net>[^/]+)\/(?<prefix>\d{1,3}))?$/

const networkOf = (net: string, prefix: number): ((address: string) => boolean) => {
  const family = isIP(net)
  if (family === 0 || prefix > (family === 4 ? 32 : 128)) throw new TypeError(`${net}/${prefix} is no network`)
  const list = new BlockList()
  list.addSubnet(net, prefix, family === 4 ? "ipv4" : "ipv6")
  // Of its own family alone: an IPv4 address in the form of an IPv6 one is none of the network's.
  return (address) => isIP(address) === family && list.check(address, family === 4 ? "ipv4" : "ipv6")
}

const lineOf = (text: string): Line => {
  const found = LINE.exec(text.trim().toLowerCase())?.groups
  if (found === undefined || !isHostName(found["name"]!))
    throw new TypeError(`${JSON.stringify(text)} is no host: write a name, as id.example.com or *.example.com`)
  const { star, name, port, net, prefix } = found
  const asked = port === undefined ? HTTPS_PORT : Number(port)
  if (asked < 1 || asked > 65_535) throw new TypeError(`${JSON.stringify(text)}: a port is 1 to 65535`)
  return {
    name: name!,
    below: star !== undefined,
    port: asked,
    address: net !== undefined && Number(prefix) === (isIP(net) === 4 ? 32 : 128) ? net : null,
    isAllowedAddress: net === undefined ? isPublicAddress : networkOf(net, Number(prefix)),
  }
}

/** The hosts of a list of lines; a line that names a host counts before one that names all below another. @throws TypeError for a line that is none */
export const hostsOf = (texts: ReadonlyArray<string>): Hosts => {
  const lines = texts.map(lineOf)
  return (host) => {
    if (!isHostName(host)) return null
    const named = lines.find(({ name, below }) => !below && name === host)
    return named ?? lines.find(({ name, below }) => below && host.endsWith(`.${name}`)) ?? null
  }
}
