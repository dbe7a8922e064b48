/**
 * Devices that cannot sign: a gateway signs for them under its own DID. Such a device is named by a DID URL under its gateway's
 * DID (DID Core 1.0, section 3.2): `did:key:z6Mk.../urn:dev:mac:0024befffe804ff1`. Everything that is remembered of it lies under
 * that name, so that no gateway touches what another one says of a device of the same name.
 */
import { type Active, itemKey, type Knowledge } from "./knowledge.ts"

/** A device that a gateway may speak for. */
export interface DelegatedDevice {
  /** As `isDelegateName` says. */
  readonly name: string
  readonly vendor: string
  readonly class: string
}

/** For which devices a gateway may speak; each by its name. Signed by the roots, or by two operators. Times in milliseconds. */
export interface Delegation {
  readonly version: number
  readonly issued: number
  readonly expires: number
  /** The gateway's DID. */
  readonly gateway: string
  readonly devices: ReadonlyArray<DelegatedDevice>
}

/** As its kind of knowledge is called. */
export const DELEGATION_KIND = "delegation"

/** One segment of a path, without escapes: letters, digits, and `.` `_` `:` `-` within; at most 128 characters. */
const NAME = /^[A-Za-z0-9](?:[A-Za-z0-9._:-]{0,126}[A-Za-z0-9])?$/

export const isDelegateName = (name: unknown): name is string => typeof name === "string" && NAME.test(name)

/** The one name of a delegated device. @param name as `isDelegateName` says */
export const delegatedId = (gateway: string, name: string): string => `${gateway}/${name}`

/** Where the gateway's DID ends; -1 in the name of a device that signs for itself, and in whatever is no device's name. */
const endOfGateway = (device: string): number => (device.startsWith("did:") ? device.indexOf("/") : -1)

/** The DID whose key signs for a device: its gateway's, or its own. Its states lie in that DID's home partition. */
export const signerOf = (device: string): string => {
  const end = endOfGateway(device)
  return end < 0 ? device : device.slice(0, end)
}

/** The name of a delegated device under its gateway; null for a device that signs for itself. */
export const delegateOf = (device: string): string | null => {
  const end = endOfGateway(device)
  return end < 0 ? null : device.slice(end + 1)
}

/** Whether a gateway signs for the device. */
export const isDelegated = (device: string): boolean => endOfGateway(device) >= 0

/** The delegation that a gateway has, also an expired one; null where it has none. */
export const delegationOf = ({ items }: Knowledge, gateway: string): Active<Delegation> | null =>
  (items.get(itemKey(DELEGATION_KIND, gateway)) as Active<Delegation> | undefined) ?? null

const indexes = new WeakMap<Active<Delegation>, ReadonlyMap<string, DelegatedDevice>>()

/** What a delegation says of a device; undefined where it does not name it. */
export const delegateIn = (delegation: Active<Delegation>, name: string): DelegatedDevice | undefined => {
  let index = indexes.get(delegation)
  if (index === undefined) {
    index = new Map(delegation.body.devices.map((device) => [device.name, device]))
    indexes.set(delegation, index)
  }
  return index.get(name)
}
