/** What is revoked is somebody: a name that nobody bears would be revoked, and end nothing. */
import { tmpdir } from "node:os"
import { actor } from "@assay/testkit/actors"
import { assay } from "@assay/testkit/cli"
import { expect, it } from "vitest"

const { did } = actor()
const FROM = "2026-01-31T08:00:00Z"

it.each<[string, ReadonlyArray<string>, string]>([
  ["a name within a key", ["--key", `${did}#one`, "--from", FROM], "--key takes a DID, not"],
  ["a document without a name", ["--issuer", "did:web:acme.example#", "--from", FROM], "--issuer takes a DID, not"],
  ["a did:key with a letter too few", ["--key", did.slice(0, -1), "--from", FROM], "--key takes a DID, not"],
  ["a name", ["--key", "pump-1", "--from", FROM], '--key takes a DID, not "pump-1"'],
  ["a time that moves", ["--key", did, "--from", "12h"], "a later call must mean the same time"],
  ["a word for a time", ["--key", did, "--from", "yesterday"], "--from takes an instant"],
])("refuses %s", async (_, args, message) => {
  const { code, err } = await assay(["revoke", ...args, "--index", "none", "--data", "none", "--roots", "none"], {
    cwd: tmpdir(),
  })
  expect([code, err]).toEqual([2, expect.stringContaining(message)])
})
