/** Where one local server keeps what it has, and how it is set up. Loopback only. */
import { join, resolve } from "node:path"

export const HOST = "127.0.0.1"

export interface RedisLayout {
  readonly dir: string
  readonly port: number
  /** Null: anybody on this machine may use it. */
  readonly password: string | null
  /** False: nothing is kept over a restart (tests). */
  readonly persistent: boolean
  /** One node that owns all slots of a cluster: it refuses what no cluster could do. */
  readonly cluster: boolean
  /** Further lines of redis.conf. */
  readonly extra: ReadonlyArray<string>
  /** Named in the process's command line, by which a pid file is known to be its own. */
  readonly propertiesFile: string
  readonly pidFile: string
  readonly outputDir: string
}

export type RedisOptions = Pick<RedisLayout, "dir" | "port"> &
  Partial<Pick<RedisLayout, "password" | "persistent" | "cluster" | "extra">> & {
    /** The server ends with this process, however it ends; else it outlives it. */
    readonly tied?: boolean
  }

export const layOut = (options: RedisOptions): RedisLayout => {
  const dir = resolve(options.dir)
  return {
    dir,
    port: options.port,
    password: options.password ?? null,
    persistent: options.persistent ?? true,
    cluster: options.cluster ?? false,
    extra: options.extra ?? [],
    propertiesFile: join(dir, "redis.conf"),
    pidFile: join(dir, "redis.pid"),
    outputDir: dir,
  }
}

/** A string as redis.conf and inline commands quote it. */
export const quoted = (text: string): string => `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`

/**
 * redis.conf. An append-only file keeps the read model over restarts, so that it need not be rebuilt; every second is
 * enough, because its position goes back together with its data. `noeviction`: a model that loses devices in silence lies.
 */
export const configurationOf = (layout: RedisLayout): string =>
  [
    `bind ${HOST}`,
    `port ${layout.port}`,
    `dir ${quoted(layout.dir)}`,
    "daemonize no",
    "set-proc-title no",
    "databases 16",
    "maxmemory-policy noeviction",
    'save ""',
    ...(layout.persistent ? ["appendonly yes", "appendfsync everysec"] : ["appendonly no"]),
    ...(layout.password === null ? [] : [`requirepass ${quoted(layout.password)}`]),
    ...(layout.cluster ? ["cluster-enabled yes", "cluster-config-file nodes.conf"] : []),
    ...layout.extra,
    "",
  ].join("\n")

/** What a client connects by. */
export const urlOf = (layout: RedisLayout): string =>
  `redis://${layout.password === null ? "" : `:${encodeURIComponent(layout.password)}@`}${HOST}:${layout.port}`
