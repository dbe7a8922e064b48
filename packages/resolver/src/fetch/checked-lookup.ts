/** The lookup of a connection: the address that was checked is the one that is connected to, so a second answer changes nothing. */
import { type LookupAddress, lookup } from "node:dns"
import type { LookupFunction } from "node:net"
import type { AllowedHost } from "./hosts.ts"

/** The name leads to an address that is not allowed for it. */
export class AddressRefused extends Error {
  override readonly name = "AddressRefused"
}

/** All addresses of a host name. Rejects where it has none. */
export type ResolveName = (host: string) => Promise<ReadonlyArray<LookupAddress>>

export const bySystem: ResolveName = (host) =>
  new Promise((resolve, reject) => {
    lookup(host, { all: true, verbatim: true }, (cause, addresses) =>
      cause === null ? resolve(addresses) : reject(cause),
    )
  })

/**
 * One address that is not allowed refuses all of them: a name that leads to a public and to a private one is no mistake of
 * an honest host.
 */
export const checkedLookup =
  ({ isAllowedAddress }: AllowedHost, resolveName: ResolveName): LookupFunction =>
  (host, { all }, answer) => {
    resolveName(host).then(
      (addresses) => {
        const [first] = addresses
        const refused = addresses.find(({ address }) => !isAllowedAddress(address))
        if (first === undefined) answer(new Error(`${host} has no address`), "", 0)
        else if (refused !== undefined)
          answer(new AddressRefused(`${host} leads to ${refused.address}, which is not allowed for it`), "", 0)
        else if (all === true) answer(null, [...addresses])
        else answer(null, first.address, first.family)
      },
      (cause: NodeJS.ErrnoException) => answer(cause, "", 0),
    )
  }
