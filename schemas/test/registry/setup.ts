/** What the tests on a real registry share: the registry; for each test subjects of its own and a proxy before them. */
import { randomUUID } from "node:crypto"

import { sharedRegistry, skipsRegistry } from "@assay/testkit/registry"
import { afterEach, beforeAll, beforeEach, describe } from "vitest"
import { useEmbeddedIds, WireError } from "../../src/index.ts"
import {
  applySubjects,
  bindRegistry,
  type RegistryClient,
  registryClient,
  SchemaRegistryError,
  STREAM_SCHEMAS,
  type SubjectStream,
  subjectsOf,
  type WireIds,
} from "../../src/registry/index.ts"
import { goldenVersions, versionSchema } from "../versions.ts"
import { type RegistryProxy, startProxy } from "./proxy.ts"

export const STREAMS = Object.fromEntries(Object.keys(STREAM_SCHEMAS).map((key) => [key, `${key}.v1`])) as Record<
  SubjectStream,
  string
>
/** Quick, so that a flood takes no minutes; the rest is as in a node. */
export const LIMITS = { intervalMs: 50, unknownMs: 60_000 }

export const asRecord = (id: number, body: Uint8Array): { value: Buffer } => {
  const header = Buffer.alloc(5)
  header.writeUInt32BE(id, 1)
  return { value: Buffer.concat([header, body]) }
}
/** An entry as a later version of Assay writes it, which no build of today knows. */
export const laterEntry = (id: number): { value: Buffer } =>
  asRecord(id, Buffer.from(goldenVersions("entry").v2.body, "base64"))

export const codeOf = async (call: () => unknown): Promise<string> => {
  try {
    await call()
    return "done"
  } catch (error) {
    if (error instanceof WireError || error instanceof SchemaRegistryError) return error.code
    throw error
  }
}

export class Setup {
  /** Of the registry itself. */
  url = ""
  /** Past the proxy. */
  client!: RegistryClient
  proxy!: RegistryProxy
  prefix = ""

  settings(): { url: string; user: null; password: null } {
    return { url: this.proxy.url, user: null, password: null }
  }
  bind(): Promise<WireIds> {
    return bindRegistry({ settings: this.settings(), streams: STREAMS, prefix: this.prefix, limits: LIMITS })
  }
  apply(): Promise<unknown> {
    return applySubjects(this.client, subjectsOf(STREAMS, this.prefix))
  }
  async applyAndBind(): Promise<WireIds> {
    await this.apply()
    const ids = await this.bind()
    this.proxy.asked.length = 0
    return ids
  }
  subject(stream: string): string {
    return `${this.prefix}${stream}-value`
  }
  /** Subjects of this test. */
  async subjects(): Promise<ReadonlyArray<string>> {
    return (await this.client.subjects()).filter((subject) => subject.startsWith(this.prefix)).sort()
  }
  /** @returns the id that the registry gave to the later version of an entry */
  registerLater(): Promise<number> {
    return this.client.register(this.subject(STREAMS.submitted), versionSchema("entry", "v2"))
  }
}

/**
 * Skipped, loudly, where no registry can be started.
 * @param file of the tests, for that message
 * @param urlOf gives the registry: by default the one that the test run shares
 */
export const onRealRegistry = async (
  file: string,
  tests: (on: Setup) => void,
  urlOf = async (): Promise<string> => (await sharedRegistry()).url,
): Promise<void> => {
  const skip = await skipsRegistry(file)
  describe.skipIf(skip)("a real schema registry", () => {
    const on = new Setup()
    beforeAll(async () => {
      on.url = await urlOf()
      on.client = registryClient({ url: on.url, user: null, password: null })
    }, 180_000)
    beforeEach(async () => {
      on.prefix = `t${randomUUID().slice(0, 8)}.`
      on.proxy = await startProxy(on.url)
    })
    afterEach(async () => {
      useEmbeddedIds()
      await on.proxy.close()
    })
    tests(on)
  })
}
