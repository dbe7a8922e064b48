import { describe, expect, it } from "vitest"
import { MAX_DOCUMENT_BYTES, verifyWeb } from "../../src/index.ts"

const DID = "did:web:id.example.com:devices:one"

describe("a document of did:web", () => {
  it("is that of its DID", () => {
    expect(verifyWeb(DID, Buffer.from(JSON.stringify({ id: DID })))).toMatchObject({ document: { id: DID } })
  })

  it.each([
    ["another DID", JSON.stringify({ id: "did:web:other.example" }), "document"],
    ["no id", "{}", "document"],
    ["a repeated member", `{"id":"${DID}","id":"${DID}"}`, "log"],
    ["a list", "[]", "log"],
    ["no JSON", "<html>", "log"],
    ["too much", " ".repeat(MAX_DOCUMENT_BYTES + 1), "log"],
  ])("is refused with %s", (_, text, reason) => expect(verifyWeb(DID, Buffer.from(text))).toMatchObject({ reason }))

  it("is none of another method", () => {
    expect(verifyWeb("did:key:z6Mk", Buffer.from("{}"))).toMatchObject({ reason: "did" })
  })
})
