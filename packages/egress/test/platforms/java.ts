/** Java of the guide, compiled and run as it stands there: what it needs comes from Maven, once. Where that cannot be had, why. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { existsSync, mkdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const POM = fileURLToPath(new URL("./pom.xml", import.meta.url))
const CACHE = fileURLToPath(new URL("../../../../node_modules/.cache/assay-java", import.meta.url))
const CLASSPATH = join(CACHE, "classpath.txt")

export interface Java {
  /** @throws where it does not compile, with what the compiler says */
  compile(source: string, into: string): void
  /** Runs a class that was compiled into `dir`. */
  start(dir: string, main: string, args: ReadonlyArray<string>): ChildProcess
  /** To its end. @returns its output @throws where it fails */
  run(dir: string, main: string, args: ReadonlyArray<string>): string
}

const classpath = (): string => readFileSync(CLASSPATH, "utf8").trim()

/** @returns why it cannot be used, or the means */
export const prepareJava = (): Java | string => {
  if (spawnSync("javac", ["-version"]).status !== 0) return "javac does not run (infra/ci/packages.sh)"
  const jars = existsSync(CLASSPATH) ? classpath().split(":") : []
  if (jars.length === 0 || !jars.every((jar) => existsSync(jar))) {
    mkdirSync(CACHE, { recursive: true })
    const goal = ["-B", "-q", "-f", POM, "dependency:build-classpath", `-Dmdep.outputFile=${CLASSPATH}`]
    const { status, stdout, error } = spawnSync("mvn", goal, { encoding: "utf8" })
    if (status !== 0) return error?.message ?? stdout.trim().split("\n").at(-1) ?? "mvn failed"
  }
  const args = (dir: string, main: string, rest: ReadonlyArray<string>) => [
    ...["-cp", `${dir}:${classpath()}`],
    ...[main, ...rest],
  ]
  return {
    compile: (source, into) => {
      const { status, stderr } = spawnSync("javac", ["-Xlint:all", "-Werror", "-cp", classpath(), "-d", into, source], {
        encoding: "utf8",
      })
      if (status !== 0) throw new Error(stderr)
    },
    start: (dir, main, rest) => spawn("java", args(dir, main, rest), { stdio: ["ignore", "pipe", "ignore"] }),
    run: (dir, main, rest) => {
      const { status, stdout, stderr } = spawnSync("java", args(dir, main, rest), { encoding: "utf8" })
      if (status !== 0) throw new Error(stderr)
      return stdout
    },
  }
}
