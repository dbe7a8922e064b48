/** The Java that runs brokers and the registry, and the Maven that fetches their jars: where they are, and whether they will do. */
import { execFile } from "node:child_process"
import { join } from "node:path"
import { promisify } from "node:util"
import { processEnvironment } from "@assay/settings"
import { SetupProblem, tail } from "./problem.ts"

const run = promisify(execFile)

/** The brokers of Kafka 4 are built for this version. */
export const MINIMUM_JAVA = 17

/** The command of Java: that of `JAVA_HOME` where it is set, else the one on the path. */
export const javaCommand = (): string => {
  const home = processEnvironment()["JAVA_HOME"]
  return home === undefined || home === "" ? "java" : join(home, "bin", "java")
}

/** The feature release of `java -version`'s text, for example 17 of `openjdk version "17.0.15"`; null where it names none. */
export const javaRelease = (text: string): number | null => {
  const [, first, second] = /version "(\d+)(?:\.(\d+))?/.exec(text) ?? []
  if (first === undefined) return null
  // Up to Java 8 versions were called 1.x.
  return Number(first === "1" ? second : first)
}

/** @throws SetupProblem where there is no Java, or one that is too old */
export const requireJava = async (command = javaCommand()): Promise<number> => {
  const answer = await run(command, ["-version"]).catch((cause: Error) => {
    throw new SetupProblem(
      `${command} does not run (${tail(cause.message, 1)}): install Java ${MINIMUM_JAVA} or newer (Debian: openjdk-17-jre-headless), or set JAVA_HOME`,
    )
  })
  const release = javaRelease(`${answer.stderr}${answer.stdout}`)
  if (release === null || release < MINIMUM_JAVA) {
    throw new SetupProblem(
      `${command} is ${release === null ? "of an unknown version" : `Java ${release}`}, and Kafka needs Java ${MINIMUM_JAVA} or newer: install it, or set JAVA_HOME`,
    )
  }
  return release
}

/** @throws SetupProblem where Maven does not run */
export const requireMaven = async (): Promise<void> => {
  await run("mvn", ["--version"]).catch((cause: Error) => {
    throw new SetupProblem(
      `mvn does not run (${tail(cause.message, 1)}): install Maven (Debian: maven), which fetches the broker's jars once`,
    )
  })
}
