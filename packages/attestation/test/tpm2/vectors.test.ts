/**
 * Evidence that others made: a virtual machine of Google Compute Engine with its TPM (Container-Optimized OS 85), for the nonce 9009.
 * `vectors/gce` is taken from `internal/test/attestations/gce-cos-85-nonce9009.pb` of github.com/google/go-tpm-tools at 67670e5c021a
 * (Apache-2.0), its parts as they are; `ek.der` is the certificate of another machine's endorsement key from the same repository
 * (`internal/test/certificates/pca_tpm_rsa_enc_cert.pem`), with its issuer and root (`server/ca-certs/gcp_ek_ak_ca_*.crt`).
 */
import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import {
  type Endorsements,
  openEndorsements,
  openPublicArea,
  type PublicArea,
  replayEventLog,
  verifyEndorsementChain,
  verifyQuote,
} from "../../src/index.ts"

const file = (name: string): Buffer => readFileSync(new URL(`./vectors/gce/${name}`, import.meta.url))
const NONCE = Buffer.from("9009", "hex")
const values = file("pcrs.values")
const pcrs = (): Map<number, Buffer> =>
  new Map(Array.from({ length: 24 }, (_, n) => [n, values.subarray(n * 32, n * 32 + 32)]))
const key = openPublicArea(file("ak.tpmt")) as PublicArea

const quoted = (bank = "sha256", { nonce = NONCE, over = pcrs() } = {}) =>
  verifyQuote(
    { attest: file(`quote-${bank}.attest`), signature: file(`quote-${bank}.sig`), attestationKey: key, nonce },
    over,
  )

describe("a quote of a machine in a cloud", () => {
  it("holds under its key, for its nonce and its PCRs", () => {
    expect(key.kind).toBe("RS256")
    expect(quoted()).toMatchObject({ kind: "quote", resetCount: 10, restartCount: 0, safe: true })
  })

  it("is refused for another nonce, with another value, and over the bank of SHA-1", () => {
    expect(quoted("sha256", { nonce: Buffer.from("9010", "hex") })).toMatchObject({ reason: "tpm.nonce_mismatch" })
    const over = pcrs().set(4, Buffer.alloc(32))
    expect(quoted("sha256", { over })).toMatchObject({ reason: "tpm.pcr_mismatch" })
    expect(quoted("sha1")).toMatchObject({ reason: "tpm.pcr_refused" })
  })

  it("and its event log lead to the same values", () => {
    const { events, pcrs: replayed } = replayEventLog(file("eventlog.bin"))
    expect(events.length).toBeGreaterThan(20)
    expect([...replayed.keys()].sort((a, b) => a - b)).toEqual(expect.arrayContaining([0, 1, 2, 3, 4, 5, 6, 7]))
    for (const [pcr, value] of replayed)
      expect([pcr, Buffer.from(value).toString("hex")]).toEqual([pcr, pcrs().get(pcr)!.toString("hex")])
  })

  it("and the log does not, where one digest of it is another", () => {
    const changed = file("eventlog.bin")
    const { events } = replayEventLog(changed)
    const of4 = events.find(({ pcr }) => pcr === 4)!
    changed[changed.indexOf(Buffer.from(of4.digest))]! ^= 1
    expect(Buffer.from(replayEventLog(changed).pcrs.get(4)!).equals(pcrs().get(4)!)).toBe(false)
  })
})

describe("the certificate of an endorsement key in a cloud", () => {
  const endorsements = (...roots: ReadonlyArray<string>) =>
    openEndorsements({
      roots: roots.map((name) => ({ name, format: "tpm2", certificate: file(name).toString("base64") })),
      revoked: [],
    } as unknown as Endorsements)
  const TIME = Date.UTC(2026, 10, 29)
  const chain = [file("ek.der"), file("ek-issuer.der")]

  it("leads to its maker's root", () => {
    const found = verifyEndorsementChain(chain, endorsements("ek-root.der"), TIME)
    if (typeof found === "string") throw new Error(found)
    expect(found.leaf.key.asymmetricKeyType).toBe("rsa")
    expect(found.certificates).toHaveLength(2)
  })

  it("leads nowhere without its issuer, under another root, or before its time", () => {
    expect(verifyEndorsementChain(chain.slice(0, 1), endorsements("ek-root.der"), TIME)).toContain("no root")
    expect(verifyEndorsementChain(chain.slice(0, 1), endorsements("ek.der"), TIME)).toContain("no root")
    expect(verifyEndorsementChain(chain, endorsements("ek-root.der"), Date.UTC(2022, 0, 1))).toContain("is not valid")
  })
})
