/** A real registry for a file of tests, on a free port and in a directory of its own. */
import { mkdtempSync, rmSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { missingForRegistry, type Registry, startRegistry } from "@assay/infra/schema-registry"

/** Says so, loudly, where the tests of a file cannot run. @returns whether to skip them */
export const skipsRegistry = async (file: string): Promise<boolean> => {
  const missing = await missingForRegistry()
  if (missing !== null) process.stderr.write(`\nSKIPPED: ${file}: no schema registry can be started: ${missing}\n`)
  return missing !== null
}

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer()
    server.once("error", reject)
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0))
    })
  })

export interface TestRegistry extends Registry {
  /** Stops it and deletes its data. */
  end(): Promise<void>
}

export const startTestRegistry = async (): Promise<TestRegistry> => {
  const dataDir = mkdtempSync(join(tmpdir(), "assay-registry-"))
  try {
    const registry = await startRegistry({ dataDir, port: await freePort() })
    return {
      ...registry,
      end: async () => {
        await registry.stop()
        rmSync(dataDir, { recursive: true, force: true })
      },
    }
  } catch (cause) {
    rmSync(dataDir, { recursive: true, force: true })
    throw cause
  }
}
