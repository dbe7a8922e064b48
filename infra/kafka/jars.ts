/**
 * The broker's jars: named by pom.xml, fetched once by Maven into `<cache>/<Kafka version>`, used from there ever after.
 * A folder counts as complete when it bears the digest of the pom that filled it: a run that was killed half-way, or an
 * older pom, is fetched again.
 */
import { execFile } from "node:child_process"
import { createHash } from "node:crypto"
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises"
import { homedir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { KAFKA_SCRIPT, processEnvironment, textOf } from "@assay/settings"
import { requireMaven } from "../local/java.ts"
import { SetupProblem, tail } from "../local/problem.ts"

const POM = fileURLToPath(new URL("pom.xml", import.meta.url))
const MARK = "complete.sha256"
/** Fifty small files: ten minutes is a mirror that does not answer. */
const FETCH_MS = 600_000

export interface Jars {
  /** The version of Kafka. */
  readonly version: string
  readonly dir: string
  /** For `java -cp`. */
  readonly classPath: string
}

/** `ASSAY_KAFKA_CACHE`, or `~/.cache/assay/kafka`. */
export const jarCache = (): string =>
  textOf(KAFKA_SCRIPT.cache, processEnvironment()) ?? join(homedir(), ".cache", "assay", "kafka")

const read = async (cache: string): Promise<Jars & { readonly digest: string; readonly complete: boolean }> => {
  const pom = await readFile(POM, "utf8")
  const version = /<kafka\.version>([^<]+)</.exec(pom)?.[1]
  if (version === undefined) throw new SetupProblem(`${POM} has no <kafka.version>`)
  const dir = join(cache, version)
  const digest = createHash("sha256").update(pom).digest("hex")
  const mark = await readFile(join(dir, MARK), "utf8").catch(() => "")
  return { version, dir, classPath: join(dir, "*"), digest, complete: mark.trim() === digest }
}

/** Whether the jars are there already, so that Maven is not needed. */
export const jarsComplete = async (cache = jarCache()): Promise<boolean> => (await read(cache)).complete

/**
 * The jars, fetched first where they are not there.
 * @throws SetupProblem where Maven is missing or fails
 */
export const ensureJars = async (cache = jarCache(), progress: (line: string) => void = () => {}): Promise<Jars> => {
  const { digest, complete, ...jars } = await read(cache)
  if (complete) return jars
  await requireMaven()
  progress(`fetching the jars of Kafka ${jars.version} into ${jars.dir}, once`)
  await mkdir(cache, { recursive: true })
  // Filled beside and moved into place, so that two runs at once cannot see each other's half.
  const staging = await mkdtemp(join(cache, "fetching-"))
  try {
    const goal = ["dependency:copy-dependencies", `-DoutputDirectory=${staging}`, "-DincludeScope=runtime"]
    await promisify(execFile)("mvn", ["-B", "-q", "-f", POM, ...goal], { timeout: FETCH_MS }).catch(
      (cause: Error & { stdout?: string }) => {
        throw new SetupProblem(
          `Maven could not fetch the jars of Kafka ${jars.version}:\n${tail(cause.stdout || cause.message, 15)}`,
        )
      },
    )
    await writeFile(join(staging, MARK), `${digest}\n`)
    // Another run may have been faster: what it put there is as good.
    if (!(await read(cache)).complete) {
      await rm(jars.dir, { recursive: true, force: true })
      await rename(staging, jars.dir).catch(async (cause: Error) => {
        if (!(await read(cache)).complete) throw cause
      })
    }
  } finally {
    await rm(staging, { recursive: true, force: true })
  }
  return jars
}
