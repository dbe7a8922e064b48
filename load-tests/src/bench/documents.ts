/**
 * `npm run bench:documents`: what the documents of so many DIDs cost in a partition's table, and in a resolver's schedule; and how many
 * documents of each method one core verifies in a second of its CPU. No network: what a host would publish is made here.
 */
import { generateKeyPairSync, type KeyObject } from "node:crypto"
import { groupsOver } from "@assay/cli/services"
import { encodeDidKey, publicKeyOf } from "@assay/did"
import { decodeInForce, encodeInForce, keyInForce, shortOf } from "@assay/did-document"
import { appendWebvh, commitTo, createWebvh, multikeyOfKey } from "@assay/did-document/write"
import { StateTable } from "@assay/engine"
import { type Command, main } from "@assay/infra/local"
import type { JsonObject } from "@assay/jose"
import { type DidDocumentBody, readDidDocument } from "@assay/knowledge"
import { Schedule } from "@assay/resolver"
import { describeMachine, machineLine } from "../machine.ts"

const NOW = Date.UTC(2026, 10, 29)
const HOUR_MS = 3_600_000
const LOOK_UPS = 1_000_000

const ed25519 = (): KeyObject => generateKeyPairSync("ed25519").privateKey

/** Bytes on the heap and outside of it, after a collection. */
const memory = (): number => {
  globalThis.gc?.()
  globalThis.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** Milliseconds of CPU that this process has used: others on the machine do not count. */
const cpuMs = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000
}

const didOf = (n: number): string =>
  `did:webvh:QmdmPkUdYzbr9txmx8gM2rsHPgr5L6m3gHjJGAf4vUFoGE:id.example.com:devices:${n}`

/** Runs for a second of CPU at least. @returns microseconds of one */
const costOf = (work: () => unknown): number => {
  for (let n = 0; n < 20; n++) work()
  let count = 0
  const from = cpuMs()
  let now = from
  for (; now - from < 1_000; now = cpuMs()) {
    for (let n = 0; n < 10; n++) work()
    count += 10
  }
  return (1_000 * (now - from)) / count
}

/** Rows as the track writes them: 48 bytes before what the kind projects. */
const indexOf = (documents: number) => {
  const before = memory()
  const from = cpuMs()
  // A node that judges all stages: each has a column in the row, which an item of knowledge leaves empty.
  const [stagesOf] = groupsOver({ genesis: 0, partitions: 1 })
  const table = new StateTable(stagesOf!())
  const items = table.items()
  const key = {
    ...publicKeyOf(ed25519()),
    fragment: shortOf("one"),
    assertion: true,
    authentication: true,
    until: null,
  }
  const kept = { deactivated: false, checked: NOW, digest: new Uint8Array(32), attesters: [shortOf("resolver")] }
  for (let n = 0; n < documents; n++) {
    const projection = encodeInForce({ ...kept, number: 1 + (n % 5), keys: [key] })
    items.set(`k/did-document/${didOf(n)}`, Buffer.concat([Buffer.alloc(48), projection]))
    // What a batch wrote is taken after it, as its commit does.
    if (n % 10_000 === 0) table.takeDirty()
  }
  table.takeDirty()
  const builtMs = cpuMs() - from
  const after = memory()
  const asked = { fragment: "one", relationship: "assertion", time: NOW } as const
  let found = 0
  const looked = cpuMs()
  for (let n = 0; n < LOOK_UPS; n++) {
    const row = items.get(`k/did-document/${didOf((n * 7_919) % documents)}`)!
    if (typeof keyInForce(decodeInForce(Buffer.from(row).subarray(48)), asked) !== "string") found++
  }
  const lookUpUs = (1_000 * (cpuMs() - looked)) / LOOK_UPS
  if (found !== LOOK_UPS) throw new Error(`${LOOK_UPS - found} look-ups found no key`)
  return { builtMs, bytesEach: (after - before) / documents, lookUpUs }
}

const scheduleOf = (documents: number) => {
  const before = memory()
  const from = cpuMs()
  const schedule = new Schedule({ softMs: 6 * HOUR_MS, hostPerMinute: 1e9, principalPerMinute: 60, maximum: documents })
  for (let n = 0; n < documents; n++) schedule.found(didOf(n), { checked: NOW, expires: NOW + 72 * HOUR_MS })
  const builtMs = cpuMs() - from
  const after = memory()
  const taken = cpuMs()
  let looks = 0
  const at = NOW + 6 * HOUR_MS
  for (let did = schedule.take(at); did !== null && looks < 100_000; did = schedule.take(at)) {
    schedule.found(did, { checked: at, expires: at + 72 * HOUR_MS })
    looks++
  }
  return {
    builtMs,
    bytesEach: (after - before) / documents,
    takeUs: (1_000 * (cpuMs() - taken)) / looks,
  }
}

const methodOf = (did: string, key: KeyObject): JsonObject => ({
  id: did,
  verificationMethod: [
    {
      id: `${did}#one`,
      type: "Multikey",
      controller: did,
      publicKeyMultibase: encodeDidKey(publicKeyOf(key)).slice("did:key:".length),
    },
  ],
  assertionMethod: [`${did}#one`],
  authentication: [`${did}#one`],
})

const webvhOf = (versions: number): DidDocumentBody => {
  const keys = Array.from({ length: versions + 1 }, ed25519)
  const state = methodOf("did:webvh:{SCID}:id.example.com", ed25519())
  const parameters = (n: number) => ({
    updateKeys: [multikeyOfKey(keys[n]!)],
    nextKeyHashes: [commitTo(keys[n + 1]!)],
  })
  const made = createWebvh({ time: NOW - 100 * HOUR_MS, parameters: parameters(0), state, key: keys[0]! })
  let { log } = made
  for (let n = 1; n < versions; n++)
    log = appendWebvh(log, {
      time: NOW - (100 - n) * HOUR_MS,
      parameters: parameters(n),
      state: methodOf(made.did, ed25519()),
      key: keys[n]!,
    })
  return bodyOf(made.did, log)
}

const bodyOf = (did: string, published: string): DidDocumentBody => ({
  did,
  checked: NOW,
  expires: NOW + HOUR_MS,
  published,
  witness: null,
})

const webOf = (): DidDocumentBody => {
  const did = "did:web:id.example.com"
  return bodyOf(did, JSON.stringify(methodOf(did, ed25519())))
}

const ethrOf = (changes: number): DidDocumentBody => {
  const address = `0x${"ab".repeat(20)}`
  const name = `0x${Buffer.from("did/pub/Ed25519/sigAuth".padEnd(32, "\0")).toString("hex")}`
  const { publicKey } = publicKeyOf(ed25519())
  const history = {
    chain: 1,
    registry: address,
    changes: Array.from({ length: changes }, (_, n) => ({
      block: n + 1,
      kind: "attribute",
      name,
      value: `0x${Buffer.from(publicKey).toString("hex")}`,
      validTo: String(NOW / 1_000 + 3_600 + n),
    })),
  }
  return bodyOf(`did:ethr:${address}`, JSON.stringify(history))
}

const CASES: ReadonlyArray<readonly [name: string, make: () => DidDocumentBody]> = [
  ["did:webvh, 1 version", () => webvhOf(1)],
  ["did:webvh, 10 versions", () => webvhOf(10)],
  ["did:webvh, 50 versions", () => webvhOf(50)],
  ["did:web", webOf],
  ["did:ethr, 1 change", () => ethrOf(1)],
  ["did:ethr, 100 changes", () => ethrOf(100)],
]

const opened = (body: DidDocumentBody): { readonly us: number; readonly bytes: number } => {
  const bytes = Buffer.from(JSON.stringify(body))
  const read = readDidDocument(bytes)
  if ("problem" in read || read.body.keys.length === 0) throw new Error("problem" in read ? read.problem : "no key")
  return { us: costOf(() => readDidDocument(bytes)), bytes: bytes.length }
}

export const bench: Command = {
  name: "bench:documents",
  summary: "Measures what documents of DIDs cost in memory, at a look-up, and to verify, by their method.",
  options: {
    documents: { type: "string", value: "N", default: "1000000", help: "documents in the index and the schedule" },
  },
  async run(given) {
    const documents = given.whole("documents", 1_000, 10_000_000)
    const machine = describeMachine(null)
    const methods = CASES.map(([name, make]) => ({ name, ...opened(make()) }))
    const index = indexOf(documents)
    const schedule = scheduleOf(documents)
    const count = documents.toLocaleString("en")
    const per = (us: number): string => Math.round(1e6 / us).toLocaleString("en")
    return {
      value: { machine, documents, index, schedule, methods },
      lines: [
        machineLine(machine),
        `${count} documents in the table of a partition: ${Math.round(index.bytesEach)} bytes each, written with ${(index.builtMs / 1_000).toFixed(1)} s of CPU; the key of a message looked up in ${index.lookUpUs.toFixed(1)} us`,
        `${count} DIDs in a resolver's schedule: ${Math.round(schedule.bytesEach)} bytes each, read with ${(schedule.builtMs / 1_000).toFixed(1)} s of CPU; the next look found in ${schedule.takeUs.toFixed(1)} us`,
        ...methods.map(
          ({ name, us, bytes }) =>
            `${name} (${bytes.toLocaleString("en")} bytes): ${us.toFixed(0)} us of CPU, ${per(us)} a second on one core`,
        ),
      ],
    }
  },
}

if (import.meta.main) await main(bench)
