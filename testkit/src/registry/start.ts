/** A registry on a free port and in a directory of its own. */
import { mkdtempSync, rmSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type Registry, startRegistry } from "@assay/infra/schema-registry"

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
