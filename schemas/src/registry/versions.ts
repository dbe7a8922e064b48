/**
 * The versions of one subject, as far as this process has seen them. An id that we do not know is looked for here, not by
 * itself: one question (which is the newest version?) answers for any number of unknown ids, so a flood of them costs the
 * registry no more than a few calls a second, and an id of another subject is none of this one.
 */
import { setTimeout as sleep } from "node:timers/promises"
import type { RegistryClient, Version } from "./client.ts"
import { SchemaRegistryError } from "./error.ts"

/** A registry with more versions of a subject is read from its end only. */
const MAX_VERSIONS = 1000
/** Unknown ids remembered. The oldest goes first; it is then asked for again, which is bounded too. */
const MAX_UNKNOWN = 4096

export interface LookupLimits {
  /** The least time between two questions about a subject, milliseconds. */
  readonly intervalMs: number
  /** How long an id that is not the subject's is taken to stay so, milliseconds. */
  readonly unknownMs: number
}
export const LOOKUP_LIMITS: LookupLimits = { intervalMs: 250, unknownMs: 10_000 }

export class SubjectVersions {
  private readonly client: RegistryClient
  private readonly subject: string
  private readonly limits: LookupLimits
  private readonly known = new Map<number, Version>()
  /** Up to this version all are known. */
  private seen = 0
  private readonly unknown = new Map<number, number>()
  private lastStart = Number.NEGATIVE_INFINITY
  private running: Promise<void> = Promise.resolve()
  private next: Promise<void> | null = null

  constructor(client: RegistryClient, subject: string, limits: LookupLimits) {
    this.client = client
    this.subject = subject
    this.limits = limits
  }

  /** The version with this id, of those seen so far. */
  find(id: number): Version | undefined {
    return this.known.get(id)
  }

  /** Whether the registry said lately that the id is not the subject's. */
  refuses(id: number): boolean {
    const until = this.unknown.get(id)
    return until !== undefined && until > performance.now()
  }

  /** Remembers that the id is not the subject's. */
  refuse(id: number): void {
    this.unknown.delete(id)
    this.unknown.set(id, performance.now() + this.limits.unknownMs)
    if (this.unknown.size > MAX_UNKNOWN) this.unknown.delete(this.unknown.keys().next().value!)
  }

  /**
   * Learns what was registered up to this call. The question begins after the call, since an id may have been registered
   * just before its first record came; all who call until it begins share it.
   * @throws SchemaRegistryError: nothing is known then; ask again
   */
  refresh(): Promise<void> {
    this.next ??= this.after(this.running)
    return this.next
  }

  private async after(before: Promise<void>): Promise<void> {
    // How the one before ended is its callers' affair.
    await before.catch(() => undefined)
    const wait = this.lastStart + this.limits.intervalMs - performance.now()
    if (wait > 0) await sleep(wait)
    this.lastStart = performance.now()
    this.running = this.load()
    this.next = null
    await this.running
  }

  private async load(): Promise<void> {
    const latest = await this.client.latest(this.subject)
    if (latest === null) {
      throw new SchemaRegistryError(
        "unavailable",
        `the schema registry at ${this.client.url} has no subject ${this.subject} any more: \`assay schemas check\` shows what it has`,
      )
    }
    for (let at = Math.max(this.seen, latest.version - MAX_VERSIONS) + 1; at <= latest.version; at++) {
      const version = at === latest.version ? latest : await this.client.version(this.subject, at)
      if (version !== null) this.known.set(version.id, version)
      this.seen = at
    }
  }
}
