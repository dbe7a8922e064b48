/** The `assay` command: many calls in one process, or each as a process of its own, the way a user calls it. */
import { type ChildProcess, spawn } from "node:child_process"
import { hash } from "node:crypto"
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { readKey } from "@assay/cli/keys"
import { signClaims } from "@assay/jose"
import { COMMAND, HTTP, processEnvironment, withoutSettings } from "@assay/settings"
import { runInHost } from "./cli/host.ts"

const MAIN = fileURLToPath(new URL("../../packages/cli/src/main.ts", import.meta.url))
/** What `npm ci` links as `node_modules/.bin/assay`. */
export const LAUNCHER = fileURLToPath(new URL("../../packages/cli/bin/assay", import.meta.url))

export interface Done {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

export interface CallOptions {
  readonly cwd: string
  readonly env?: Readonly<Record<string, string>>
  readonly input?: string
}

/** The environment of a user who has set nothing of ours. */
const environment = (extra: Readonly<Record<string, string>> = {}): Record<string, string> => ({
  ...withoutSettings(processEnvironment()),
  [COMMAND.noColor.key]: "1",
  ...extra,
})

const start = (args: ReadonlyArray<string>, { cwd, env }: CallOptions): ChildProcess =>
  spawn(process.execPath, [MAIN, ...args], { cwd, env: environment(env), stdio: ["pipe", "pipe", "pipe"] })

const collect = (child: ChildProcess): Promise<Done> =>
  new Promise((resolve, reject) => {
    let out = ""
    let err = ""
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      out += text
    })
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      err += text
    })
    child.once("error", reject)
    child.once("close", (code) => resolve({ code, out, err }))
  })

/** Runs one command to its end, in a process that it shares with the other calls of the test file; one at a time. */
export const assay = async (args: ReadonlyArray<string>, { cwd, env, input = "" }: CallOptions): Promise<Done> => {
  const { code, out, err } = await runInHost({ args, cwd, env: environment(env), input })
  return { code, out, err }
}

/** Runs one command to its end, in a process of its own. */
export const assayProcess = (args: ReadonlyArray<string>, options: CallOptions): Promise<Done> => {
  const child = start(args, options)
  child.stdin?.end(options.input ?? "")
  return collect(child)
}

/** A command that runs. */
export interface Running {
  kill(signal: "SIGTERM" | "SIGKILL"): void
  /** Its exit code is null where it was killed. */
  readonly done: Promise<Done>
}

/** Starts a command in a process of its own, which may be killed. */
export const startAssay = (args: ReadonlyArray<string>, options: CallOptions): Running => {
  const child = start(args, options)
  child.stdin?.end()
  return { kill: (signal) => child.kill(signal), done: collect(child) }
}

/** Starts a command and calls `onFirst` when it has written its first output; resolves at its end. */
export const assayUntil = (args: ReadonlyArray<string>, options: CallOptions, onFirst: () => void): Promise<Done> => {
  const child = start(args, options)
  child.stdin?.end()
  child.stdout?.once("data", onFirst)
  return collect(child)
}

export interface Node {
  readonly url: string
  /** The JSON that it wrote when it was ready. */
  readonly ready: string
  /** Sends the signal, and resolves when the process is gone. */
  stop(signal: "SIGTERM" | "SIGKILL"): Promise<Done>
}

/** Runs lines as a whole, as when they are pasted into a terminal, with what `npm ci` installs on the path. */
export const shell = (script: string, { cwd, env, input }: CallOptions): Promise<Done> => {
  const bin = fileURLToPath(new URL("../../node_modules/.bin", import.meta.url))
  const path = `${bin}:${processEnvironment()["PATH"] ?? ""}`
  const child = spawn("bash", ["-c", script], { cwd, env: environment({ PATH: path, ...env }), stdio: "pipe" })
  child.stdin.end(input ?? "")
  return collect(child)
}

/** A node in the background; resolves when it says that it is ready. */
export const startNode = (args: ReadonlyArray<string>, options: CallOptions): Promise<Node> =>
  untilReady(start(["run", "--json", ...args], { ...options, env: { [HTTP.httpPort.key]: "0", ...options.env } }))

/** `assay ingress mqtt`, or another adapter, in the background; resolves when it says that it is ready. */
export const startIngress = (
  args: ReadonlyArray<string>,
  options: CallOptions,
  binding: "mqtt" | "onem2m" = "mqtt",
): Promise<Node> => untilReady(start(["ingress", binding, "--json", "--port", "0", ...args], options))

/** `assay up` by the installed command; resolves when it says that it is ready. */
export const startUp = (args: ReadonlyArray<string>, { cwd, env }: CallOptions): Promise<Node> =>
  untilReady(
    spawn(LAUNCHER, ["up", "--json", ...args], {
      cwd,
      env: environment({ [HTTP.httpPort.key]: "0", ...env }),
      stdio: ["pipe", "pipe", "pipe"],
    }),
  )

/** A command in the background that says on standard error when it works; resolves with what matched. */
export const startUntil = async (
  args: ReadonlyArray<string>,
  options: CallOptions,
  works: RegExp,
): Promise<Pick<Node, "stop"> & { readonly said: RegExpExecArray }> => {
  const child = start(args, options)
  const done = collect(child)
  const matched = await new Promise<RegExpExecArray>((resolve, reject) => {
    let said = ""
    child.stderr?.on("data", (text: string) => {
      said += text
      const found = works.exec(said)
      if (found !== null) resolve(found)
    })
    done.then(({ code, err }) => reject(new Error(`it ended with ${code} before it worked: ${err}`)), reject)
  })
  return {
    said: matched,
    stop: (signal) => {
      child.kill(signal)
      return done
    },
  }
}

const untilReady = async (child: ChildProcess): Promise<Node> => {
  const done = collect(child)
  const ready = await new Promise<string>((resolve, reject) => {
    let out = ""
    child.stdout?.on("data", (text: string) => {
      out += text
      if (out.endsWith("}\n")) resolve(out)
    })
    done.then(({ code, err }) => reject(new Error(`the node ended with ${code} before it was ready: ${err}`)), reject)
  })
  return {
    url: (JSON.parse(ready) as { url: string }).url,
    ready,
    stop: (signal) => {
      child.kill(signal)
      return done
    },
  }
}

/**
 * What a device's firmware does with many readings: signs them on from where `assay sign` left counter and chain, and
 * leaves them for its next call.
 */
export const signMany = (
  cwd: string,
  keyFile: string,
  aud: string,
  name: string,
  values: ReadonlyArray<number>,
): ReadonlyArray<string> => {
  const { did, kid, key } = readKey(join(cwd, keyFile))
  const path = join(cwd, `${keyFile}.state`)
  let position = existsSync(path)
    ? (JSON.parse(readFileSync(path, "utf8")) as { epo: number; seq: number; prv: string | null })
    : { epo: 0, seq: 0, prv: null }
  const tokens = values.map((v) => {
    const claims = {
      iss: did,
      aud,
      iat: Math.floor(Date.now() / 1000),
      act: "telemetry",
      ...position,
      senml: [{ n: name, v }],
    }
    const token = signClaims(claims, key, { kid, typ: "m2m-message+jwt" }).toString("latin1")
    position = {
      ...position,
      seq: position.seq + 1,
      prv: hash("sha256", token.slice(0, token.lastIndexOf(".")), "base64url"),
    }
    return token
  })
  writeFileSync(path, JSON.stringify(position))
  return tokens
}
