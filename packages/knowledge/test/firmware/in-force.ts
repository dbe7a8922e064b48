/** Knowledge with firmware of one class: what the roots list, and what its maker lists. */
import { digestOfSet, type Firmware, type References } from "@assay/attestation"
import {
  type Active,
  type FirmwareReference,
  itemKey,
  type Knowledge,
  knowledgeOf,
  type TrustBundle,
} from "@assay/trust"

export const DAY = 86_400_000
export const NOW = 1_800_000_000_000

export const digest = (letter: string): string => letter.repeat(64)
export const MAIN = { name: "main", digest: digest("a") }
export const MODEM = { name: "modem", digest: digest("b") }
export const NEW_MODEM = { name: "modem", digest: digest("c") }

export const FIRMWARE: Firmware = {
  releases: [
    { version: "1.0", svn: 1, digest: digestOfSet([MAIN, MODEM]), status: "good", components: [MAIN, MODEM] },
    {
      version: "2.0",
      svn: 2,
      digest: digestOfSet([{ ...MAIN, digest: digest("d") }, NEW_MODEM]),
      status: "good",
      components: [{ ...MAIN, digest: digest("d") }, NEW_MODEM],
    },
    { version: "0.9", svn: 0, digest: digest("e"), status: "revoked", components: [] },
    { version: "0.8", svn: 1, digest: digest("f"), status: "vulnerable", components: [] },
  ],
  minimumSvn: 1,
  rollouts: [],
}

const activeOf = <Body>(body: Body, hash: string, version: number, expires: number): Active<Body> => ({
  hash: hash.repeat(32),
  version,
  expires,
  body,
})

export const knowledgeWith = (
  firmware: Firmware | null,
  {
    ofRoots = [],
    expires = NOW + DAY,
    minimumSvn = {},
    more = [],
  }: {
    readonly ofRoots?: ReadonlyArray<FirmwareReference>
    readonly expires?: number
    readonly minimumSvn?: Readonly<Record<string, number>>
    readonly more?: ReadonlyArray<readonly [string, Active<unknown>]>
  } = {},
): Knowledge => {
  const bundle: TrustBundle = {
    version: 1,
    issued: 0,
    expires: NOW + DAY,
    trustDomain: "https://plant.example/",
    issuers: [],
    operators: [],
    thresholds: { quarantine: 1, release: 2, revoke: 2, "breaker-override": 2 },
    statusLists: [],
    firmware: ofRoots,
    minimumSvn,
    nextRoots: null,
  }
  const references: References = {
    version: 1,
    issued: 0,
    expires,
    vendor: "acme",
    class: "pump",
    formats: [],
    measurements: "none",
    pcrs: [],
    events: [],
    tpmFirmware: [],
    components: [],
    ...(firmware === null ? {} : { firmware }),
  }
  return knowledgeOf(
    new Map<string, Active<unknown>>([
      [itemKey("bundle", ""), activeOf(bundle, "b0", 1, NOW + DAY)],
      ...(firmware === null
        ? []
        : [[itemKey("reference-values", "acme/pump"), activeOf(references, "f0", 1, expires)] as const]),
      ...more,
    ]),
  )
}
