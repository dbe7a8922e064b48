/** A software TPM 2.0 of its own (swtpm), made by a maker of its own, for tests and for trying things out. Nothing of it is hardware. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process"
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { connect } from "node:net"
import { delimiter, join } from "node:path"
import { type Environment, processEnvironment } from "@assay/settings"
import { HOST } from "../kafka/layout.ts"
import { findProgram } from "../local/find-program.ts"

const ALSO = ["/usr/sbin", "/sbin"]
const NEEDED = ["swtpm", "swtpm_setup", "swtpm_localca", "tpm2_quote"]
const WAIT_MS = 50
const TRIES = 200

const directories = (env: Environment): ReadonlyArray<string> => [...(env["PATH"] ?? "").split(delimiter), ...ALSO]

/** Programs that are missing; none: a software TPM can be started here. */
export const missingPrograms = (env: Environment = processEnvironment()): ReadonlyArray<string> =>
  NEEDED.filter((name) => findProgram([name], directories(env)) === null)

export interface SoftwareTpm {
  /** For programs of tpm2-tools: which TPM they speak to. */
  readonly env: Readonly<Record<string, string>>
  /** Certificates of the maker, PEM files: the authority that signed, and its root. */
  readonly issuer: string
  readonly root: string
  /** As a machine that loses power: PCRs begin anew, resets are counted. */
  reboot(): Promise<void>
  stop(): Promise<void>
}

const config = (dir: string): string => {
  const ca = join(dir, "ca")
  mkdirSync(ca, { recursive: true })
  const options = join(dir, "localca.options")
  writeFileSync(options, "--platform-manufacturer Assay\n--platform-version 1\n--platform-model test\n")
  const local = join(dir, "localca.conf")
  writeFileSync(
    local,
    [
      `statedir = ${ca}`,
      `signingkey = ${ca}/signkey.pem`,
      `issuercert = ${ca}/issuercert.pem`,
      `certserial = ${ca}/serial`,
    ].join("\n"),
  )
  const setup = join(dir, "setup.conf")
  writeFileSync(
    setup,
    [
      `create_certs_tool = ${findProgram(["swtpm_localca"], directories(processEnvironment()))}`,
      `create_certs_tool_config = ${local}`,
      `create_certs_tool_options = ${options}`,
    ].join("\n"),
  )
  return setup
}

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, HOST)
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false))
    socket.unref()
    socket.once("connect", () => socket.destroy())
  })

/** @param ports two free ones: of the TPM and of its control channel */
export const startSoftwareTpm = async (dir: string, ports: readonly [number, number]): Promise<SoftwareTpm> => {
  const state = join(dir, "state")
  mkdirSync(state, { recursive: true })
  const env = { ...processEnvironment(), PATH: directories(processEnvironment()).join(delimiter) }
  const args = [
    "--tpm2",
    "--tpmstate",
    `dir://${state}`,
    "--config",
    config(dir),
    "--create-ek-cert",
    "--overwrite",
    "--lock-nvram",
  ]
  execFileSync("swtpm_setup", args, { env, stdio: "pipe" })
  let child: ChildProcess | null = null
  const start = async (): Promise<void> => {
    const [port, control] = ports
    const server = (name: number): string => `type=tcp,port=${name},bindaddr=${HOST}`
    child = spawn(
      "swtpm",
      [
        "socket",
        "--tpm2",
        "--tpmstate",
        `dir=${state}`,
        "--server",
        server(port),
        "--ctrl",
        server(control),
        "--flags",
        "not-need-init,startup-clear",
      ],
      { env, stdio: "ignore" },
    )
    for (let n = 0; n < TRIES; n++) {
      if (await answers(control)) return
      await new Promise((resolve) => setTimeout(resolve, WAIT_MS))
    }
    throw new Error(`swtpm does not answer on port ${control}`)
  }
  const stop = async (): Promise<void> => {
    const running = child
    child = null
    if (running === null || running.exitCode !== null) return
    const ended = new Promise((resolve) => running.once("exit", resolve))
    running.kill("SIGTERM")
    await ended
  }
  await start()
  const root = join(dir, "ca", "swtpm-localca-rootca-cert.pem")
  if (!existsSync(root))
    throw new Error(`swtpm_setup left no root at ${root}: ${readFileSync(join(dir, "localca.conf"), "utf8")}`)
  const tcti = { TPM2TOOLS_TCTI: `swtpm:host=${HOST},port=${ports[0]}` }
  return {
    env: tcti,
    issuer: join(dir, "ca", "issuercert.pem"),
    root,
    reboot: async () => {
      // As an operating system does: without it the TPM counts an attack on its keys, and soon answers nobody.
      execFileSync("tpm2_shutdown", ["--clear"], { env: { ...env, ...tcti }, stdio: "pipe" })
      await stop()
      await start()
    },
    stop,
  }
}
