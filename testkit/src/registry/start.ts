/** A registry on a free port and in a directory of its own. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { freePorts } from "@assay/infra/kafka"
import { type Registry, startRegistry } from "@assay/infra/schema-registry"

export interface TestRegistry extends Registry {
  /** Stops it and deletes its data. */
  end(): Promise<void>
}

export const startTestRegistry = async (): Promise<TestRegistry> => {
  const dataDir = mkdtempSync(join(tmpdir(), "assay-registry-"))
  try {
    const registry = await startRegistry({ dataDir, port: await freePorts(1) })
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
