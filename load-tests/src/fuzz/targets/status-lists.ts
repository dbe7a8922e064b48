/** Status lists as issuers publish them: bytes of a web server, from anybody until the signature is asked for. */
import { encodeCbor, signSign1 } from "@assay/cose"
import { encodeStatusList, readSignedList } from "@assay/credentials"
import { signClaims } from "@assay/jose"
import type { Target } from "../target.ts"
import { NOW, world } from "../world.ts"

interface Signer {
  readonly did: string
  readonly kid: string
  readonly key: Parameters<typeof signClaims>[1]
}

const ID = "https://plant.example/status/1"
/** 64 entries of 2 bits, deflated. */
const LST = Buffer.from("eNrjZEAFAACgAAo", "base64url")

/** One of each format. */
export const listSeeds = ({ did, kid, key }: Signer): ReadonlyArray<Buffer> => {
  const claims = {
    sub: ID,
    iat: NOW,
    exp: NOW + 3_600,
    ttl: 60,
    status_list: { bits: 2, lst: LST.toString("base64url") },
  }
  const credential = {
    "@context": ["https://www.w3.org/ns/credentials/v2"],
    id: ID,
    type: ["VerifiableCredential", "BitstringStatusListCredential"],
    issuer: did,
    validFrom: new Date(NOW * 1000).toISOString(),
    credentialSubject: {
      id: `${ID}#list`,
      type: "BitstringStatusList",
      statusPurpose: "revocation",
      encodedList: encodeStatusList(0, [7]),
    },
  }
  const inner = new Map<string, number | Uint8Array>([
    ["bits", 2],
    ["lst", LST],
  ])
  const cwt = new Map<number, number | string | Map<string, number | Uint8Array>>([
    [2, ID],
    [4, NOW + 3_600],
    [6, NOW],
    [65_533, inner],
    [65_534, 60],
  ])
  const typ = "application/statuslist+cwt"
  return [
    signClaims(claims, key, { kid, typ: "statuslist+jwt" }),
    signClaims(credential, key, { kid, typ: "vc+jwt" }),
    signSign1(encodeCbor(cwt), key, { kid: Buffer.from(kid), typ }),
  ]
}

const SEEDS = listSeeds(world.manufacturer)

/** What a list comes to; null where it is refused. */
const openedOf = (bytes: Uint8Array): { readonly issuer: string; readonly said: string } | null => {
  const read = readSignedList(bytes)
  if ("detail" in read) return null
  const list = read.open()
  if ("detail" in list) return null
  if (list.bits.length > 4 << 20) throw new Error("entries without a bound")
  const { issuer, open: _, ...said } = read
  return { issuer, said: JSON.stringify([said, list.size, Buffer.from(list.bits).toString("hex")]) }
}

const published: Target = {
  name: "published-status-list",
  about: "readSignedList and its opening: a status list as a web server has it",
  seeds: () => SEEDS,
  check: (bytes) => {
    const opened = openedOf(bytes)
    // What nobody signs (lengths in CBOR, say) may be written otherwise; what is said may not.
    if (opened?.issuer === world.manufacturer.did && !SEEDS.some((seed) => openedOf(seed)!.said === opened.said))
      throw new Error("opened a list that its issuer did not sign")
    return opened !== null
  },
}

export const STATUS_LISTS: ReadonlyArray<Target> = [published]
