/** The `assay` command as real processes, the way a user calls it. */
import { type ChildProcess, spawn } from "node:child_process"
import { hash } from "node:crypto"
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { readKey } from "@assay/cli/keys"
import { signClaims } from "@assay/jose"

const MAIN = fileURLToPath(new URL("../../packages/cli/src/main.ts", import.meta.url))

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
const environment = (extra: Readonly<Record<string, string>> = {}): Record<string, string> => {
  const ours = /^((ASSAY|OTEL|KAFKA|SCHEMA_REGISTRY)_.*|LOG|REDIS_URL)$/
  const plain = Object.entries(process.env).filter(([key, value]) => value !== undefined && !ours.test(key))
  return { ...(Object.fromEntries(plain) as Record<string, string>), NO_COLOR: "1", ...extra }
}

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

/** Runs one command to its end. */
export const assay = (args: ReadonlyArray<string>, options: CallOptions): Promise<Done> => {
  const child = start(args, options)
  child.stdin?.end(options.input ?? "")
  return collect(child)
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
  /** Sends the signal, and resolves when the process is gone. */
  stop(signal: "SIGTERM" | "SIGKILL"): Promise<Done>
}

/** A node in the background; resolves when it says that it is ready. */
export const startNode = async (args: ReadonlyArray<string>, options: CallOptions): Promise<Node> => {
  const child = start(["run", "--json", ...args], { ...options, env: { ASSAY_HTTP_PORT: "0", ...options.env } })
  const done = collect(child)
  const url = await new Promise<string>((resolve, reject) => {
    let out = ""
    child.stdout?.on("data", (text: string) => {
      out += text
      const found = /"url": "([^"]+)"/.exec(out)?.[1]
      if (found !== undefined) resolve(found)
    })
    done.then(({ code, err }) => reject(new Error(`the node ended with ${code} before it was ready: ${err}`)), reject)
  })
  return {
    url,
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
