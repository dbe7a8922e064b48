/**
 * Strimzi's definitions, from the model of a release: Maven Central has the annotated classes, and not the program that Strimzi makes its
 * files with, so `StrimziCrds.java` reads the annotations.
 */
import { execFile } from "node:child_process"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import { javaCommand, requireJava, requireMaven } from "../../local/java.ts"
import { SetupProblem, tail } from "../../local/problem.ts"
import { type Crd, VERSIONS } from "./sources.ts"

const run = promisify(execFile)
const STEP_MS = 600_000
/** Strimzi's classes are built for it. */
const MINIMUM_JAVA = 21
const HERE = import.meta.dirname
const MODEL = "io.strimzi.api.kafka.model"
const CLASSES = ["kafka.Kafka", "nodepool.KafkaNodePool", "topic.KafkaTopic", "user.KafkaUser"].map(
  (name) => `${MODEL}.${name}`,
)

/** By kind. @throws SetupProblem where Java or Maven is missing or fails */
export const fromStrimzi = async (): Promise<ReadonlyMap<string, Crd>> => {
  const release = await requireJava()
  if (release < MINIMUM_JAVA)
    throw new SetupProblem(
      `${javaCommand()} is Java ${release}, and Strimzi's model needs ${MINIMUM_JAVA}: set JAVA_HOME`,
    )
  await requireMaven()
  const dir = await mkdtemp(join(tmpdir(), "assay-crds-"))
  const call = async (command: string, ...args: ReadonlyArray<string>): Promise<string> => {
    const done = run(command, args, { timeout: STEP_MS, maxBuffer: 1 << 26 })
    const { stdout } = await done.catch((cause: Error & { readonly stdout?: string; readonly stderr?: string }) => {
      throw new SetupProblem(`${command}: ${tail(cause.stderr || cause.stdout || cause.message, 15)}`)
    })
    return stdout
  }
  try {
    const goal = ["dependency:copy-dependencies", `-DoutputDirectory=${dir}`, `-Dstrimzi.version=${VERSIONS.strimzi}`]
    await call("mvn", "-B", "-q", "-f", join(HERE, "pom.xml"), ...goal)
    const out = await call(javaCommand(), "-cp", join(dir, "*"), join(HERE, "StrimziCrds.java"), ...CLASSES)
    const crds = JSON.parse(out) as ReadonlyArray<Crd>
    return new Map(crds.map((crd) => [crd.spec.names.kind, crd]))
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}
