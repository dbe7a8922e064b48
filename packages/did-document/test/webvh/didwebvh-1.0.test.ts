/** The vectors of the did:webvh 1.0 test suite, made by five implementations (`test/vectors/README.md`). */
import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { keysOf, locate, verifyWebvh } from "../../src/index.ts"

interface Vector {
  readonly scenario: string
  readonly by: string
  /** DIDs that must be refused by their form alone. */
  readonly dids: ReadonlyArray<string>
  readonly log: string
  readonly witness: string | null
  readonly versionId: string | null
  readonly isNegative: boolean
}

const file = new URL("../vectors/didwebvh-1.0.json", import.meta.url)
const { vectors } = JSON.parse(readFileSync(file, "utf8")) as { readonly vectors: ReadonlyArray<Vector> }

const AT = Date.parse("2026-11-29T00:00:00Z")

/** What the vectors of these names do is not what the specification says; why it is refused. */
const AGAINST_THE_SPECIFICATION: Readonly<Record<string, RegExp>> = {
  // "the id is the DID of the witness": these name a multikey.
  "witness-threshold rust": /no did:key/,
  "witness-update rust": /no did:key/,
  // "that new list becomes active AFTER the new entry has been published": two had to approve the entry that asks for one.
  "witness-update java": /1 of 2 witnesses/,
  "witness-update java-eecc": /1 of 2 witnesses/,
  "witness-update python": /1 of 2 witnesses/,
  "witness-update ts": /1 of 2 witnesses/,
}

const verify = ({ log, witness }: Vector) => {
  const first = JSON.parse(log.slice(0, log.indexOf("\n") + 1 || undefined)) as {
    readonly state: { readonly id: string }
  }
  return verifyWebvh({
    did: first.state.id,
    log: Buffer.from(log),
    witness: witness === null ? null : Buffer.from(witness),
    at: AT,
  })
}

const named = (isNegative: boolean) =>
  vectors
    .filter((vector) => vector.isNegative === isNegative && vector.log !== "")
    .map((vector) => [`${vector.scenario} ${vector.by}`, vector] as const)

describe("vectors of the did:webvh 1.0 suite", () => {
  it("has them", () => {
    expect(named(false)).toHaveLength(64)
    expect(named(true)).toHaveLength(11)
  })

  it.each(named(false).filter(([name]) => !(name in AGAINST_THE_SPECIFICATION)))("accepts %s", (_, vector) => {
    const found = verify(vector)
    if ("reason" in found) throw new Error(`${found.reason}: ${found.detail}`)
    expect(found.versions.at(-1)!.versionId).toBe(vector.versionId)
    expect(found.versions).toHaveLength(Number.parseInt(vector.versionId!, 10))
    expect(found.deactivated).toBe(vector.scenario === "deactivate")
    expect(keysOf(found.document, new Set(found.names))).toEqual(
      expect.arrayContaining([expect.objectContaining({ alg: "Ed25519", authentication: true })]),
    )
  })

  it.each(Object.entries(AGAINST_THE_SPECIFICATION))("refuses %s, as the specification asks", (name, detail) => {
    const [, vector] = named(false).find(([found]) => found === name)!
    expect(verify(vector)).toMatchObject({ detail: expect.stringMatching(detail) })
  })

  it.each(named(true))("refuses %s", (_, vector) => {
    expect(verify(vector)).toHaveProperty("reason")
  })

  it.each(vectors.flatMap(({ scenario, dids }) => dids.map((did) => [scenario, did] as const)))(
    "refuses the DID of %s: %s",
    (_, did) => expect(locate(did)).toMatchObject({ reason: "did" }),
  )
})
