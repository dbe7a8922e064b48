/** What attacks on any carrier are made of. */
import type { Device } from "@assay/fleet"
import { nowSeconds } from "../now.ts"
import type { Attempt } from "./attack.ts"

/** The next message of a device, of now. */
export const messageOf = ({ device }: { readonly device: Device }): Uint8Array =>
  device.message({ iat: nowSeconds() }).bytes

/** Another value, with the signature as it was. */
export const changed = (bytes: Uint8Array): Uint8Array => {
  const [header, payload, signature] = Buffer.from(bytes).toString().split(".") as [string, string, string]
  const claims = JSON.parse(Buffer.from(payload, "base64url").toString()) as { senml: Array<{ v: number }> }
  claims.senml[0]!.v += 1
  return Buffer.from(`${header}.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.${signature}`)
}

/** The attempts on each victim, one victim after the other. */
export const onEach = async <Victim>(
  { victims }: { readonly victims: ReadonlyArray<Victim> },
  attempt: (victim: Victim) => Promise<ReadonlyArray<Attempt>>,
): Promise<ReadonlyArray<Attempt>> => {
  const made: Array<Attempt> = []
  for (const victim of victims) made.push(...(await attempt(victim)))
  return made
}
