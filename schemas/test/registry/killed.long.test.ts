/** A registry of this file's own, killed: what was registered in it, and who was bound to it. */
import { startRegistry } from "@assay/infra/schema-registry"
import { startTestRegistry, type TestRegistry } from "@assay/testkit/registry"
import { SAMPLES } from "@assay/testkit/samples"
import { afterAll, expect, it } from "vitest"
import { decodeEntry, encodeEntry, type WireEntry } from "../../src/index.ts"
import { codeOf, laterEntry, onRealRegistry, STREAMS } from "./setup.ts"

const { submitted } = STREAMS
const entry = SAMPLES["entry.v3.message"] as WireEntry
let registry: TestRegistry | null = null
afterAll(() => registry?.end())
const ownRegistry = async (): Promise<string> => {
  registry = await startTestRegistry()
  return registry.url
}

await onRealRegistry(
  "schemas/test/registry/killed.long.test.ts",
  (on) => {
    it("keeps its ids over kill -9, and who was bound goes on", async () => {
      const ids = await on.applyAndBind()
      const id = await on.registerLater()
      await registry!.kill("SIGKILL")
      expect(await codeOf(() => ids.prepare(submitted, [laterEntry(id)]))).toBe("unavailable")
      expect(decodeEntry(encodeEntry(entry))).toEqual(entry)
      const again = await startRegistry({ dataDir: registry!.dataDir, port: Number(new URL(on.url).port) })
      registry = { ...registry!, ...again }
      await ids.prepare(submitted, [laterEntry(id)])
      expect(decodeEntry(laterEntry(id).value).body.kind).toBe("submitted")
      expect(await on.registerLater()).toBe(id)
    }, 180_000)
  },
  ownRegistry,
)
