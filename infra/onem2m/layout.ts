/** Where one local CSE keeps what it has, and how it is set up. Loopback only, and open to all who reach it: for trying. */
import { basename, join, resolve } from "node:path"
import { ONEM2M } from "@assay/settings"

export const HOST = "127.0.0.1"
/** The SP-relative address of the CSEBase: CSE-ID and CSEBase name. */
export const CSE_BASE = ONEM2M.cseBase.fallback
/** It may do everything at a local CSE. */
export const ADMIN = "CAdmin"

export interface AcmeLayout {
  readonly dir: string
  readonly port: number
  /** Of a broker on loopback, for the MQTT binding; null: HTTP alone. */
  readonly mqttPort: number | null
  /** `tinydb` outlives a restart but for what came within the last second before a kill; `memory` does not. */
  readonly storage: "tinydb" | "memory"
  /** Arguments. Named in the process's command line, by which a pid file is known to be its own. */
  readonly propertiesFile: string
  readonly configurationFile: string
  readonly pidFile: string
  readonly outputDir: string
}

export type AcmeOptions = Pick<AcmeLayout, "dir" | "port"> & Partial<Pick<AcmeLayout, "mqttPort" | "storage">>

export const layOut = (options: AcmeOptions): AcmeLayout => {
  const dir = resolve(options.dir)
  return {
    mqttPort: null,
    storage: "tinydb",
    ...options,
    dir,
    propertiesFile: join(dir, "arguments"),
    configurationFile: join(dir, "acme.ini"),
    pidFile: join(dir, "acme.pid"),
    outputDir: dir,
  }
}

/** What a client connects by. */
export const urlOf = ({ port }: Pick<AcmeLayout, "port">): string => `http://${HOST}:${port}`

/** ACME takes the name of a configuration file without its directory, so the arguments stand in a file that has one. */
export const argumentsOf = ({ dir, port, configurationFile }: AcmeLayout): string =>
  [`-dir ${dir}`, `--config ${basename(configurationFile)}`, "--headless", `--http-port ${port}`, ""].join("\n")

/** What differs from ACME's own defaults. */
export const configurationOf = ({ dir, port, mqttPort, storage }: AcmeLayout): string => {
  const [, cseId, cseName] = CSE_BASE.split("/")
  return [
    "[basic.config]",
    "cseType=IN",
    `cseID=${cseId}`,
    `cseName=${cseName}`,
    `adminID=${ADMIN}`,
    `baseDirectory=${dir}`,
    `networkInterface=${HOST}`,
    `cseHost=${HOST}`,
    `httpPort=${port}`,
    `databaseType=${storage}`,
    "logLevel=error",
    "consoleTheme=dark",
    "",
    "[http]",
    `port=${port}`,
    `listenIF=${HOST}`,
    "",
    "# One that takes the connections of many clients at once.",
    "[http.wsgi]",
    "enable=true",
    "",
    "[mqtt]",
    `enable=${mqttPort !== null}`,
    `address=${HOST}`,
    ...(mqttPort === null ? [] : [`port=${mqttPort}`]),
    "",
    "[webui]",
    "enable=false",
    "",
    "[textui]",
    "enable=false",
    "startWithTUI=false",
    "",
    "[cse.statistics]",
    "enable=false",
    "",
    "[scripting]",
    "fileMonitoringInterval=0",
    "",
  ].join("\n")
}
