/** Interoperability: what tuf-js takes of a repository we take, and what it refuses we refuse. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { BaseFetcher, Updater } from "tuf-js"
import { DownloadHTTPError } from "tuf-js/dist/error.js"
import { afterAll, describe, expect, it } from "vitest"
import { readRepository, type TufFiles } from "../../src/index.ts"
import { filesOf, image, newKey, newKeys, release, rootBody, signed, trusting } from "./repository.ts"

const scratch = mkdtempSync(join(tmpdir(), "assay-tuf-"))
afterAll(() => rmSync(scratch, { recursive: true }))

const keys = newKeys()
const ROOT = signed(rootBody(keys), keys.root.slice(0, 2))
const TARGETS = { "pump.bin": image("one", "1.0", 1) }
const made = (version = 1, more: object = {}) => release(keys, { targets: TARGETS, version, ...more })
// tuf-js reads the clock of the machine; everything here ends in 2031.
const NOW = Date.now()
const PAST = "2020-01-01T00:00:00Z"

class FilesFetcher extends BaseFetcher {
  readonly #files: TufFiles

  constructor(files: TufFiles) {
    super()
    this.#files = files
  }

  override fetch(url: string) {
    const bytes = this.#files(url.slice(url.lastIndexOf("/") + 1))
    if (bytes === null) throw new DownloadHTTPError("there is no such file", 404)
    return Promise.resolve(new Blob([Uint8Array.from(bytes)]).stream())
  }
}

let runs = 0
const theirs = async (files: TufFiles, before: TufFiles | null): Promise<boolean> => {
  const metadataDir = mkdtempSync(join(scratch, `${runs++}-`))
  writeFileSync(join(metadataDir, "root.json"), ROOT)
  const refresh = async (from: TufFiles): Promise<void> => {
    const updater = new Updater({
      metadataDir,
      metadataBaseUrl: "https://tuf.example",
      fetcher: new FilesFetcher(from),
    })
    await updater.refresh()
  }
  if (before !== null) await refresh(before)
  return refresh(files).then(
    () => true,
    () => false,
  )
}
const ours = (files: TufFiles, before: TufFiles | null): boolean => {
  const state = before === null ? trusting(ROOT) : readRepository(before, trusting(ROOT), NOW).state
  try {
    readRepository(files, state, NOW)
    return true
  } catch {
    return false
  }
}

const next = newKeys()
const rotated = (signers: ReadonlyArray<ReturnType<typeof newKey>>) =>
  new Map([["2.root.json", signed(rootBody(next, 2), signers)]])
const renamed = (from: ReadonlyMap<string, Buffer>, name: string, as: string) => new Map([[as, from.get(name)!]])
const one = made(1)
const two = made(2, { targets: { "pump.bin": image("two", "2.0", 2) } })

const CASES: ReadonlyArray<readonly [string, TufFiles, TufFiles | null, boolean]> = [
  ["a good repository", filesOf(one), null, true],
  ["the same again", filesOf(two), filesOf(two), true],
  ["a newer state", filesOf(two), filesOf(one), true],
  [
    "new roots",
    filesOf(rotated([...keys.root.slice(0, 2), ...next.root]), release(next, { targets: TARGETS, version: 1 })),
    null,
    true,
  ],
  [
    "a root that the old keys did not sign",
    filesOf(rotated(next.root), release(next, { targets: TARGETS, version: 1 })),
    null,
    false,
  ],
  ["too few signatures", filesOf(made(1, { signers: { targets: [keys.targets[0]!] } })), null, false],
  ["foreign signatures", filesOf(made(1, { signers: { timestamp: [newKey()] } })), null, false],
  ["an expired timestamp", filesOf(made(1, { expires: { timestamp: PAST } })), null, false],
  ["an expired snapshot", filesOf(made(1, { expires: { snapshot: PAST } })), null, false],
  ["expired targets", filesOf(made(1, { expires: { targets: PAST } })), null, false],
  ["an older state", filesOf(one), filesOf(two), false],
  ["targets of another state", filesOf(two, renamed(one, "1.targets.json", "2.targets.json")), null, false],
  ["a snapshot of another state", filesOf(two, renamed(one, "1.snapshot.json", "2.snapshot.json")), null, false],
]

describe("tuf-js and we agree on", () => {
  it.each(CASES)("%s", async (_what, files, before, expected) => {
    expect([await theirs(files, before), ours(files, before)]).toEqual([expected, expected])
  })
})
