import { generateKeyPairSync, sign } from "node:crypto"
import { publicKeyOf } from "@assay/did"
import { VerifyPool } from "@assay/jose/verify-pool"
import { afterAll, describe, expect, it } from "vitest"
import { VerifyOnce } from "../src/verify-once.ts"

const pairs = () => [generateKeyPairSync("ed25519"), generateKeyPairSync("ec", { namedCurve: "P-256" })]
const [PAIRS, OTHERS] = [pairs(), pairs()]
const pool = new VerifyPool({ size: 1 })
const once = new VerifyOnce({ size: 1 })
afterAll(() => Promise.all([pool.close(), once.close()]))

type Job = Parameters<VerifyPool["verifyBatch"]>[0][number]

/** One that is right, and the same with each of its parts changed in turn. */
const jobsOf = ({ privateKey, publicKey }: ReturnType<typeof pairs>[number], text: string): ReadonlyArray<Job> => {
  const signingInput = Buffer.from(text)
  const hashed = privateKey.asymmetricKeyType === "ec" ? "sha256" : null
  const signature = sign(hashed, signingInput, { key: privateKey, dsaEncoding: "ieee-p1363" })
  const right = { ...publicKeyOf(publicKey), signingInput, signature }
  const other = publicKeyOf(
    OTHERS.find((one) => one.publicKey.asymmetricKeyType === publicKey.asymmetricKeyType)!.publicKey,
  )
  return [
    right,
    { ...right, signingInput: Buffer.from(`${text}!`) },
    { ...right, signature: Buffer.alloc(right.signature.length, 7) },
    { ...right, publicKey: other.publicKey },
    // The same bytes in a row, cut elsewhere.
    {
      ...right,
      signature: right.signature.subarray(1),
      signingInput: Buffer.concat([right.signature.subarray(0, 1), signingInput]),
    },
  ]
}

describe("a pool that remembers", () => {
  it("answers as one that does not: at first, again, and for a mixture of both", async () => {
    const known = PAIRS.flatMap((pair) => jobsOf(pair, "known"))
    const expected = [...(await pool.verifyBatch(known))]
    expect(expected).toContain(1)
    expect(expected).toContain(0)
    expect([...(await once.verifyBatch(known))]).toEqual(expected)
    expect([...(await once.verifyBatch([...known, ...known]))]).toEqual([...expected, ...expected])
    const mixed = [...PAIRS.flatMap((pair) => jobsOf(pair, "new")), ...known].reverse()
    expect([...(await once.verifyBatch(mixed))]).toEqual([...(await pool.verifyBatch(mixed))])
  })
})
