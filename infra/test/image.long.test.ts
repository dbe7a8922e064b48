/** The image as far as no engine is needed: its bill of materials, the libraries that its base must have, its entry point. */
import { spawnSync } from "node:child_process"
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { differencesOf, installedIn } from "../ci/installed.ts"
import { makeBom } from "../ci/sbom.ts"

const ROOT = join(import.meta.dirname, "../..")

interface Locked {
  readonly packages: Readonly<
    Record<
      string,
      {
        readonly name?: string
        readonly version?: string
        readonly dev?: boolean
        readonly devOptional?: boolean
        readonly link?: boolean
        readonly integrity?: string
      }
    >
  >
}

describe("the bill of materials", () => {
  const bom = makeBom()

  it("names every package of a production install, with the hash that the lock has", () => {
    const { packages } = JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8")) as Locked
    const wanted = Object.entries(packages).filter(
      ([path, { dev, link }]) => path.includes("node_modules/") && dev !== true && link !== true,
    )
    expect(wanted.length).toBeGreaterThan(50)
    const known = new Map(bom.components.map((one) => [one["bom-ref"], one]))
    for (const [path, { name: alias, version, integrity }] of wanted) {
      const name = alias ?? path.split("node_modules/").at(-1)!
      const found = known.get(`${name}@${version}`)
      expect(found, `${name}@${version}`).toBeDefined()
      if (integrity?.startsWith("sha512-") === true) {
        const content = Buffer.from(integrity.slice("sha512-".length), "base64").toString("hex")
        expect(found!.hashes, name).toContainEqual({ alg: "SHA-512", content })
      }
    }
  })

  it("names Node and the base images, and nothing of development", () => {
    const names = bom.components.map(({ name }) => name)
    expect(names).toEqual(expect.arrayContaining(["node", "gcr.io/distroless/cc-debian12"]))
    for (const name of ["vitest", "fast-check", "hdr-histogram-js", "@biomejs/biome"]) expect(names).not.toContain(name)
  })

  it("is held against what is installed: each package that only one of both has is named", () => {
    // Here packages for development are installed as well; a production install is compared by infra/ci/production.sh.
    const installed = installedIn(ROOT)
    const named = new Set(bom.components.filter(({ type }) => type === "library").map((one) => one["bom-ref"]))
    const both = new Set([...installed].filter((one) => named.has(one)))
    expect(both.size).toBeGreaterThan(50)
    const rest = new Set([...named].filter((one) => !both.has(one)))
    expect(differencesOf(bom.components, both, rest)).toEqual([])
    const [first] = both
    both.delete(first!)
    expect(differencesOf(bom.components, new Set([...both, "left-pad@1.3.0"]), rest)).toEqual([
      "left-pad@1.3.0 is installed, and not in the bill",
      `${first} is in the bill, and not installed`,
    ])
  })

  it("is CycloneDX, and the same for the same commit", () => {
    expect(bom).toMatchObject({ bomFormat: "CycloneDX", specVersion: expect.stringMatching(/^1\.[5-9]$/) })
    expect(bom.serialNumber).toMatch(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(makeBom()).toEqual(bom)
    const refs = new Set([bom.metadata.component["bom-ref"], ...bom.components.map((one) => one["bom-ref"])])
    for (const { ref, dependsOn } of bom.dependencies)
      for (const one of [ref, ...dependsOn]) expect(refs, one).toContain(one)
  })
})

/** Of the base image: glibc, libstdc++ and libgcc. */
const IN_BASE =
  /^(linux-vdso\.so\.1|\/lib64\/ld-linux-x86-64\.so\.2|lib(c|m|dl|rt|pthread|resolv|util)\.so\.\d|libstdc\+\+\.so\.6|libgcc_s\.so\.1)$/

const onLinux = process.platform === "linux" && process.arch === "x64"
it.skipIf(!onLinux)("Node and every native module need only libraries that the base image has", () => {
  const natives = [
    "node_modules/@lmdb/lmdb-linux-x64",
    "node_modules/sodium-native/prebuilds/linux-x64",
    "node_modules/@msgpackr-extract/msgpackr-extract-linux-x64",
  ]
    .filter((folder) => existsSync(join(ROOT, folder)))
    .flatMap((folder) =>
      readdirSync(join(ROOT, folder))
        .filter((file) => file.endsWith(".node") && !file.includes("musl"))
        .map((file) => join(ROOT, folder, file)),
    )
  expect(natives.length).toBeGreaterThan(1)
  for (const file of [process.execPath, ...natives]) {
    const { stdout } = spawnSync("ldd", [file], { encoding: "utf8" })
    const needed = stdout.split("\n").filter((line) => line.trim() !== "")
    expect(needed.length, file).toBeGreaterThan(2)
    for (const line of needed) expect(line.trim().split(" ")[0], file).toMatch(IN_BASE)
  }
})

describe("once.mjs", () => {
  const run = (...args: ReadonlyArray<string>) =>
    spawnSync(process.execPath, [join(ROOT, "infra/docker/once.mjs"), ...args], { encoding: "utf8" })

  it("ends with 0 where the configuration is wrong, and says that it is not started again", () => {
    const { status, stderr } = run("run", "--data", "/nowhere", "--roots", "/nowhere/roots.json")
    expect([status, stderr]).toEqual([0, expect.stringContaining("not started again")])
  })

  it("is the command itself otherwise", () => {
    expect(run("--version")).toMatchObject({ status: 0, stderr: "" })
  })
})

describe("image.sh", () => {
  const root = mkdtempSync(join(tmpdir(), "assay-image-"))
  afterAll(() => rmSync(root, { recursive: true }))
  /** With programs of these names, which do nothing, and a shell. */
  const runWith = (folder: string, ...programs: ReadonlyArray<string>) => {
    const bin = join(root, folder)
    mkdirSync(bin)
    for (const name of programs) writeFileSync(join(bin, name), "#!/bin/sh\nexit 0\n", { mode: 0o755 })
    for (const name of ["bash", "dirname"])
      symlinkSync(spawnSync("which", [name], { encoding: "utf8" }).stdout.trim(), join(bin, name))
    return spawnSync("bash", [join(ROOT, "infra/ci/image.sh"), "registry.example/assay:0"], {
      env: { PATH: bin },
      encoding: "utf8",
    })
  }

  it("says what it lacks, and builds nothing", () => {
    const { status, stderr, stdout } = runWith("nothing")
    expect([status, stdout]).toEqual([2, ""])
    expect(stderr).toContain("needs docker with buildx, and there is none here: nothing was built")
    expect(runWith("docker", "docker")).toMatchObject({ status: 2, stderr: expect.stringContaining("needs cosign") })
  })
})

it.each(["image.sh", "images.sh"])("%s is a script that a shell can read", (script) => {
  expect(spawnSync("bash", ["-n", join(ROOT, "infra/ci", script)], { encoding: "utf8" })).toMatchObject({ status: 0 })
})
