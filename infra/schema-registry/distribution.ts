/**
 * The registry's program: named by pom.xml, fetched and unpacked once by Maven into `<cache>/<version>`, used from there
 * ever after. A folder counts as complete when it bears the digest of the pom that filled it.
 */
import { execFile } from "node:child_process"
import { createHash } from "node:crypto"
import { access, mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises"
import { homedir } from "node:os"
import { basename, join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { processEnvironment, REGISTRY_SCRIPT, textOf } from "@assay/settings"
import { javaCommand, requireJava, requireMaven } from "../local/java.ts"
import { SetupProblem as Problem, tail } from "../local/problem.ts"

const POM = fileURLToPath(new URL("pom.xml", import.meta.url))
const MARK = "complete.sha256"
/** One archive of 140 MB: ten minutes is a mirror that does not answer. */
const FETCH_MS = 600_000

export interface Distribution {
  /** The version of Apicurio Registry. */
  readonly version: string
  /** For `java -jar`. */
  readonly jar: string
}

/** `ASSAY_REGISTRY_CACHE`, or `~/.cache/assay/schema-registry`. */
const registryCache = (): string =>
  textOf(REGISTRY_SCRIPT.cache, processEnvironment()) ?? join(homedir(), ".cache", "assay", "schema-registry")

const read = async (cache: string) => {
  const pom = await readFile(POM, "utf8")
  const version = /<apicurio\.version>([^<]+)</.exec(pom)?.[1]
  if (version === undefined) throw new Problem(`${POM} has no <apicurio.version>`)
  const dir = join(cache, version)
  const digest = createHash("sha256").update(pom).digest("hex")
  const mark = await readFile(join(dir, MARK), "utf8").catch(() => "")
  const jar = join(dir, `apicurio-registry-app-${version}-runner.jar`)
  return { version, jar, dir, digest, complete: mark.trim() === digest }
}

/**
 * The program, fetched first where it is not there.
 * @throws SetupProblem where Maven is missing or fails
 */
export const ensureDistribution = async (
  progress: (line: string) => void = () => {},
  cache = registryCache(),
): Promise<Distribution> => {
  const { version, jar, dir, digest, complete } = await read(cache)
  if (complete) return { version, jar }
  await requireMaven()
  progress(`fetching Apicurio Registry ${version} into ${dir}, once`)
  await mkdir(cache, { recursive: true })
  // Filled beside and moved into place, so that two runs at once cannot see each other's half.
  const staging = await mkdtemp(join(cache, "fetching-"))
  try {
    // -C: an archive whose checksum is wrong is refused, not warned of.
    const goal = ["-B", "-q", "-C", "-f", POM, "dependency:unpack", `-DoutputDirectory=${staging}`]
    await promisify(execFile)("mvn", goal, { timeout: FETCH_MS }).catch((cause: Error & { stdout?: string }) => {
      throw new Problem(
        `Maven could not fetch Apicurio Registry ${version}:\n${tail(cause.stdout || cause.message, 15)}`,
      )
    })
    await access(join(staging, basename(jar))).catch(() => {
      throw new Problem(`what Maven unpacked of Apicurio Registry ${version} has no ${basename(jar)}`)
    })
    await writeFile(join(staging, MARK), `${digest}\n`)
    // Another run may have been faster: what it put there is as good.
    if (!(await read(cache)).complete) {
      await rm(dir, { recursive: true, force: true })
      await rename(staging, dir).catch(async (cause: Error) => {
        if (!(await read(cache)).complete) throw cause
      })
    }
  } finally {
    await rm(staging, { recursive: true, force: true })
  }
  return { version, jar }
}

/** Why no registry can be started on this machine; null where one can. What a test that is skipped says. */
export const missingForRegistry = async (): Promise<string | null> => {
  try {
    await requireJava(javaCommand())
    if (!(await read(registryCache())).complete) await requireMaven()
    return null
  } catch (cause) {
    return (cause as Error).message
  }
}
