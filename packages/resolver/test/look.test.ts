import { describe, expect, it } from "vitest"
import type { Place } from "../src/fetch/get.ts"
import { looker } from "../src/look.ts"

const NOW = Date.parse("2026-11-29T12:00:00Z")
const ETHR = "did:ethr:0xb9c5714089478a327f09197987f16f9e5d936e8a"
const UNIVERSAL = { host: "universal.example.com", path: "/api" }

const lookWith = (answer: string, universal?: typeof UNIVERSAL) => {
  const asked: Array<Place> = []
  const get = async (place: Place) => {
    asked.push(place)
    return Buffer.from(answer)
  }
  return { asked, look: looker({ get, now: () => NOW, hardMs: 3_600_000, universal }) }
}

describe("a document of another method", () => {
  it("is asked for nowhere while no Universal Resolver is configured", async () => {
    const { asked, look } = lookWith("{}")
    expect(await look(ETHR)).toMatchObject({ why: "not_allowed" })
    expect(asked).toEqual([])
  })

  it("is the document of the result alone, in its canonical form: two looks at one document are the same bytes", async () => {
    const result = (duration: number) =>
      JSON.stringify({
        didResolutionMetadata: { duration },
        didDocument: { verificationMethod: [], id: ETHR },
        didDocumentMetadata: { updated: String(duration) },
      })
    const first = lookWith(result(1), UNIVERSAL)
    const second = lookWith(result(2), UNIVERSAL)
    const found = await first.look(ETHR)
    expect(found).toMatchObject({ published: `{"id":"${ETHR}","verificationMethod":[]}`, witness: null, checked: NOW })
    expect(await second.look(ETHR)).toEqual(found)
    expect(first.asked).toMatchObject([{ host: UNIVERSAL.host, path: `/api/1.0/identifiers/${ETHR}` }])
  })

  it("may be the whole answer", async () => {
    expect(await lookWith(JSON.stringify({ id: ETHR }), UNIVERSAL).look(ETHR)).toMatchObject({
      published: `{"id":"${ETHR}"}`,
    })
  })

  it.each([
    ["another DID", { didDocument: { id: "did:ethr:0x1" } }],
    ["a DID that was deactivated", { didDocument: { id: ETHR }, didDocumentMetadata: { deactivated: true } }],
    ["none", { didDocument: null, didResolutionMetadata: { error: "notFound" } }],
  ])("is refused where it is of %s", async (_, result) => {
    expect(await lookWith(JSON.stringify(result), UNIVERSAL).look(ETHR)).toMatchObject({ why: "invalid" })
  })
})
