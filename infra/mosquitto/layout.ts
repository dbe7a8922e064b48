/** Where one local broker keeps what it has, and how it is set up. Loopback only. */
import { userInfo } from "node:os"
import { join, resolve } from "node:path"
import {
  type ChallengeTopics,
  type ListenerOptions,
  mosquittoAcl,
  mosquittoConfiguration,
  type TopicTemplate,
} from "@assay/ingress/mqtt"

export const HOST = "127.0.0.1"
/** The user name, or common name, of the adapter at a local broker. */
export const ADAPTER = "assay-ingress"

export interface MosquittoLayout {
  readonly dir: string
  readonly port: number
  readonly tls: ListenerOptions["tls"]
  readonly templates: ReadonlyArray<TopicTemplate>
  readonly receipts: TopicTemplate | null
  readonly challenges: ChallengeTopics | null
  /** Further lines of mosquitto.conf. */
  readonly extra: ReadonlyArray<string>
  /** Named in the process's command line, by which a pid file is known to be its own. */
  readonly propertiesFile: string
  readonly aclFile: string
  readonly pidFile: string
  readonly outputDir: string
}

export type MosquittoOptions = Pick<MosquittoLayout, "dir" | "port" | "templates" | "receipts"> &
  Partial<Pick<MosquittoLayout, "tls" | "extra" | "challenges">>

export const layOut = (options: MosquittoOptions): MosquittoLayout => {
  const dir = resolve(options.dir)
  return {
    ...options,
    dir,
    challenges: options.challenges ?? null,
    tls: options.tls ?? null,
    extra: options.extra ?? [],
    propertiesFile: join(dir, "mosquitto.conf"),
    aclFile: join(dir, "acl"),
    pidFile: join(dir, "mosquitto.pid"),
    outputDir: dir,
  }
}

export const aclOf = ({ templates, receipts, challenges }: MosquittoLayout): string =>
  mosquittoAcl({ templates, receipts, challenges, adapter: ADAPTER })

/** As `assay ingress mosquitto` writes it; and it runs as whoever starts it, where root would become another user. */
export const configurationOf = ({ dir, port, tls, extra, aclFile }: MosquittoLayout): string =>
  [
    mosquittoConfiguration({
      port,
      host: HOST,
      tls,
      names: tls === null ? "claimed" : "certificate",
      acl: aclFile,
      persistence: dir,
    }),
    `user ${userInfo().username}`,
    ...extra,
    "",
  ].join("\n")

/** What a client connects by. */
export const urlOf = ({ port, tls }: MosquittoLayout): string => `${tls === null ? "mqtt" : "mqtts"}://${HOST}:${port}`
