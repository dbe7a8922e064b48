import { describe, expect, it } from "vitest"
import { locate } from "../src/index.ts"

const SCID = "QmdmPkUdYzbr9txmx8gM2rsHPgr5L6m3gHjJGAf4vUFoGE"

describe("where the document of a DID is published", () => {
  it.each([
    [`did:webvh:${SCID}:example.com`, "example.com", "/.well-known/did.jsonl"],
    [`did:webvh:${SCID}:issuer.example.com`, "issuer.example.com", "/.well-known/did.jsonl"],
    [`did:webvh:${SCID}:example.com:dids:issuer`, "example.com", "/dids/issuer/did.jsonl"],
    ["did:web:example.com", "example.com", "/.well-known/did.json"],
    ["did:web:example.com:user:alice", "example.com", "/user/alice/did.json"],
  ])("%s: https://%s%s", (did, host, path) => expect(locate(did)).toMatchObject({ host, path }))

  it.each([
    "did:web:localhost",
    "did:web:127.0.0.1",
    "did:web:2130706433",
    "did:web:0x7f.0.0.1",
    "did:web:a.0x7f000001",
    "did:web:example.com%3A3000",
    "did:web:Example.com",
    "did:web:example.com:..",
    "did:web:example.com:a::b",
    "did:web:example.com:",
    "did:web:",
    "did:web:-a.example.com",
    "did:web:example.com/a",
    "did:web:example.com#a",
    `did:web:${"a".repeat(64)}.example.com`,
    `did:web:${"a.".repeat(130)}example`,
    `did:webvh:${SCID}`,
    `did:webvh:${SCID.slice(1)}:example.com`,
    "did:webvh:{SCID}:example.com",
    "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK",

    "web:example.com",
  ])("refuses %s", (did) => expect(locate(did)).toMatchObject({ reason: "did" }))
})
